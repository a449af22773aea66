import { byId, make } from './dom.js'

/** Lines for a terminal, each with a button that copies it. */
export function showTries() {
  byId('tries').replaceChildren(...tries(location.origin).map(([what, line]) => {
    const button = make('button', { type: 'button', 'aria-label': `Copy: ${what}` }, 'copy')
    const text = make('pre', {}, line)
    button.addEventListener('click', () => copy(text, button))
    return make('li', {}, make('h3', {}, what), button, text)
  }))
}

function tries(origin) {
  // A name of its own for every visit: the lines work again, whatever was tried before.
  const id = `mine-${Math.random().toString(36).slice(2, 6)}`
  const json = `\\\n  -H 'content-type: application/json' \\\n  -d`
  const order = (orderId, quantity, card = '') => `curl -s ${origin}/orders ${json} '{"orderId": "${orderId}",
       "customerId": "you",${card}
       "items": [{"sku": "LAMP",
                  "quantity": ${quantity},
                  "unitPrice": "7.65"}]}'`
  const declined = `\n       "paymentToken": "tok_declined",`
  return [
    ['Receive some stock', `curl -s ${origin}/stock/LAMP/receipts ${json} '{"quantity": 5}'`],
    ['Place an order', order(id, 2)],
    ['See what became of it', `curl -s '${origin}/orders/${id}?wait=5s'`],
    ['See what was paid for it', `curl -s ${origin}/payments/${id}`],
    ['Order more than there is', order(`${id}-all`, 100_000)],
    ['Pay with a card that is declined', order(`${id}-declined`, 1, declined)],
    ['Look at the stock', `curl -s ${origin}/stock/LAMP`],
    ['Look at the sales', `curl -s ${origin}/sales/countries`],
  ]
}

/** Copies; where a browser forbids it, as over plain HTTP from another machine, the text is selected. */
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text.textContent)
    button.textContent = 'copied'
  } catch {
    getSelection().selectAllChildren(text)
    button.textContent = 'selected'
  }
  setTimeout(() => { button.textContent = 'copy' }, 1_500)
}

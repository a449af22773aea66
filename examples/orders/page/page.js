// Shows what /live sends. Text goes into the page as text, never as markup.
const byId = (id) => document.getElementById(id)
const shownOrders = 40
const shownEvents = 32
const runsLow = 10
const rates = []

/** An element with attributes and children; children that are text stay text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

const money = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' })
const count = new Intl.NumberFormat('en-GB')
const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Europe/London' })

function showOrders(orders, isFirst) {
  const list = byId('orders')
  if (isFirst) list.replaceChildren()
  for (const order of orders) {
    const { orderId, country, status, reason, total, lines, createdAt } = order
    const row = make('li', {},
      make('b', { title: orderId }, orderId),
      make('data', { value: total }, money.format(total)),
      make('mark', { class: status }, status),
      make('span', {}, `${country} · ${count.format(lines)} ${lines === 1 ? 'line' : 'lines'} · ${clock.format(new Date(createdAt))}${reason ? ` · ${reason.replaceAll('_', ' ')}` : ''}`))
    row.dataset.id = orderId
    const known = [...list.children].find((child) => child.dataset.id === orderId)
    if (!isFirst) row.className = 'fresh'
    if (known) known.replaceWith(row)
    else list.prepend(row)
  }
  while (list.children.length > shownOrders) list.lastElementChild.remove()
}

function showEvents(events, isFirst) {
  const list = byId('events')
  if (isFirst) list.replaceChildren()
  for (const { position, type, stream } of events) {
    const category = stream.slice(0, stream.indexOf('/'))
    list.prepend(make('li', { class: category }, make('span', {}, count.format(position)), make('b', {}, type), make('i', {}, stream)))
  }
  while (list.children.length > shownEvents) list.lastElementChild.remove()
}

function showSums({ confirmed, pending, cancelled, countries, products }) {
  byId('confirmed').textContent = count.format(confirmed)
  byId('pending').textContent = count.format(pending)
  byId('cancelled').textContent = count.format(cancelled)
  byId('net').textContent = money.format(countries.reduce((sum, { net }) => sum + Number(net), 0))
  const sorted = countries.toSorted((a, b) => b.net - a.net).slice(0, 8)
  const most = Math.max(1, ...sorted.map(({ net }) => Number(net)))
  byId('countries').replaceChildren(...sorted.map(({ country, orders, creditNotes, net }) => {
    const fill = make('i')
    fill.style.width = `${Math.max(0, 100 * net / most)}%`
    const notes = creditNotes > 0 ? `, ${count.format(creditNotes)} credit ${creditNotes === 1 ? 'note' : 'notes'}` : ''
    return make('li', {},
      make('p', {}, make('span', {}, country), make('span', {}, money.format(net))),
      make('div', { class: 'track' }, fill),
      make('small', {}, `${count.format(orders)} ${orders === 1 ? 'order' : 'orders'}${notes}`))
  }))
  byId('products').replaceChildren(...products.filter(({ sold }) => sold > 0).map(({ sku, onHand, reserved, sold }) => {
    const left = onHand - reserved
    return make('li', {},
      make('code', { title: sku }, sku),
      make('p', {}, `${count.format(sold)} sold`),
      make('p', left > 0 && left <= runsLow ? { class: 'low' } : {}, left <= 0 ? 'none left' : `${count.format(left)} left`))
  }))
}

function showRate(rate) {
  byId('rate').textContent = count.format(rate)
  rates.push(rate)
  if (rates.length > 60) rates.shift()
  const most = Math.max(1, ...rates)
  const points = rates.map((value, index) => `${(120 * index / 59).toFixed(1)},${(26 - 24 * value / most).toFixed(1)}`)
  byId('spark').firstElementChild.setAttribute('points', points.join(' '))
}

function showReplay({ done, of, state }) {
  byId('bar').hidden = state === 'paused' || state === 'done'
  byId('bar').firstElementChild.style.width = `${100 * done / Math.max(1, of)}%`
  byId('replay').textContent = state === 'done'
    ? `All ${count.format(of)} invoices of the sample are in. Your orders go on top.`
    : state === 'paused' ? 'Waiting for orders.' : `Replaying 1 December 2010: invoice ${count.format(done)} of ${count.format(of)}`
}

function showTries() {
  const origin = location.origin
  const json = `\\\n  -H 'content-type: application/json' \\\n  -d`
  const order = (id, quantity) => `curl -s ${origin}/orders ${json} '{"orderId": "${id}", "customerId": "you",
    "items": [{"sku": "LAMP", "quantity": ${quantity}, "unitPrice": "7.65"}]}'`
  const tries = [
    ['Receive some stock', `curl -s ${origin}/stock/LAMP/receipts ${json} '{"quantity": 5}'`],
    ['Place an order', order('mine-1', 2)],
    ['See what became of it', `curl -s '${origin}/orders/mine-1?wait=5s'`],
    ['Ask for more than there is', order('mine-2', 9)],
    ['Look at the stock and the sales', `curl -s ${origin}/stock/LAMP \\\n  ${origin}/sales/countries`],
  ]
  byId('tries').replaceChildren(...tries.map(([what, line]) => {
    const button = make('button', { type: 'button' }, 'copy')
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(line)
      button.textContent = 'copied'
      setTimeout(() => { button.textContent = 'copy' }, 1500)
    })
    return make('li', {}, make('p', {}, what, button), make('pre', { tabindex: '0' }, line))
  }))
}

function connect() {
  const source = new EventSource('/live')
  let isFirst = true
  const show = (live, text) => {
    byId('pulse').classList.toggle('live', live)
    byId('state').textContent = text
  }
  source.addEventListener('open', () => { isFirst = true; show(true, 'live') })
  source.addEventListener('error', () => show(false, 'reconnecting'))
  source.addEventListener('message', ({ data }) => {
    const { orders, events, sums, eventsPerSecond, replay } = JSON.parse(data)
    if (orders) showOrders(orders, isFirst)
    if (events) showEvents(events, isFirst)
    if (sums) showSums(sums)
    if (eventsPerSecond !== undefined) showRate(eventsPerSecond)
    if (replay) showReplay(replay)
    isFirst = false
  })
}

showTries()
connect()

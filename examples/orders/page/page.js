// Shows what /live sends. Text goes into the page as text, never as markup.
const byId = (id) => document.getElementById(id)
const shownOrders = 40
const shownEvents = 32
const shownCountries = 8
const shownSeconds = 60
const fewestSeconds = 10
const runsLow = 10
const reconnectMs = 3_000
let rates = []
let newest = 0

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
const many = (number, one) => `${count.format(number)} ${one}${number === 1 ? '' : 's'}`

function showOrders(orders, isFirst) {
  const list = byId('orders')
  if (isFirst) list.replaceChildren()
  for (const { orderId, country, status, reason, total, lines, createdAt } of orders) {
    const facts = [country, many(lines, 'line'), clock.format(new Date(createdAt))]
    if (reason) facts.push(reason.replaceAll('_', ' '))
    const row = make('li', {},
      make('b', { title: orderId }, orderId),
      make('data', { value: total }, money.format(total)),
      make('mark', { class: status }, status),
      make('span', {}, facts.join(' · ')))
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
  if (isFirst) newest = 0
  // What was under way while this page connected comes twice.
  for (const { position, type, stream } of events.filter((event) => event.position > newest)) {
    newest = position
    const category = stream.slice(0, stream.indexOf('/'))
    list.prepend(make('li', { class: category },
      make('span', {}, count.format(position)), make('b', {}, type), make('i', { title: stream }, stream)))
  }
  while (list.children.length > shownEvents) list.lastElementChild.remove()
}

function showSums({ confirmed, pending, cancelled, net, countries, products }) {
  byId('confirmed').textContent = count.format(confirmed)
  byId('pending').textContent = count.format(pending)
  byId('cancelled').textContent = count.format(cancelled)
  byId('net').textContent = money.format(net)
  byId('net').classList.toggle('long', money.format(net).length > 13)
  showCountries(countries)
  byId('products').replaceChildren(...products.filter(({ sold }) => sold > 0).map(({ sku, onHand, reserved, sold }) => {
    const left = onHand - reserved
    const state = left <= 0 ? 'none' : left <= runsLow ? 'low' : 'enough'
    return make('tr', {},
      make('th', { scope: 'row', title: sku }, make('code', {}, sku)),
      make('td', {}, count.format(sold)),
      make('td', { class: state }, left <= 0 ? 'none' : count.format(left)))
  }))
}

function showCountries(countries) {
  const sorted = countries.toSorted((a, b) => b.net - a.net).slice(0, shownCountries)
  const most = Math.max(1, ...sorted.map(({ net }) => Number(net)))
  byId('countries-note').textContent =
    countries.length > shownCountries ? `the first ${shownCountries} of ${countries.length}` : 'net of credit notes'
  byId('countries').replaceChildren(...sorted.map(({ country, orders, creditNotes, net }) => {
    const fill = make('i')
    fill.style.width = `${Math.max(0, 100 * net / most)}%`
    const notes = creditNotes > 0 ? `, ${many(creditNotes, 'credit note')}` : ''
    return make('li', {},
      make('p', {},
        make('b', { title: country }, country),
        make('small', {}, many(orders, 'order') + notes),
        make('data', { value: net }, money.format(net))),
      make('div', { class: 'track' }, fill))
  }))
}

function showReaders(readers) {
  byId('readers').replaceChildren(...readers.map(({ name, kind, position, lag, parkedKeys, state }) => {
    const [level, text] = state !== 'running' ? ['cancelled', state]
      : parkedKeys > 0 ? ['cancelled', `${count.format(parkedKeys)} parked`]
      : lag > 0 ? ['pending', `${count.format(lag)} behind`]
      : ['confirmed', 'up to date']
    return make('tr', {},
      make('th', { scope: 'row', title: name }, name, ' ', make('small', {}, kind)),
      make('td', {}, count.format(position)),
      make('td', {}, make('mark', { class: level }, text)))
  }))
}

function showRate() {
  byId('rate').textContent = count.format(rates.at(-1) ?? 0)
  const most = Math.max(1, ...rates)
  // A line over the whole width, however young it is; now is at the right edge.
  const seconds = Math.max(rates.length, fewestSeconds)
  const step = 120 / (seconds - 1)
  const x = (index) => (120 - step * (rates.length - 1 - index)).toFixed(1)
  const points = rates.map((rate, index) => `${x(index)},${(26 - 24 * rate / most).toFixed(1)}`)
  byId('rate-note').textContent = rates.length < shownSeconds ? `last ${seconds} s` : 'last minute'
  const [area, line] = byId('spark').children
  line.setAttribute('points', points.join(' '))
  area.setAttribute('points', points.length < 2 ? '' : [`${x(0)},28`, ...points, '120,28'].join(' '))
}

function showReplay({ done, of, state }) {
  const bar = byId('bar')
  bar.hidden = state === 'done'
  bar.max = Math.max(1, of)
  bar.value = done
  byId('replay').textContent = state === 'done'
    ? `All ${count.format(of)} invoices of the sample are in. Your orders go on top.`
    : `Replaying 1 December 2010: invoice ${count.format(done)} of ${count.format(of)}`
}

function showTries() {
  const { origin } = location
  // A name of its own for every visit: the lines work again, whatever was tried before.
  const id = `mine-${Math.random().toString(36).slice(2, 6)}`
  const json = `\\\n  -H 'content-type: application/json' \\\n  -d`
  const order = (orderId, quantity) => `curl -s ${origin}/orders ${json} '{"orderId": "${orderId}",
       "customerId": "you",
       "items": [{"sku": "LAMP",
                  "quantity": ${quantity},
                  "unitPrice": "7.65"}]}'`
  const tries = [
    ['Receive some stock', `curl -s ${origin}/stock/LAMP/receipts ${json} '{"quantity": 5}'`],
    ['Place an order', order(id, 2)],
    ['See what became of it', `curl -s '${origin}/orders/${id}?wait=5s'`],
    ['Order more than there is', order(`${id}-all`, 100_000)],
    ['Look at the stock', `curl -s ${origin}/stock/LAMP`],
    ['Look at the sales', `curl -s ${origin}/sales/countries`],
  ]
  byId('tries').replaceChildren(...tries.map(([what, line]) => {
    const button = make('button', { type: 'button', 'aria-label': `Copy: ${what}` }, 'copy')
    const text = make('pre', {}, line)
    button.addEventListener('click', () => copy(text, button))
    return make('li', {}, make('h3', {}, what), button, text)
  }))
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

function connect() {
  const source = new EventSource('/live')
  let isFirst = true
  const show = (live, text) => {
    byId('pulse').classList.toggle('live', live)
    byId('state').textContent = text
  }
  source.addEventListener('open', () => { isFirst = true; show(true, 'live') })
  source.addEventListener('error', () => {
    show(false, 'reconnecting')
    // After an answer that is no stream, such as a proxy's error, a browser does not try again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, reconnectMs)
  })
  source.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(data)
    if (frame.orders) showOrders(frame.orders, isFirst)
    if (frame.events) showEvents(frame.events, isFirst)
    if (frame.sums) showSums(frame.sums)
    if (frame.readers) showReaders(frame.readers)
    if (frame.rates) rates = frame.rates
    if (frame.eventsPerSecond !== undefined) rates = [...rates, frame.eventsPerSecond].slice(-shownSeconds)
    if (frame.rates || frame.eventsPerSecond !== undefined) showRate()
    if (frame.replay) showReplay(frame.replay)
    document.body.classList.add('ready')
    isFirst = false
  })
}

showTries()
connect()

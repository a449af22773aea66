// Shows what /live sends. Text goes into the page as text, never as markup.
import { showDeadLetters } from './show/dead-letters.js'
import { byId } from './show/dom.js'
import { showEvents } from './show/events.js'
import { showCounts, showOrders } from './show/orders.js'
import { addRate, showRates } from './show/rate.js'
import { showReplay } from './show/replay.js'
import { showSagas } from './show/sagas.js'
import { showCountries, showMinutes, showNet } from './show/sales.js'
import { showReaders } from './show/services.js'
import { showProducts } from './show/stock.js'
import { showTries } from './show/tries.js'

const reconnectMs = 3_000

/** What shows each field of a message. A message may come from any of several feeds, and holds what has changed. */
const shows = new Map(Object.entries({
  orders: showOrders,
  counts: showCounts,
  sagas: showSagas,
  products: showProducts,
  net: showNet,
  countries: showCountries,
  minutes: showMinutes,
  events: showEvents,
  rates: showRates,
  eventsPerSecond: addRate,
  readers: showReaders,
  deadLetters: showDeadLetters,
  replay: showReplay,
}))

function connect() {
  const source = new EventSource('/live')
  const show = (live, text) => {
    byId('pulse').classList.toggle('live', live)
    byId('state').textContent = text
  }
  source.addEventListener('open', () => show(true, 'live'))
  source.addEventListener('error', () => {
    show(false, 'reconnecting')
    // After an answer that is no stream, such as a proxy's error, a browser does not try again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, reconnectMs)
  })
  source.addEventListener('message', ({ data }) => {
    const { fresh = false, ...fields } = JSON.parse(data)
    for (const [field, value] of Object.entries(fields)) shows.get(field)?.(value, fresh)
    document.body.classList.add('ready')
  })
}

showTries()
connect()

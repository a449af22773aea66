import { byId, count } from './dom.js'

const shownSeconds = 60
const fewestSeconds = 10
let rates = []

/** The last minute of events per second, oldest first. */
export function showRates(all) {
  rates = all
  draw()
}

export function addRate(rate) {
  rates = [...rates, rate].slice(-shownSeconds)
  draw()
}

function draw() {
  byId('rate').textContent = count(rates.at(-1) ?? 0)
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

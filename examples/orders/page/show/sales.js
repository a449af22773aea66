import { byId, count, make, many, money, replaceAll } from './dom.js'

const shownCountries = 8
const shortTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })
const [barWidth, barStep, chartHeight, shortestBar] = [8, 10, 56, 2]

export function showNet(net) {
  byId('net').textContent = money(net)
  byId('net').classList.toggle('long', money(net).length > 13)
}

export function showCountries(countries) {
  const sorted = countries.toSorted((a, b) => b.net - a.net).slice(0, shownCountries)
  const most = Math.max(1, ...sorted.map(({ net }) => Number(net)))
  byId('countries-note').textContent =
    countries.length > shownCountries ? `the first ${shownCountries} of ${countries.length}` : 'net of credit notes'
  replaceAll(byId('countries'), sorted.map(({ country, orders, creditNotes, net }) => {
    const fill = make('i')
    fill.style.width = `${Math.max(0, 100 * net / most)}%`
    const notes = creditNotes > 0 ? `, ${many(creditNotes, 'credit note')}` : ''
    return make('li', {},
      make('p', {},
        make('b', { title: country }, country),
        make('small', {}, many(orders, 'order') + notes),
        make('data', { value: net }, money(net))),
      make('div', { class: 'track' }, fill))
  }))
}

/** One bar a minute; now is at the right edge. */
export function showMinutes(minutes) {
  const most = Math.max(...minutes.map(({ total }) => Number(total)))
  byId('minutes').replaceChildren(...minutes.map(({ minute, orders, total }, index) => {
    const height = most > 0 ? Math.max(shortestBar, chartHeight * total / most) : shortestBar
    const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
    const place = { x: barStep * index, y: chartHeight - height, width: barWidth, height, rx: 1.5 }
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value)
    if (orders === 0) bar.setAttribute('class', 'none')
    const title = document.createElementNS('http://www.w3.org/2000/svg', 'title')
    title.textContent = `${shortTime.format(new Date(minute))}: ${money(total)}, ${many(orders, 'order')}`
    bar.append(title)
    return bar
  }))
  const orders = minutes.reduce((sum, each) => sum + each.orders, 0)
  byId('minutes-sum').textContent = `${many(orders, 'order')} in ${count(minutes.length)} minutes`
  byId('minutes-most').textContent = orders > 0 ? `at most ${money(most)} in one` : ''
}

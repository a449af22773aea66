import { byId, count, make, many, money, replaceAll, spoken, time } from './dom.js'

const shownOrders = 40

/** Orders that are new or have changed; fresh ones are all there are to show. */
export function showOrders(orders, fresh) {
  const list = byId('orders')
  if (fresh) replaceAll(list, [])
  for (const { orderId, country, status, reason, total, lines, createdAt } of orders) {
    const facts = [country, many(lines, 'line'), time(createdAt)]
    if (reason) facts.push(spoken(reason))
    const row = make('li', {},
      make('b', { title: orderId }, orderId),
      make('data', { value: total }, money(total)),
      make('mark', { class: status }, status),
      make('span', {}, facts.join(' · ')))
    row.dataset.id = orderId
    const known = [...list.children].find((child) => child.dataset.id === orderId)
    if (!fresh) row.className = 'fresh'
    if (known) known.replaceWith(row)
    else list.prepend(row)
  }
  while (list.children.length > shownOrders) list.lastElementChild.remove()
}

export function showCounts({ confirmed, pending, cancelled }) {
  byId('confirmed').textContent = count(confirmed)
  byId('pending').textContent = count(pending)
  byId('cancelled').textContent = count(cancelled)
}

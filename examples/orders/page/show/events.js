import { byId, count, make, replaceAll } from './dom.js'

const shownEvents = 32
let newest = 0

/** Events that were stored since the last time; fresh ones are all there are to show. */
export function showEvents(events, fresh) {
  const list = byId('events')
  if (fresh) replaceAll(list, [])
  if (fresh) newest = 0
  // What was under way while this page connected comes twice.
  for (const { position, type, stream } of events.filter((event) => event.position > newest)) {
    newest = position
    const category = stream.slice(0, stream.indexOf('/'))
    list.prepend(make('li', { class: category },
      make('span', {}, count(position)), make('b', {}, type), make('i', { title: stream }, stream)))
  }
  while (list.children.length > shownEvents) list.lastElementChild.remove()
}

import { byId, count, make, many, replaceAll, time } from './dom.js'
import { tellTrouble } from './health.js'

export function showDeadLetters({ count: all, latest }) {
  const note = byId('dead-letters-note')
  note.textContent = all === 0 ? 'none' : all > latest.length ? `the last ${latest.length} of ${count(all)}` : count(all)
  replaceAll(byId('dead-letters'), latest.map(({ consumer, key, code, reason, attempts, since, waiting }) => {
    const facts = [`since ${time(since)}`, `tried ${many(attempts, 'time')}`]
    if (waiting > 1) facts.push(`${count(waiting - 1)} wait behind it`)
    return make('li', {},
      make('b', { title: key }, key),
      make('span', { title: consumer }, consumer),
      make('p', {}, reason.startsWith(code) ? reason : `${code}: ${reason}`),
      make('small', {}, facts.join(' · ')))
  }))
  tellTrouble('dead-letters', all > 0 && many(all, 'dead letter'))
}

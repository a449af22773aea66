import { byId, count, make, many, replaceAll, span, spoken } from './dom.js'
import { tellTrouble } from './health.js'

/** Each status with how it looks when there are instances that have it. */
const looks = {
  stuck: 'cancelled',
  compensating: 'pending',
  running: 'quiet',
  completed: 'confirmed',
  compensated: 'quiet',
  terminated: 'quiet',
}

export function showSagas({ counts, latest }) {
  const shown = Object.keys(looks).filter((status) => counts[status] > 0 || status !== 'terminated')
  byId('saga-counts').replaceChildren(...shown.map((status) =>
    make('div', counts[status] > 0 ? { class: looks[status] } : {},
      make('dt', {}, status),
      make('dd', {}, count(counts[status])))))
  replaceAll(byId('sagas'), latest.map((saga) => make('li', { class: saga.status },
    make('b', { title: saga.orderId }, saga.orderId),
    steps(saga.steps),
    make('span', { title: note(saga) }, note(saga)),
    make('mark', { class: looks[saga.status] ?? 'quiet' }, saga.status))))
  tellTrouble('sagas', counts.stuck > 0 && `${many(counts.stuck, 'saga')} stuck`)
}

/** One dot a step, from left to right. */
function steps(all) {
  const label = all.map(({ name, state }) => `${name} ${state}`).join(', ')
  const dots = all.map(({ name, state }) => make('i', { class: state, title: `${name}: ${state}` }))
  return make('span', { class: 'steps', role: 'img', 'aria-label': label }, ...dots)
}

/** Where it is and why; of one that has ended, how long it took. */
function note({ at, cause, stuck, tookMs }) {
  if (stuck) return `${doing(stuck)}: ${spoken(stuck.reason)}`
  const why = cause ? [`${cause.step}: ${spoken(cause.reason)}`] : []
  const where = at ? [at.attempt > 1 ? `${doing(at)}, attempt ${at.attempt}` : doing(at)] : []
  const took = tookMs === undefined ? [] : [`in ${span(tookMs)}`]
  return [...where, ...why, ...took].join(' · ')
}

function doing({ step, action }) {
  if (step === 'failed') return 'recording the failure'
  return action === 'undo' ? `undoing ${step}` : step
}

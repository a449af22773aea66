import { byId, count, make, many } from './dom.js'
import { tellTrouble } from './health.js'

/** What is shown of each service, by its name. */
const shown = new Map()
/** Nearer to the end than this a reader is at work, not late. */
const farBehind = 1_000

/** One line a service, with the worst that is to be said of its readers; what each of them does unfolds. */
export function showReaders(services) {
  for (const { service, readers } of services) {
    if (!shown.has(service)) shown.set(service, newLine(service))
    shown.get(service).update(readers)
  }
  for (const name of shown.keys()) if (!services.some(({ service }) => service === name)) shown.delete(name)
  const lines = [...shown.values()].map(({ line }) => line)
  const list = byId('services')
  // Moving a line that is where it belongs would take the focus away from it.
  if (lines.length !== list.children.length || lines.some((line, index) => line !== list.children[index])) {
    list.replaceChildren(...lines)
  }
  const halted = services.flatMap(({ readers }) => readers).filter(isHalted)
  tellTrouble('services', halted.length > 0 && `${many(halted.length, 'reader')} stopped`)
}

function newLine(service) {
  const [note, mark, body] = [make('small'), make('mark'), make('tbody')]
  const head = ['Reader', 'Has read', 'State'].map((title) => make('th', { scope: 'col' }, title))
  const details = make('details', {},
    make('summary', {}, make('b', {}, service), note, mark),
    make('table', {}, make('thead', {}, make('tr', {}, ...head)), body))
  let known = []
  const unfold = () => body.replaceChildren(...(details.open ? known.map(row) : []))
  details.addEventListener('toggle', unfold)
  return {
    line: make('li', {}, details),
    update(readers) {
      known = readers
      note.textContent = many(readers.length, 'reader')
      const [level, text] = worst(readers)
      mark.className = level
      mark.textContent = text
      unfold()
    },
  }
}

function row(reader) {
  const [level, text] = verdict(reader)
  const { name, kind, source, position } = reader
  const from = name.endsWith(`<${source}`) ? name.slice(0, -source.length - 1) : name
  const of = kind === from ? '' : from === name ? kind : source
  return make('tr', {},
    make('th', { scope: 'row', title: `${kind} ${name}` }, from, ' ', make('small', {}, of)),
    make('td', {}, source === 'mail' ? '' : count(position)),
    make('td', {}, make('mark', { class: level }, text)))
}

function isHalted({ state }) {
  return !['running', 'waiting'].includes(state)
}

function verdict({ state, parkedKeys, lag }) {
  if (isHalted({ state })) return ['cancelled', state]
  if (parkedKeys > 0) return ['cancelled', `${count(parkedKeys)} parked`]
  if (lag === 0) return ['confirmed', 'up to date']
  return [lag < farBehind ? 'quiet' : 'pending', `${count(lag)} behind`]
}

/** Halted comes before parked, and parked before behind: the keys of all readers, and the one that is farthest behind. */
function worst(readers) {
  const halted = readers.find(isHalted)
  const parkedKeys = readers.reduce((sum, each) => sum + each.parkedKeys, 0)
  return verdict({ state: halted?.state ?? 'running', parkedKeys, lag: Math.max(...readers.map(({ lag }) => lag)) })
}

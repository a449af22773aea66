import { byId, make } from './dom.js'

const troubles = new Map()

/** What a card has to say about its health: what is wrong, or nothing. All of it stands in the corner of the page. */
export function tellTrouble(card, trouble) {
  troubles.set(card, trouble)
  const found = [...troubles].filter(([, what]) => what)
  const text = found.map(([, what]) => what).join(' · ') || 'all is well'
  const health = byId('health')
  byId('pulse').classList.toggle('trouble', found.length > 0)
  // What is told again without a change would be read aloud again.
  if (health.textContent === text) return
  const links = found.flatMap(([from, what]) => [' · ', make('a', { href: `#${from}-card` }, what)])
  health.replaceChildren(...(found.length > 0 ? links.slice(1) : [text]))
}

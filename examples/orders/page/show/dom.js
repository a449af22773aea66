// What all parts of the page are made with.

export const byId = (id) => document.getElementById(id)

/** An element with attributes and children; children that are text stay text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** Replaces what a list shows. From now on it says so when it is empty. */
export function replaceAll(list, children) {
  list.replaceChildren(...children)
  list.dataset.known = ''
}

const pounds = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' })
const whole = new Intl.NumberFormat('en-GB')
const dayAndTime = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Europe/London' }
const clock = new Intl.DateTimeFormat('en-GB', dayAndTime)

export const money = (amount) => pounds.format(amount)
export const count = (number) => whole.format(number)
export const many = (number, one) => `${count(number)} ${one}${number === 1 ? '' : 's'}`
export const time = (instant) => clock.format(new Date(instant))
/** `out_of_stock` as people say it. */
export const spoken = (code) => code.replaceAll('_', ' ')

/** A time span with as much of it as one wants to know. */
export function span(ms) {
  if (ms < 1_000) return `${count(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${count(Math.round(ms / 60_000))} min`
}

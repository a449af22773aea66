import { byId, count } from './dom.js'

export function showReplay({ done, of, state }) {
  const bar = byId('bar')
  bar.hidden = state === 'done'
  bar.max = Math.max(1, of)
  bar.value = done
  byId('replay').textContent = state === 'done'
    ? `All ${count(of)} invoices of the sample are in. Your orders go on top.`
    : `Replaying 1 December 2010: invoice ${count(done)} of ${count(of)}`
}

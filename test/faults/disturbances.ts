import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StorePlace } from '../../examples/orders/store-place.ts'
import { chance } from '../fixtures/chance.ts'
import type { Child } from '../fixtures/child.ts'
import type { CutProxy } from '../fixtures/cut-proxy.ts'
import { counted } from './counted.ts'
import { decidedIn, type Disturbance, type Mortal } from './storm.ts'

const longestMs = 2_000
const patienceMs = 120_000
const eventsBetween = 60

/**
 * Breaks all connections of one of the proxies, again and again at random moments. Between two breaks something has
 * been done, however slow the machine is: else there would be nothing but breaks.
 */
export function cutting(proxies: readonly CutProxy[], store: StorePlace): Disturbance {
  return async (signal) => {
    let cuts = 0
    for (let head = 0; proxies.length > 0; cuts++) {
      let now = head
      while (now < head + eventsBetween && !signal.aborted) {
        await pause(20, signal)
        now = await counted(store, 'select sum(position) from ew_head')
      }
      await pause(chance() * longestMs, signal)
      if (signal.aborted) break
      head = now
      proxies[Math.floor(chance() * proxies.length)]!.cutAll()
    }
    assert.ok(cuts > 0 || proxies.length === 0, 'no connection was cut')
    return `connections cut ${cuts} times`
  }
}

/**
 * Second processes come, one after the other, take a part of the partitions from those who have them, and go again, in
 * order or without a word. There is one at least, however short the work is.
 */
export function comingAndGoing(guests: readonly Mortal[], mostVisits: number): Disturbance {
  return async (signal) => {
    let visit = 0
    for (; visit < mostVisits && (visit === 0 || !signal.aborted); visit++) {
      const guest = guests[visit % guests.length]!
      const child = guest.begin()
      await shared(guest.name, child)
      await sleep(chance() * longestMs)
      if (visit % 2 === 1) child.process.kill('SIGKILL')
      else child.process.stdin!.end()
      assert.equal(await child.ended, visit % 2 === 1 ? null : 0, guest.name)
    }
    return `${visit} second processes have come and gone`
  }
}

/** Does harm to the broker at random moments of the work, once in each of so many parts of it. */
export function breaking(
  store: StorePlace,
  orders: number,
  breaks: number,
  harm: (round: number, signal: AbortSignal) => Promise<void>,
): Disturbance {
  return async (signal) => {
    for (let round = 0; round < breaks; round++) {
      const target = (orders * (round + 0.1 + 0.7 * chance())) / breaks
      while ((await decidedIn(store)) < target && !signal.aborted) await sleep(20)
      await harm(round, signal)
    }
    return `the broker broken ${breaks} times`
  }
}

async function shared(name: string, child: Child): Promise<void> {
  const giveUp = performance.now() + patienceMs
  while (!child.lines.includes('shares')) {
    const { exitCode, signalCode } = child.process
    assert.equal(exitCode ?? signalCode, null, `a second process of ${name} ended by itself`)
    assert.ok(performance.now() < giveUp, `a second process of ${name} got no part of the work: ${child.lines.join()}`)
    await sleep(20)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

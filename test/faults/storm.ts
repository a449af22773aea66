import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { chance } from '../fixtures/chance.ts'
import type { Child } from '../fixtures/child.ts'
import type { PartyKind } from '../../examples/orders/outside/party-file.ts'
import type { ServiceName } from '../../examples/orders/shop/system.ts'
import { partiesOf, type StorePlace } from '../../examples/orders/store-place.ts'
import { pidOf } from '../examples/orders/outside-party.ts'
import { counted } from './counted.ts'

/** A process that may be killed at any moment and begun again. It serves until its input ends. */
export interface Mortal {
  readonly name: string
  begin(): Child
}

/** What else is done to those who work, until the signal aborts; answers what that was. */
export type Disturbance = (signal: AbortSignal) => Promise<string>

/** What is to be got through, and how often somebody dies on the way. */
export interface Storm {
  /** The store of a service; processes of the shop may share one. */
  readonly storeOf: (service: ServiceName) => StorePlace
  readonly orders: number
  readonly kills: number
  /** All who work on the store. */
  readonly mortals: readonly Mortal[]
  readonly beside?: readonly Disturbance[]
}

const patienceMs = 240_000
const latestMs = 400
const decided = `select count(*) from ew_streams where stream like 'Order/%' and version > 1`
const parties: readonly (readonly [PartyKind, ServiceName])[] = [
  ['provider', 'payments'],
  ['mail', 'notifications'],
]

/**
 * Lets all of them work, kills one after another without warning at random moments of the work, and begins it again; at
 * other moments it kills the outside parties. Ends when every order is decided. Answers what was killed when.
 */
export async function storm({ storeOf, orders, kills, mortals, beside = [] }: Storm): Promise<readonly string[]> {
  const store = storeOf('orders')
  const living = new Map(mortals.map((mortal) => [mortal, mortal.begin()]))
  const over = new AbortController()
  const others = Promise.all(beside.map((disturb) => disturb(over.signal)))
  const unlessOthersFail = others.then(() => new Promise<never>(() => undefined))
  const goOn = (target: number): Promise<void> => Promise.race([reached(store, target, living), unlessOthersFail])
  const killed: string[] = []
  try {
    for (const [round, target] of targets(orders, kills).entries()) {
      await goOn(target)
      if (round % 2 === 1) killed.push(...(await killParties(storeOf)))
      // The moment before it is at work is one as well.
      await sleep(chance() * latestMs)
      const victim = mortals[round % mortals.length]!
      const child = living.get(victim)!
      child.process.kill('SIGKILL')
      await child.ended
      assert.equal(child.process.signalCode, 'SIGKILL', `${victim.name} ended before it was killed`)
      killed.push(`${victim.name} at ${await decidedIn(store)}`)
      living.set(victim, victim.begin())
      if (round % 2 === 0) killed.push(...(await killParties(storeOf)))
    }
    await goOn(orders)
  } finally {
    over.abort()
  }
  killed.push(...(await others))
  for (const child of living.values()) child.process.stdin!.end()
  for (const [{ name }, child] of living) assert.equal(await child.ended, 0, name)
  return killed
}

/** Random shares of the work, in ascending order. */
function targets(orders: number, kills: number): readonly number[] {
  const shares = Array.from({ length: kills }, () => 0.95 * chance())
  return shares.sort((a, b) => a - b).map((share) => Math.floor(orders * share))
}

/** How many orders are decided. */
export function decidedIn(store: StorePlace): Promise<number> {
  return counted(store, decided)
}

async function reached(store: StorePlace, target: number, living: ReadonlyMap<Mortal, Child>): Promise<void> {
  const giveUp = performance.now() + patienceMs
  for (let done = 0; (done = await decidedIn(store)) < target; await sleep(20)) {
    for (const [{ name }, { process: child }] of living) assert.equal(child.exitCode, null, `${name} ended by itself`)
    assert.ok(performance.now() < giveUp, `${done} orders of ${target} are decided in ${patienceMs} ms`)
  }
}

/** Kills those that live; the shop begins them again. */
async function killParties(storeOf: Storm['storeOf']): Promise<readonly string[]> {
  const killed: string[] = []
  for (const [party, service] of parties) {
    await sleep(chance() * 100)
    const pid = await pidOf(party, partiesOf(storeOf(service))).catch(() => undefined)
    if (pid === undefined) continue
    process.kill(pid, 'SIGKILL')
    killed.push(party)
  }
  return killed
}

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../fixtures/child.ts'
import type { PartyKind } from '../../examples/orders/outside/party-file.ts'
import { pidOf } from '../examples/orders/outside-party.ts'
import { count, isMade } from './claims.ts'

/** A process that may be killed at any moment and begun again. It serves until its input ends. */
export interface Mortal {
  readonly name: string
  begin(): Child
}

/** What is to be got through, and how often somebody dies on the way. */
export interface Storm {
  readonly store: string
  readonly orders: number
  readonly kills: number
  /** All who work on the store. */
  readonly mortals: readonly Mortal[]
}

const patienceMs = 120_000
const latestMs = 400
const decided = `select count(*) from ew_streams where stream like 'Order/%' and version > 1`
const parties: readonly PartyKind[] = ['provider', 'mail']

/**
 * Lets all of them work, kills one after another without warning at random moments of the work, and begins it again; at
 * other moments it kills the outside parties. Ends when every order is decided. Answers what was killed when.
 */
export async function storm({ store, orders, kills, mortals }: Storm): Promise<readonly string[]> {
  const living = new Map(mortals.map((mortal) => [mortal, mortal.begin()]))
  const killed: string[] = []
  for (const [round, target] of targets(orders, kills).entries()) {
    await reached(store, target, living)
    if (round % 2 === 1) killed.push(...(await killParties(store)))
    // The moment before it is at work is one as well.
    await sleep(Math.random() * latestMs)
    const victim = mortals[round % mortals.length]!
    const child = living.get(victim)!
    child.process.kill('SIGKILL')
    await child.ended
    assert.equal(child.process.signalCode, 'SIGKILL', `${victim.name} ended before it was killed`)
    killed.push(`${victim.name} at ${decidedIn(store)}`)
    living.set(victim, victim.begin())
    if (round % 2 === 0) killed.push(...(await killParties(store)))
  }
  await reached(store, orders, living)
  for (const child of living.values()) child.process.stdin!.end()
  for (const [{ name }, child] of living) assert.equal(await child.ended, 0, name)
  return killed
}

/** Random shares of the work, in ascending order. */
function targets(orders: number, kills: number): readonly number[] {
  const shares = Array.from({ length: kills }, () => 0.95 * Math.random())
  return shares.sort((a, b) => a - b).map((share) => Math.floor(orders * share))
}

function decidedIn(store: string): number {
  return isMade(store) ? count(store, decided) : 0
}

async function reached(store: string, target: number, living: ReadonlyMap<Mortal, Child>): Promise<void> {
  const giveUp = performance.now() + patienceMs
  while (decidedIn(store) < target) {
    for (const [{ name }, { process: child }] of living) assert.equal(child.exitCode, null, `${name} ended by itself`)
    assert.ok(performance.now() < giveUp, `${decidedIn(store)} orders of ${target} are decided in ${patienceMs} ms`)
    await sleep(20)
  }
}

/** Kills those that live; the shop begins them again. */
async function killParties(store: string): Promise<readonly string[]> {
  const killed: string[] = []
  for (const party of parties) {
    await sleep(Math.random() * 100)
    const pid = await pidOf(party, store).catch(() => undefined)
    if (pid === undefined) continue
    process.kill(pid, 'SIGKILL')
    killed.push(party)
  }
  return killed
}

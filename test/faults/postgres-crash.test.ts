import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { assertAcknowledged } from '../fixtures/acknowledged.ts'
import { chance } from '../fixtures/chance.ts'
import { startChild } from '../fixtures/child.ts'
import { hasPostgres, privatePostgres } from '../fixtures/private-postgres.ts'
import { roundsOf } from '../fixtures/torture.ts'
import { until } from '../runtime/running.fixture.ts'

const rounds = roundsOf(3, 20)
const patienceMs = 60_000
const moreEachRound = 20

if (hasPostgres)
  for (const [signal, what] of [
    ['SIGQUIT', 'stopped at once'],
    ['SIGKILL', 'killed'],
  ] as const)
    test(`when a server is ${what} under load, nothing acknowledged is lost and nothing is there twice`, (t) =>
      breakAgain(t, signal))

async function breakAgain(t: TestContext, signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> {
  const server = await privatePostgres(t)
  const store = await postgres(server.url).open({ clock: systemClock })
  t.after(() => store.close())
  let heard = 0
  t.after(store.watch(() => heard++))
  const child = startChild('enduring-process', server.url, 'eventwright')
  t.after(() => child.process.kill('SIGKILL'))
  const acknowledged = async (more: number): Promise<void> => {
    const goal = child.lines.length + more
    await until(
      `${more} more are acknowledged`,
      () => child.lines.length >= goal || child.process.exitCode !== null,
      patienceMs,
    )
    assert.equal(child.process.exitCode, null, 'the writing process has ended')
  }
  for (let round = 0; round < rounds; round++) {
    await acknowledged(moreEachRound)
    await sleep(chance() * 50)
    await server.break(signal)
    await server.start()
  }
  await acknowledged(moreEachRound)
  const heardBefore = heard
  await until('the listener hears of commits again', () => heard > heardBefore, patienceMs)
  child.process.stdin!.end()
  assert.equal(await child.ended, 0)
  t.diagnostic(`${child.lines.length - 1} acknowledged`)
  await assertAcknowledged(store, child.lines.slice(1))
}

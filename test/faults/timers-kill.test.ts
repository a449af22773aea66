import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { chance } from '../fixtures/chance.ts'
import { startChild, type Child } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { killRounds } from '../fixtures/kill-rounds.ts'
import { torture } from '../fixtures/torture.ts'
import { all, until } from '../runtime/running.fixture.ts'
import { office } from '../runtime/timers.fixture.ts'

const rounds = torture ? 30 : 5

/** After the last timer: each letter was sent once, those that were acknowledged are among them. */
async function assertEachOnce(file: string, acknowledged: readonly string[]): Promise<void> {
  const open = await start(office, { store: sqlite(file), leaseMs: 1_000 })
  try {
    // What was cut off before it was moved or given up is due in an hour.
    const soon = async (): Promise<boolean> =>
      (await open.inspect.timers({ limit: 1_000 })).some(({ dueAtMs }) => dueAtMs < Date.now() + 600_000)
    await until('nothing is due soon', async () => !(await soon()))
    assert.ok(await open.caughtUp({ timeoutMs: 30_000 }), 'every letter arrives')
    const letters = (await all(open.events.log())).map(({ data }) => (data as { text: string }).text)
    const sent = new Set(letters)
    assert.equal(sent.size, letters.length, 'no letter was sent twice')
    const cutOff = await open.inspect.timers({ limit: 1_000 })
    assert.ok(cutOff.length <= 2 * rounds, `${cutOff.length} were cut off`)
    for (const text of acknowledged) assert.ok(sent.has(text), `${text} was acknowledged`)
    assert.ok(!letters.some((text) => Number(text.split('-').at(-1)) % 7 === 0), 'what was given up is not sent')
    assert.deepEqual(await open.inspect.deadLetters.list({ limit: 10 }), [])
  } finally {
    await open.stop()
  }
}

const acknowledgedBy = (child: Child): readonly string[] => child.lines.slice(1)

test('timers of a process that is killed at any moment are sent once each', async (t) => {
  const file = join(folderFor(t), 'office.db')
  const begin = (round: number): Child => startChild('scheduling-process', file, `r${round}`)
  const acknowledged = await killRounds(rounds, begin, { lines: 8, latestMs: 300 })
  assert.ok(acknowledged.length >= rounds, `${acknowledged.length} letters were acknowledged`)
  await assertEachOnce(file, acknowledged)
})

test('the same holds for two processes, one of which is killed again and again', async (t) => {
  const file = join(folderFor(t), 'office.db')
  const acknowledged: string[] = []
  const children = [startChild('scheduling-process', file, 'a0'), startChild('scheduling-process', file, 'b0')]
  for (let round = 1; round <= rounds; round++) {
    const index = round % 2
    const child = children[index]!
    await child.until(8)
    await sleep(chance() * 300)
    child.process.kill('SIGKILL')
    await child.ended
    acknowledged.push(...acknowledgedBy(child))
    children[index] = startChild('scheduling-process', file, `${'ab'[index]}${round}`)
  }
  for (const child of children) {
    await child.until(2)
    child.process.stdin!.end()
    assert.equal(await child.ended, 0)
    acknowledged.push(...acknowledgedBy(child))
  }
  await assertEachOnce(file, acknowledged)
})

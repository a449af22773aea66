import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { chance } from '../fixtures/chance.ts'
import { startChild, type Child } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { killRounds } from '../fixtures/kill-rounds.ts'
import { patience } from '../fixtures/patience.ts'
import { longTest, torture } from '../fixtures/torture.ts'
import { ApproveOrder, bazaar } from '../runtime/housekeeping.fixture.ts'
import { all, until } from '../runtime/running.fixture.ts'

const rounds = torture ? 30 : 3
const keep = { keys: '2s', sagas: '1s', every: '5ms' } as const
const ends: ReadonlySet<string> = new Set([
  'Charged LetterSent OrderApproved OrderConfirmed OrderPlaced Reserved',
  'LetterSent OrderApproved OrderCancelled OrderPlaced Released Reserved',
])

function rowsOf(file: string, table: string): number {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
  const count = Number(database.prepare(`select count(*) as n from ${table}`).get()!['n'])
  database.close()
  return count
}

/** After everything has come to rest: each order has led to everything once, and nothing of it is left over. */
async function assertWhole(file: string, acknowledged: readonly string[]): Promise<void> {
  const open = await start(bazaar, { store: sqlite(file), leaseMs: 1_000, keep })
  try {
    assert.ok(await open.caughtUp(patience), 'every message arrives')
    for (const { id } of await open.inspect.sagas({ closed: false, limit: 100 }))
      await open.execute(ApproveOrder({ orderId: id.slice(id.indexOf('/') + 1) }))
    const unfinished = () => open.inspect.sagas({ closed: false, limit: 1 })
    await until('every saga comes to its end', async () => (await unfinished()).length === 0)
    assert.ok(await open.caughtUp(patience), 'every message arrives')
    const byOrder = Map.groupBy(await all(open.events.log()), ({ data }) => (data as { orderId: string }).orderId)
    for (const orderId of acknowledged) assert.ok(byOrder.has(orderId), `${orderId} was acknowledged`)
    for (const [orderId, events] of byOrder) {
      const story = [...new Set(events.map(({ type }) => type))].toSorted().join(' ')
      assert.ok(ends.has(story), `${orderId}: ${story}`)
      assert.equal(events.filter(({ type }) => type !== 'OrderApproved').length, story.split(' ').length - 1, orderId)
    }
    for (const table of ['ew_outbox', 'ew_inbox', 'ew_sagas'])
      await until(`${table} is empty`, () => rowsOf(file, table) === 0)
  } finally {
    await open.stop()
  }
}

const acknowledgedBy = (child: Child): readonly string[] => child.lines.slice(1)

test('a process that is killed while it deletes loses nothing and leaves nothing behind', async (t) => {
  const file = join(folderFor(t), 'bazaar.db')
  const begin = (round: number): Child => startChild('keeping-process', file, `r${round}`)
  const acknowledged = await killRounds(rounds, begin, { lines: 5, latestMs: 400 })
  assert.ok(acknowledged.length >= rounds)
  await assertWhole(file, acknowledged)
})

longTest('services in processes of their own keep one house, whichever of them is killed', async (t) => {
  const file = join(folderFor(t), 'bazaar.db')
  const names = ['orders', 'stock', 'payments'] as const
  const begin = (name: string, round: number): Child => startChild('keeping-process', file, `${name}${round}`, name)
  const children = new Map(names.map((name) => [name, begin(name, 0)]))
  const acknowledged: string[] = []
  for (let round = 1; round <= rounds; round++) {
    await children.get('orders')!.until(5)
    await sleep(chance() * 300)
    const victim = names[round % names.length]!
    const child = children.get(victim)!
    child.process.kill('SIGKILL')
    await child.ended
    if (victim === 'orders') acknowledged.push(...acknowledgedBy(child))
    children.set(victim, begin(victim, round))
  }
  await children.get('orders')!.until(5)
  for (const child of children.values()) child.process.stdin!.end()
  assert.deepEqual(await Promise.all([...children.values()].map(({ ended }) => ended)), [0, 0, 0])
  await assertWhole(file, [...acknowledged, ...acknowledgedBy(children.get('orders')!)])
})

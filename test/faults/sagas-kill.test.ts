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
import { longTest, torture } from '../fixtures/torture.ts'
import { all } from '../runtime/running.fixture.ts'
import { depot } from '../runtime/saga-system.fixture.ts'

const rounds = torture ? 30 : 5

const stories: readonly string[] = [
  'OrderPlaced Reserved Charged OrderConfirmed Shipped',
  'OrderPlaced OrderCancelled',
  'OrderPlaced Reserved Released OrderCancelled',
]

/** After everything has come to rest: each order was fulfilled or undone, whole and once. */
async function assertWhole(file: string, acknowledged: readonly string[]): Promise<void> {
  const open = await start(depot, { store: sqlite(file), leaseMs: 1_000 })
  try {
    assert.ok(await open.caughtUp({ timeoutMs: 60_000 }), 'every saga comes to its end')
    const byOrder = Map.groupBy(await all(open.events.log()), ({ data }) => (data as { orderId: string }).orderId)
    for (const orderId of acknowledged) assert.ok(byOrder.has(orderId), `${orderId} was acknowledged`)
    const ends = new Map(stories.map((story) => [story, 0]))
    for (const [orderId, events] of byOrder) {
      const story = events.map(({ type }) => type).join(' ')
      assert.ok(ends.has(story), `${orderId}: ${story}`)
      ends.set(story, ends.get(story)! + 1)
    }
    for (const [story, count] of ends) assert.ok(count > 0, `no order went: ${story}`)
    assert.deepEqual(await open.inspect.deadLetters.list({ limit: 10 }), [])
  } finally {
    await open.stop()
  }
}

const acknowledgedBy = (child: Child): readonly string[] => child.lines.slice(1)

test('sagas of a process that is killed at any moment end completed or compensated, each effect once', async (t) => {
  const file = join(folderFor(t), 'depot.db')
  const begin = (round: number): Child => startChild('fulfilling-process', file, `r${round}`)
  const acknowledged = await killRounds(rounds, begin, { lines: 12, latestMs: 300 })
  await assertWhole(file, acknowledged)
})

longTest('the same holds for services in processes of their own, whichever of them is killed', async (t) => {
  const file = join(folderFor(t), 'depot.db')
  const begin = (service: string, round: number): Child =>
    startChild('fulfilling-process', file, `${service}${round}`, service)
  const names = ['orders', 'inventory', 'payments', 'shipping'] as const
  const children = new Map(names.map((name) => [name, begin(name, 0)]))
  const acknowledged: string[] = []
  for (let round = 1; round <= rounds; round++) {
    const orders = children.get('orders')!
    await orders.until(12)
    await sleep(chance() * 300)
    const victim = names[round % names.length]!
    const child = children.get(victim)!
    child.process.kill('SIGKILL')
    await child.ended
    if (victim === 'orders') acknowledged.push(...acknowledgedBy(child))
    children.set(victim, begin(victim, round))
  }
  await children.get('orders')!.until(12)
  for (const child of children.values()) child.process.stdin!.end()
  assert.deepEqual(await Promise.all([...children.values()].map(({ ended }) => ended)), [0, 0, 0, 0])
  await assertWhole(file, [...acknowledged, ...acknowledgedBy(children.get('orders')!)])
})

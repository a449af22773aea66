import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { chance } from '../fixtures/chance.ts'
import { startChild, type Child } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { patience } from '../fixtures/patience.ts'
import { shop } from '../runtime/orders.fixture.ts'
import { all } from '../runtime/running.fixture.ts'

const leaseMs = 1_000

async function assertViewsEqualReplay(file: string, acknowledged: readonly string[]): Promise<void> {
  const running = await start(shop, { store: sqlite(file), leaseMs })
  try {
    assert.ok(await running.caughtUp(patience), 'consumers catch up after the restart')
    const events = await all(running.events.log())
    const placed = new Set(
      events.filter((each) => each.type === 'OrderPlaced').map((each) => (each.data as { orderId: string }).orderId),
    )
    for (const orderId of acknowledged) assert.ok(placed.has(orderId), `${orderId} was acknowledged`)
    const shipped = events.filter((each) => each.type === 'OrderShipped')
    assert.equal(shipped.length, placed.size, 'every order was shipped exactly once')
    for (const view of ['orders', 'ordersInline'] as const) {
      assert.equal(await running.views[view].count(), placed.size, view)
      for (const orderId of placed)
        assert.equal((await running.views[view].get(orderId))?.status, 'shipped', `${view} ${orderId}`)
    }
    for await (const step of running.inspect.verify()) assert.deepEqual(step.findings, [])
  } finally {
    await running.stop()
  }
}

const acknowledgedBy = (...children: readonly Child[]): string[] =>
  children.flatMap((child) => child.lines.slice(1).flatMap((line) => line.split(' ')))

test('a process stopped past its lease is replaced, and does no harm when it goes on', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  const first = startChild('ordering-process', file, 'first')
  await first.until(3)
  const second = startChild('ordering-process', file, 'second')
  await second.until(3)
  for (let round = 0; round < 2; round++) {
    first.process.kill('SIGSTOP')
    await sleep(leaseMs + 700)
    first.process.kill('SIGCONT')
    await second.until(second.lines.length + 3)
    await first.until(first.lines.length + 3)
  }
  first.process.stdin!.end()
  second.process.stdin!.end()
  assert.deepEqual(await Promise.all([first.ended, second.ended]), [0, 0])
  await assertViewsEqualReplay(file, acknowledgedBy(first, second))
})

test('a process killed at random moments loses nothing that it has acknowledged', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  const acknowledged: string[] = []
  for (let round = 0; round < 4; round++) {
    const child = startChild('ordering-process', file, `round${round}`)
    await child.until(2)
    await sleep(20 + chance() * 300)
    child.process.kill('SIGKILL')
    await child.ended
    acknowledged.push(...acknowledgedBy(child))
  }
  assert.ok(acknowledged.length > 30, `${acknowledged.length} orders were acknowledged`)
  await assertViewsEqualReplay(file, acknowledged)
})

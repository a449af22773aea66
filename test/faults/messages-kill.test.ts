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
import { patience } from '../fixtures/patience.ts'
import { longTest, torture } from '../fixtures/torture.ts'
import { shopWith, thanks } from '../runtime/messages.fixture.ts'
import { all } from '../runtime/running.fixture.ts'

const rounds = torture ? 30 : 5

const acknowledgedBy = (child: Child): readonly string[] => child.lines.slice(1)

/** After everything has come to rest: one letter for each order, in the order of each reader's orders. */
async function assertOneLetterEach(file: string, acknowledged: readonly string[]): Promise<void> {
  const shop = await start(shopWith(thanks), { store: sqlite(file), leaseMs: 1_000 })
  try {
    assert.ok(await shop.caughtUp(patience), 'every message arrives')
    const events = await all(shop.events.log())
    const of = (type: string) => events.filter((event) => event.type === type).map(({ data }) => data as any)
    const placed: { orderId: string; customer: string }[] = of('OrderPlaced')
    const letters: { to: string; text: string }[] = of('LetterSent')
    const ids = new Set(placed.map(({ orderId }) => orderId))
    for (const orderId of acknowledged) assert.ok(ids.has(orderId), `${orderId} was acknowledged`)
    const texts = letters.map(({ text }) => text)
    assert.equal(new Set(texts).size, texts.length, 'no letter was sent twice')
    assert.deepEqual(texts.toSorted(), placed.map(({ orderId }) => `Thanks for ${orderId}`).toSorted())
    assert.deepEqual(await shop.inspect.deadLetters.list({ limit: 10 }), [])
  } finally {
    await shop.stop()
  }
}

test('a process that is killed between any two of its loops sends every letter once', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  const begin = (round: number): Child => startChild('messaging-process', file, `r${round}`)
  const acknowledged = await killRounds(rounds, begin, { lines: 2, earliestMs: 20, latestMs: 320 })
  assert.ok(acknowledged.length >= rounds, `${acknowledged.length} orders were acknowledged`)
  await assertOneLetterEach(file, acknowledged)
})

longTest('services in processes of their own meet over the file, whichever of them is killed', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  const acknowledged: string[] = []
  let mail = startChild('messaging-process', file, 'mail', 'mail')
  for (let round = 0; round < rounds; round++) {
    const orders = startChild('messaging-process', file, `r${round}`, 'orders')
    await orders.until(5)
    await sleep(chance() * 200)
    const victim = round % 2 === 0 ? mail : orders
    victim.process.kill('SIGKILL')
    await victim.ended
    if (victim === mail) mail = startChild('messaging-process', file, 'mail', 'mail')
    else acknowledged.push(...acknowledgedBy(orders))
    if (victim === orders) continue
    orders.process.stdin!.end()
    assert.equal(await orders.ended, 0)
    acknowledged.push(...acknowledgedBy(orders))
  }
  mail.process.stdin!.end()
  assert.equal(await mail.ended, 0)
  await assertOneLetterEach(file, acknowledged)
})

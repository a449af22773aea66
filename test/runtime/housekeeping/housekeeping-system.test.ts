import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../../src/base/clock.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { patience } from '../../fixtures/patience.ts'
import { longTest, torture } from '../../fixtures/torture.ts'
import { ApproveOrder, bazaar, leapingClock, PlaceOrder } from '../housekeeping.fixture.ts'
import { all, listening, running, until, type RunningOf } from '../running.fixture.ts'

const day = 24 * 60 * 60_000
const days = torture ? 100 : 13
const ordersOfDay = 8
const outcomes = `ew_inbox where consumer = 'participant'`
const tables = ['ew_outbox', 'ew_messages', `ew_inbox where consumer <> 'participant'`, 'ew_mail', 'ew_sagas'] as const

function sizes(file: string): ReadonlyMap<string, number> {
  const database = new DatabaseSync(file, { readOnly: true })
  const count = (table: string): number => Number(database.prepare(`select count(*) as n from ${table}`).get()!['n'])
  const counted = new Map([...tables, outcomes].map((table) => [table, count(table)]))
  database.close()
  return counted
}

async function stories(open: RunningOf<typeof bazaar>): Promise<ReadonlyMap<string, string>> {
  const byOrder = Map.groupBy(await all(open.events.log()), ({ data }) => (data as { orderId: string }).orderId)
  return new Map(
    [...byOrder].map(([id, events]) => [
      id,
      events
        .map(({ type }) => type)
        .toSorted()
        .join(' '),
    ]),
  )
}

const confirmed = 'Charged LetterSent OrderApproved OrderConfirmed OrderPlaced Reserved'
const undone = 'LetterSent OrderApproved OrderCancelled OrderPlaced Released Reserved'

longTest(
  'months of orders leave tables that stay small; an order that waits all the time is undone all the same',
  async (t) => {
    const file = join(folderFor(t), 'bazaar.db')
    const clock = leapingClock(systemClock)
    const log = listening()
    const keep = { keys: '6d', sagas: '5d', every: '20ms' } as const
    const open = await running(t, bazaar, { store: sqlite(file), clock, log, keep })
    const doneSince = async (atMs: number): Promise<boolean> => {
      const jobs = await open.inspect.housekeeping()
      return jobs.length === 4 && jobs.every(({ doneAt = '' }) => Date.parse(doneAt) > atMs)
    }
    const place = async (orderId: string, card: string): Promise<void> =>
      void (await open.execute(PlaceOrder({ orderId, card }), { idempotencyKey: orderId }))
    const approve = async (orderId: string): Promise<void> => void (await open.execute(ApproveOrder({ orderId })))
    const passed = async (): Promise<void> => {
      const before = clock.now()
      clock.leap(day)
      await until('housekeeping is done with the day', () => doneSince(before + day))
    }
    await place('slow', 'bad')
    const bySize: ReadonlyMap<string, number>[] = []
    for (let n = 0; n < days; n++) {
      const ids = Array.from({ length: ordersOfDay }, (_, k) => `d${n}-${k}`)
      await Promise.all(ids.map((orderId, k) => place(orderId, k === 4 ? 'bad' : 'good')))
      await Promise.all(ids.map(approve))
      await settledSagas(open)
      await passed()
      bySize.push(sizes(file))
    }
    const [earlier, last] = [bySize[9]!, bySize.at(-1)!]
    for (const table of tables)
      assert.ok(
        last.get(table)! <= 1.2 * earlier.get(table)! + 20,
        `${table}: ${earlier.get(table)} and ${last.get(table)}`,
      )
    assert.ok(last.get('ew_outbox')! < ordersOfDay && last.get('ew_sagas')! < 7 * ordersOfDay)
    await approve('slow')
    const isOver = async (): Promise<boolean> => (await open.inspect.sagas({ closed: false, limit: 1 })).length === 0
    await until('the slow order is over', isOver)
    assert.ok(await open.caughtUp(patience))
    const told = await stories(open)
    assert.equal(told.get('slow'), undone, 'what it has reserved was still known')
    assert.equal(told.size, days * ordersOfDay + 1)
    for (const [id, story] of told) assert.equal(story, id === 'slow' || id.endsWith('-4') ? undone : confirmed, id)
    for (let n = 0; n < 7; n++) await passed()
    assert.ok(
      sizes(file).get(outcomes)! < last.get(outcomes)! / 2,
      'outcomes of steps go when no saga may ask for them',
    )
    assert.deepEqual(
      log.said.filter((line) => !line.startsWith('info')),
      [],
    )
    const consumers = await open.inspect.consumers()
    assert.ok(consumers.every(({ lag, name }) => lag === 0 && !name.startsWith('housekeeping')))
  },
)

/** Every saga but the one that waits is at its end. */
async function settledSagas(open: RunningOf<typeof bazaar>): Promise<void> {
  await until('the day is over', async () => {
    const unfinished = await open.inspect.sagas({ closed: false, limit: 10 })
    return unfinished.length === 1 && (await open.inspect.consumers()).every(({ lag }) => lag === 0)
  })
}

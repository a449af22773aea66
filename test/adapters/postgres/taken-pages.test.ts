import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from 'eventwright'
import { newId } from '../../../src/base/ids.ts'
import type { OwnershipRow } from '../../../src/ports/ownership.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'
import { appending } from '../../runtime/units.fixture.ts'

const [consumer, source, service] = ['readers/subscription:reading', 'placed', 'readers']

interface Opened {
  readonly store: Store
  readonly held: readonly OwnershipRow[]
  keys(): Promise<readonly string[]>
  positions(): Promise<readonly number[]>
  /** What was read of the table of keys, through its index and without. */
  reads(): Promise<{ readonly looks: number; readonly walked: number }>
}

async function open(t: TestContext): Promise<Opened> {
  const { adapter, schema, drop } = freshPostgres()
  const store = await adapter.open({ clock: systemClock })
  const client = await connectTo(t, postgresUrl()!)
  t.after(async () => {
    await store.close()
    await drop()
  })
  await store.ownership.ensure(consumer, source, 3, 0)
  const all = async (text: string): Promise<readonly (readonly unknown[])[]> =>
    (await client.query({ text, rowMode: 'array' })).rows as unknown[][]
  return {
    store,
    held: await store.ownership.claim(consumer, source, 'me', 60_000),
    keys: async () => (await all(`select key from "${schema}".ew_inbox order by key`)).map(([key]) => key as string),
    positions: async () => (await store.ownership.list(consumer)).map(({ position }) => position),
    async reads() {
      const [row] = await all(`
        select seq_scan::int + idx_scan::int, seq_tup_read::int from pg_stat_user_tables
         where schemaname = '${schema}' and relname = 'ew_inbox'`)
      return { looks: row![0] as number, walked: row![1] as number }
    },
  }
}

function page({ bucket, epoch }: OwnershipRow, from: number, keys: readonly string[]): Unit {
  const to = from + keys.length
  const row = { service, consumer, fingerprint: '', outcome: '{}' }
  return {
    positions: [{ consumer, source, bucket, epoch, from, to, ttlMs: 60_000 }],
    inbox: keys.map((key) => ({ ...row, key })),
    // As handlers give it.
    parks: [],
    statements: [],
  }
}

if (postgresUrl() !== undefined) {
  test('pages of several buckets are stored as a whole, with the time of the server', async (t) => {
    const { store, held, keys, positions } = await open(t)
    const beforeMs = await store.now()
    const outcomes = await store.commit([page(held[1]!, 0, ['b', '"\\,{}', 'ä\n']), page(held[0]!, 0, ['a'])])
    for (const outcome of outcomes) {
      assert.ok(outcome.ok && outcome.appends.length === 0)
      assert.ok(outcome.recordedAtMs! >= beforeMs && outcome.recordedAtMs! <= (await store.now()))
    }
    assert.deepEqual(await keys(), ['"\\,{}', 'a', 'b', 'ä\n'])
    assert.deepEqual(await positions(), [1, 3, 0])
    const { atMs, ...row } = (await store.inbox.get(service, consumer, 'a'))!
    assert.deepEqual(row, { fingerprint: '', outcome: '{}' })
    assert.equal(atMs, outcomes[0]!.ok && outcomes[0]!.recordedAtMs)
    const [moved] = await store.ownership.list(consumer)
    assert.ok(moved!.movedAtMs === atMs)
  })

  test('who has lost a bucket or stands elsewhere writes nothing, and the others of the batch all', async (t) => {
    const { store, held, keys, positions } = await open(t)
    const [fenced] = held
    await store.ownership.release([fenced!])
    const [other] = await store.ownership.claim(consumer, source, 'another', 60_000)
    assert.equal(other!.bucket, fenced!.bucket)
    const lost = { ok: false, reason: 'owner', consumer, bucket: 0, position: 0 }
    assert.deepEqual(await store.commit([page(fenced!, 0, ['a'])]), [lost])
    const outcomes = await store.commit([page(fenced!, 0, ['a']), page(held[1]!, 0, ['b']), page(held[2]!, 7, ['c'])])
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.ok ? 'won' : outcome)),
      [lost, 'won', { ...lost, bucket: 2 }],
    )
    assert.deepEqual([await keys(), await positions()], [['b'], [0, 1, 0]])
  })

  test('whose key is taken, before or in the same batch, is told so; the others are stored', async (t) => {
    const { store, held, keys, positions } = await open(t)
    await store.commit([page(held[0]!, 0, ['a'])])
    const outcomes = await store.commit([
      page(held[0]!, 1, ['b', 'a']),
      page(held[1]!, 0, ['c']),
      page(held[2]!, 0, ['d', 'c']),
    ])
    const lost = { ok: false, reason: 'inbox', fingerprint: '', outcome: '{}' }
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.ok ? 'won' : outcome)),
      [{ ...lost, key: 'a' }, 'won', { ...lost, key: 'c' }],
    )
    assert.deepEqual(
      [await keys(), await positions()],
      [
        ['a', 'c'],
        [1, 1, 0],
      ],
    )
  })

  test('two pages of one bucket in one batch are stored one after the other', async (t) => {
    const { store, held, keys, positions } = await open(t)
    const [bucket] = held as [OwnershipRow]
    const [move] = page(bucket, 0, ['a']).positions!
    // One that stays where it is, as a page of which nothing is left.
    const staying: Unit = { ...page(bucket, 0, ['a']), positions: [{ ...move!, to: 0 }] }
    const outcomes = await store.commit([staying, page(bucket, 0, ['b', 'c'])])
    assert.ok(outcomes.every(({ ok }) => ok))
    assert.deepEqual(await positions(), [2, 0, 0])
    const others = await store.commit([page(bucket, 2, ['d']), page(bucket, 3, ['e'])])
    assert.ok(others.every(({ ok }) => ok))
    assert.deepEqual(
      [await keys(), await positions()],
      [
        ['a', 'b', 'c', 'd', 'e'],
        [4, 0, 0],
      ],
    )
  })

  test('no commit walks through the keys that are there already', async (t) => {
    const { store, held, reads } = await open(t)
    // The first of each kind plans for an empty table.
    const withEvent = (key: string): Unit => ({
      ...appending(`S/${key}`),
      inbox: page(held[0]!, 0, [key]).inbox!,
    })
    await store.commit([withEvent('first')])
    const many = Array.from({ length: 3_000 }, (_, n) => `key ${n}`)
    await store.commit([page(held[0]!, 0, many)])
    const before = await reads()
    await store.commit([page(held[0]!, 3_000, ['last'])])
    let after = before
    // The server counts what a connection has read when it has worked again a second later.
    await until(
      'the server tells of ten looks',
      async () => {
        await store.commit([withEvent(newId())])
        after = await reads()
        return after.looks >= before.looks + 10
      },
      60_000,
    )
    assert.ok(after.walked - before.walked < 1_000, `${after.walked - before.walked} keys were walked through`)
  })
}

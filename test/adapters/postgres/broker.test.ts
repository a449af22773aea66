import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import pg from 'pg'
import { postgres } from '../../../src/adapters/postgres/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'
import type { Broker, ChannelMessage, OutgoingMessage } from '../../../src/ports/broker.ts'
import { partitionOf } from '../../../src/ports/message-decision.ts'
import { message, sent, series } from '../../../src/testing/contracts/broker-case.ts'
import { rejects } from '../../../src/testing/contracts/store-case.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

interface Opened {
  readonly brokers: readonly [Broker, Broker]
  /** A connection of the test's own, on which the tables have their plain names. */
  readonly client: pg.Client
  readonly count: (table: string) => Promise<number>
  /** Waits until so many statements wait for a lock. */
  readonly blocked: (count: number) => Promise<void>
}

/** The options are those of the first store. */
async function opened(t: TestContext, options: { readonly lockTimeoutMs?: number } = {}): Promise<Opened> {
  const { url, schema } = freshPostgres()
  const openWith = (own: typeof options) => postgres(url, { schema, poolSize: 4, ...own }).open({ clock: systemClock })
  const [usual, first] = [await openWith({}), await openWith(options)]
  const stores = [first, usual]
  const client = new pg.Client({ connectionString: url })
  const watcher = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`set search_path = ${schema}`)
  await watcher.connect()
  t.after(async () => {
    await client.end()
    await watcher.end()
    for (const store of stores) await store.close()
  })
  const brokers = stores.map(({ broker }) => broker!) as [Broker, Broker]
  await brokers[1].ensure([{ name: 'notes', partitions: 2, retentionMs: 1_000 }])
  return {
    brokers,
    client,
    count: async (table) => Number((await client.query(`select count(*) as n from ${table}`)).rows[0].n),
    blocked: (count) =>
      until(`${count} statements that wait`, async () => {
        // Every commit that notifies may wait a moment for those of other schemas: a lock of an object.
        const isWaiting = `wait_event_type = 'Lock' and wait_event <> 'object'`
        const waiting = `select 1 from pg_stat_activity where ${isWaiting} and query like '%"${schema}"%'`
        return (await watcher.query(waiting)).rows.length === count
      }),
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const started = performance.now()
  while (!(await holds())) {
    if (performance.now() - started > patienceMs) assert.fail(`waited in vain for ${what}`)
    await systemClock.sleep(2)
  }
}

/** A key of a partition of a channel that has two. */
function keyOf(partition: number, name = 'key'): string {
  let number = 0
  while (partitionOf(`${name}-${number}`, 2) !== partition) number++
  return `${name}-${number}`
}

const publishByHand = `select ew_publish_1('{1}', '{1}', '{0}', '{1}',
  '[{"s":1,"r":0,"i":"by hand","k":"","h":"{}","v":"by hand"}]', 'nobody', '')`

/** Follows a partition as a consumer does, by the offset of the last message that it has seen. */
async function follower(broker: Broker, partition: number): Promise<{ got: ChannelMessage[]; more(): Promise<void> }> {
  const member = await broker.join('notes', 'followers')
  const got: ChannelMessage[] = []
  return {
    got,
    more: async () => void got.push(...(await member.read(partition, (got.at(-1)?.offset ?? -1) + 1, 50))),
  }
}

async function publishEach(broker: Broker, messages: readonly OutgoingMessage[]): Promise<void> {
  for (const each of messages) await sent(broker, [each])
}

const places = (messages: readonly ChannelMessage[]): readonly number[] => messages.map(({ offset }) => offset)

if (postgresUrl() !== undefined) {
  test('two publish while a third holds its transaction open: a follower misses nothing', async (t) => {
    const { brokers, client, blocked } = await opened(t)
    const [held, free] = [await follower(brokers[0], 0), await follower(brokers[0], 1)]
    await sent(brokers[0], [message('notes', keyOf(0), 'before')])
    await client.query('begin')
    await client.query(publishByHand)
    const [a, b] = [keyOf(0, 'a'), keyOf(0, 'b')]
    const publishing = [
      publishEach(brokers[0], [...series('notes', keyOf(1), 5), ...series('notes', a, 40)]),
      publishEach(brokers[1], series('notes', b, 40)),
    ]
    await blocked(2)
    await held.more()
    await free.more()
    assert.deepEqual(places(held.got), [0])
    assert.deepEqual(places(free.got), [0, 1, 2, 3, 4])
    await client.query('commit')
    await until('82 messages', async () => {
      await held.more()
      return held.got.length >= 82
    })
    await Promise.all(publishing)
    await held.more()
    assert.deepEqual(
      places(held.got),
      Array.from({ length: 82 }, (_, n) => n),
    )
    assert.deepEqual([held.got[0]!.value, held.got[1]!.value], ['before', 'by hand'])
    for (const key of [a, b]) {
      const values = held.got.filter((each) => each.key === key).map(({ value }) => value)
      assert.deepEqual(
        values,
        Array.from({ length: 40 }, (_, n) => `${key}-${n}`),
      )
    }
    const times = held.got.map(({ atMs }) => atMs)
    assert.deepEqual(
      times,
      [...times].sort((one, other) => one - other),
    )
  })

  test('partitions are locked in their order, whatever the order of the messages', async (t) => {
    const { brokers, client, blocked } = await opened(t)
    await client.query('begin; select 1 from ew_partitions where partition = 0 for update')
    const publishing = brokers[0].publish([message('notes', keyOf(1)), message('notes', keyOf(0))])
    await blocked(1)
    await client.query('select 1 from ew_partitions where partition = 1 for update nowait')
    await client.query('commit')
    assert.deepEqual(await publishing, [{ kind: 'ok' }, { kind: 'ok' }])
  })

  test('calls that come at once, or while a batch is under way, share transactions', async (t) => {
    const { brokers, client, blocked, count } = await opened(t)
    await client.query('begin; select 1 from ew_partitions for update')
    const first = brokers[0].publish([message('notes', 'first')])
    await blocked(1)
    const later = Array.from({ length: 64 }, (_, n) => brokers[0].publish([message('notes', `later ${n}`)]))
    await client.query('commit')
    await Promise.all([first, ...later])
    assert.equal(await count('(select distinct xmin::text from ew_messages) as transactions'), 2)
  })

  test('who waits for a removal stores nothing, and a removal waits for who publishes', async (t) => {
    const { brokers, client, blocked, count } = await opened(t)
    await sent(brokers[0], [message('notes', keyOf(1))])
    await client.query('begin')
    await client.query(publishByHand)
    const removing = brokers[1].remove('notes')
    await blocked(1)
    const late = rejects(brokers[0].publish([message('notes', keyOf(0))]), 'EW_CHANNEL_UNKNOWN')
    await blocked(2)
    await client.query('commit')
    await removing
    await late
    for (const table of ['ew_messages', 'ew_partitions', 'ew_channels']) assert.equal(await count(table), 0, table)
  })

  test('a channel that another process has made anew is found with its other partitions', async (t) => {
    const { brokers, client } = await opened(t)
    await sent(brokers[0], [message('notes', 'a')])
    await brokers[1].remove('notes')
    await brokers[1].ensure([{ name: 'notes', partitions: 7, retentionMs: undefined }])
    const [lost, kept] = await Promise.allSettled([
      brokers[0].publish([message('notes', 'lost'), message('none', 'a')]),
      brokers[0].publish(series('notes', 'b', 3)),
    ])
    assert.ok(lost.status === 'rejected' && isEventwrightError(lost.reason, 'EW_CHANNEL_UNKNOWN'))
    assert.equal(kept.status, 'fulfilled')
    const { rows } = await client.query('select key, partition, "offset" from ew_messages order by "offset"')
    const partition = partitionOf('b', 7)
    assert.deepEqual(
      rows,
      [0, 1, 2].map((n) => ({ key: 'b', partition, offset: String(n) })),
    )
  })

  test('a channel has to be there although its message is refused, also when it was there before', async (t) => {
    const { brokers } = await opened(t)
    await sent(brokers[0], [message('notes', 'a')])
    await brokers[1].remove('notes')
    await rejects(brokers[0].publish([message('notes', 'a', '\u0000')]), 'EW_CHANNEL_UNKNOWN')
  })

  test('who gets no lock says that the store is busy, or, of a begun call, that the broker failed', async (t) => {
    const { brokers, client } = await opened(t, { lockTimeoutMs: 1_000 })
    await sent(brokers[1], [message('notes', keyOf(1))])
    await client.query('begin; select 1 from ew_partitions where partition = 0 for update')
    await rejects(brokers[0].publish([message('notes', keyOf(0))]), 'EW_STORE_BUSY')
    const begun = [...series('notes', keyOf(1), 500), ...series('notes', keyOf(0), 1)]
    await rejects(brokers[0].publish(begun), 'EW_BROKER_FAILED')
    await client.query('commit')
    assert.deepEqual(await brokers[0].bounds('notes'), [
      { partition: 0, first: 0, next: 0 },
      { partition: 1, first: 0, next: 501 },
    ])
  })

  test('what the database refuses fails the call, keeps nothing of it, and the next goes on', async (t) => {
    const { brokers, client } = await opened(t)
    await client.query(`alter table ew_messages add check (value <> 'bad')`)
    const error: unknown = await brokers[0]
      .publish([message('notes', 'a', 'good'), message('notes', 'a', 'bad')])
      .catch((reason: unknown) => reason)
    assert.ok(isEventwrightError(error, 'EW_BROKER_FAILED') && error.retryable)
    assert.ok(isEventwrightError(error.cause, 'EW_STORE_FAILED'))
    await sent(brokers[0], [message('notes', 'a', 'next')])
    const bounds = await brokers[0].bounds('notes')
    assert.equal(
      bounds.reduce((sum, { next }) => sum + next, 0),
      1,
    )
  })

  test('a connection that breaks during a call says so, and the next call has another', async (t) => {
    const { brokers, client, blocked, count } = await opened(t)
    await client.query('begin; select 1 from ew_partitions for update')
    const broken = rejects(brokers[0].publish([message('notes', 'a')]), 'EW_STORE_UNREACHABLE')
    await blocked(1)
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))',
    )
    await broken
    await client.query('commit')
    await sent(brokers[0], [message('notes', 'a')])
    assert.equal(await count('ew_messages'), 1)
  })

  test('processes that make the same channels at once, in any order, all find them', async (t) => {
    const { brokers, count } = await opened(t)
    const channels = Array.from({ length: 10 }, (_, n) => ({ name: `n${n}`, partitions: 3, retentionMs: undefined }))
    const ensuring = Array.from({ length: 6 }, (_, n) =>
      brokers[n % 2]!.ensure(n % 2 === 0 ? channels : [...channels].reverse()),
    )
    await Promise.all(ensuring)
    assert.deepEqual([await count('ew_channels'), await count('ew_partitions')], [11, 32])
    const [mixed, other] = [channels[0]!, { name: 'other', partitions: 1, retentionMs: undefined }]
    await rejects(brokers[0].ensure([other, { ...mixed, partitions: 4 }]), 'EW_CHANNEL_CHANGED')
    await rejects(brokers[1].bounds('other'), 'EW_CHANNEL_UNKNOWN')
  })

  test('while two processes trim, publishing goes on, and each message is counted once', async (t) => {
    const { brokers } = await opened(t)
    await sent(brokers[0], series('notes', keyOf(0), 6_000))
    const nowMs = systemClock.now() + 1e9
    const limits = { unread: new Map([['notes', new Map([[0, 5_500]])]]) }
    const trimming = brokers.map((broker) => broker.trim(nowMs, limits))
    await publishEach(brokers[0], series('notes', keyOf(0), 20))
    const [one, other] = await Promise.all(trimming)
    assert.equal(one! + other!, 5_500)
    assert.deepEqual((await brokers[1].bounds('notes'))[0], { partition: 0, first: 5_500, next: 6_020 })
    const member = await brokers[1].join('notes', 'readers')
    const read = places(await member.read(0, 0, 1_000))
    assert.deepEqual(
      read,
      Array.from({ length: 520 }, (_, n) => 5_500 + n),
    )
  })

  test('messages are deleted at most 1,000 at once, and the partition is not locked meanwhile', async (t) => {
    const { brokers, client, blocked, count } = await opened(t)
    await sent(brokers[0], series('notes', keyOf(0), 2_500))
    await client.query('begin; select 1 from ew_messages where "offset" = 1500 for update')
    const trimming = brokers[1].trim(systemClock.now() + 1e9)
    await blocked(1)
    await sent(brokers[0], [message('notes', keyOf(0))])
    assert.equal(await count('ew_messages'), 1_501)
    await client.query('commit')
    assert.equal(await trimming, 2_501)
  })

  test('what a removal has left goes at the next trim, and one process leaves it to another', async (t) => {
    const { brokers, client, count } = await opened(t)
    await sent(brokers[0], series('notes', 'a', 2_500))
    await client.query(`update ew_channels set name = null where name = 'notes'`)
    await brokers[0].ensure([{ name: 'notes', partitions: 2, retentionMs: undefined }])
    await sent(brokers[0], series('notes', 'b', 3))
    await client.query('begin; select 1 from ew_channels where name is null for update')
    assert.equal(await brokers[0].trim(0), 0)
    assert.equal(await count('ew_messages'), 2_503)
    await client.query('commit')
    assert.equal(await brokers[1].trim(0), 0)
    assert.deepEqual([await count('ew_messages'), await count('ew_partitions'), await count('ew_channels')], [3, 2, 1])
  })
}

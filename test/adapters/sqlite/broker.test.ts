import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { applicationId } from '../../../src/adapters/sqlite/file-header.ts'
import { sqlite, type SqliteOptions } from '../../../src/adapters/sqlite/index.ts'
import { migrations } from '../../../src/adapters/sqlite/schema.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { nextTurn } from '../../../src/base/next-turn.ts'
import type { Broker } from '../../../src/ports/broker.ts'
import { partitionOf } from '../../../src/ports/message-decision.ts'
import type { Store } from '../../../src/ports/store.ts'
import { message, sent, series } from '../../../src/testing/contracts/broker-case.ts'
import { rejects } from '../../../src/testing/contracts/store-case.ts'
import { folderFor } from '../../fixtures/folder.ts'

async function opened(
  t: TestContext,
  options: SqliteOptions = {},
): Promise<{ readonly file: string; readonly store: Store; readonly broker: Broker }> {
  const file = join(folderFor(t), 'store.db')
  const store = await sqlite(file, options).open({ clock: systemClock })
  t.after(() => store.close())
  await store.broker!.ensure([{ name: 'notes', partitions: 1, retentionMs: 1_000 }])
  return { file, store, broker: store.broker! }
}

const count = async (store: Store): Promise<unknown> =>
  (await store.query('select count(*) as n from ew_messages', []))[0]!['n']

test('while another process holds the lock, publishing rejects as busy with nothing stored', async (t) => {
  const { file, store, broker } = await opened(t)
  const other = new DatabaseSync(file)
  t.after(() => other.close())
  other.exec('begin immediate')
  await rejects(broker.publish([message('notes', 'a')]), 'EW_STORE_BUSY')
  await rejects(broker.ensure([{ name: 'more', partitions: 1, retentionMs: undefined }]), 'EW_STORE_BUSY')
  await broker.ensure([{ name: 'notes', partitions: 1, retentionMs: 1_000 }])
  assert.ok(store.turnMs() > 0, 'the other process gets no turn')
  other.exec('rollback')
  assert.deepEqual(await broker.bounds('notes'), [{ partition: 0, first: 0, next: 0 }])
  await sent(broker, [message('notes', 'a')])
})

test('a file that cannot grow fails the call, keeps nothing of it, and goes on with smaller ones', async (t) => {
  const { store, broker } = await opened(t, { maxPages: 100 })
  const large = Array.from({ length: 10 }, () => message('notes', 'a', 'x'.repeat(100_000)))
  const error: unknown = await broker.publish(large).catch((reason: unknown) => reason)
  assert.ok(isEventwrightError(error, 'EW_BROKER_FAILED') && error.retryable)
  assert.ok(isEventwrightError(error.cause, 'EW_STORE_FULL'))
  await sent(broker, [message('notes', 'a', 'small')])
  const [first] = await (await broker.join('notes', 'readers')).read(0, 0, 10)
  assert.deepEqual([first!.offset, first!.value, Number(await count(store))], [0, 'small', 1])
})

test('messages of a channel whose removal was cut off go at the next trim, and a new channel is not touched', async (t) => {
  const { file, store, broker } = await opened(t)
  await sent(broker, series('notes', 'a', 2_500))
  const other = new DatabaseSync(file)
  other.exec(`update ew_channels set name = null where name = 'notes'`)
  other.close()
  await rejects(broker.bounds('notes'), 'EW_CHANNEL_UNKNOWN')
  await broker.ensure([{ name: 'notes', partitions: 2, retentionMs: undefined }])
  await sent(broker, series('notes', 'b', 3))
  assert.equal(await broker.trim(0), 0)
  assert.equal(Number(await count(store)), 3)
  assert.equal((await store.query('select * from ew_channels', [])).length, 1)
  assert.equal((await store.query('select * from ew_partitions', [])).length, 2)
})

test('trimming and removing go in small transactions between which others can write', async (t) => {
  const { file, store, broker } = await opened(t)
  const other = new DatabaseSync(file)
  t.after(() => other.close())
  for (const work of [() => broker.trim(systemClock.now() + 1e6), () => broker.remove('notes')]) {
    await sent(broker, series('notes', 'a', 5_000))
    const seen = new Set<number>()
    let running = true
    const done = work().finally(() => (running = false))
    while (running) {
      seen.add(Number(await count(store)))
      other.exec('begin immediate; rollback')
      await nextTurn()
    }
    await done
    for (const left of [1_000, 2_000, 3_000, 4_000]) assert.ok(seen.has(left), [...seen].join())
  }
  await rejects(broker.bounds('notes'), 'EW_CHANNEL_UNKNOWN')
})

test('a store that closes first publishes what it has accepted', async (t) => {
  const { file, store, broker } = await opened(t)
  const accepted = broker.publish(series('notes', 'a', 3))
  await store.close()
  assert.equal((await accepted).length, 3)
  const again = await sqlite(file).open({ clock: systemClock })
  t.after(() => again.close())
  assert.deepEqual(await again.broker!.bounds('notes'), [{ partition: 0, first: 0, next: 3 }])
})

test('a file of the first format gets its channels when it is opened', async (t) => {
  const file = join(folderFor(t), 'old.db')
  const old = new DatabaseSync(file)
  old.exec(`${migrations[0]!.sql} insert into ew_store values ('store_id', 'old')`)
  old.exec(`pragma user_version = 1; pragma application_id = ${applicationId}`)
  old.close()
  const store = await sqlite(file).open({ clock: systemClock })
  t.after(() => store.close())
  await store.broker!.ensure([{ name: 'notes', partitions: 2, retentionMs: undefined }])
  await sent(store.broker!, [message('notes', 'a')])
  assert.equal(store.storeId, 'old')
})

test('a file takes as many partitions as can be numbered, and says so', async (t) => {
  const { broker } = await opened(t)
  await broker.ensure([{ name: 'wide', partitions: 32_765, retentionMs: undefined }])
  const more = [{ name: 'more', partitions: 1, retentionMs: undefined }]
  await rejects(broker.ensure(more), 'EW_BROKER_FAILED')
  await rejects(broker.bounds('more'), 'EW_CHANNEL_UNKNOWN')
  let key = 0
  while (partitionOf(String(key), 32_765) !== 32_764) key++
  await sent(broker, series('wide', String(key), 3))
  const member = await broker.join('wide', 'readers')
  assert.deepEqual(
    (await member.read(32_764, 1, 100)).map(({ offset }) => offset),
    [1, 2],
  )
})

test('publishing waits for the disk and is not taken for a commit of others, which are given their turn', async (t) => {
  const { file, store, broker } = await opened(t)
  let heard = 0
  const end = store.watch(() => void heard++)
  t.after(end)
  for (let n = 0; n < 20; n++) {
    await sent(broker, [message('notes', 'a')])
    await systemClock.sleep(1)
  }
  assert.deepEqual([heard, store.turnMs()], [0, 0])
  // A watch notices others by itself.
  end()
  const other = await sqlite(file).open({ clock: systemClock })
  t.after(() => other.close())
  await sent(other.broker!, [message('notes', 'a')])
  await sent(broker, [message('notes', 'a')])
  assert.ok(store.turnMs() > 0)
})

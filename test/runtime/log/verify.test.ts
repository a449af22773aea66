import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { systemClock, type StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import type { EventLog } from '../../../src/ports/event-log.ts'
import type { Store } from '../../../src/ports/store.ts'
import { verify } from '../../../src/runtime/log/verify.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { overStores } from '../stores.fixture.ts'
import { appending } from '../units.fixture.ts'

async function opened(t: TestContext, adapter: StoreAdapter): Promise<Store> {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  return store
}

async function append(store: Store, ...streams: readonly string[]): Promise<void> {
  for (const stream of streams) {
    const [outcome] = await store.commit([appending(stream)])
    assert.equal(outcome?.ok, true)
  }
}

/** What is found, as `kind stream: what`; `meanwhile` runs after every page. */
async function found(store: Store, meanwhile: () => Promise<void> = async () => undefined): Promise<string[]> {
  const list: string[] = []
  for await (const { findings } of verify(store.log)) {
    list.push(...findings.map(({ kind, stream, what }) => `${kind} ${stream}: ${what}`))
    await meanwhile()
  }
  return list
}

/** A store in a file with `Order/a`, `Order/b`, `Order/a`, `Order/b`, `Order/c`, and without the event at a position. */
async function withoutEvent(t: TestContext, position: number): Promise<Store> {
  const file = join(folderFor(t), 'shop.db')
  const store = await opened(t, sqlite(file))
  await append(store, 'Order/a', 'Order/b', 'Order/a', 'Order/b', 'Order/c')
  assert.deepEqual(await found(store), [])
  const database = new DatabaseSync(file)
  const { changes } = database.prepare('delete from ew_events where seq = ?').run(position)
  database.close()
  assert.equal(changes, 1)
  return store
}

overStores('what is appended while the log is read is no finding', async (t, adapter) => {
  const store = await opened(t, adapter)
  await store.commit([appending('Order/a', 'any', 1_000)])
  await append(store, 'Order/b')
  let pages = 0
  const growing = async (): Promise<void> => append(store, 'Order/a', 'Order/b', `Order/new-${pages++}`)
  assert.deepEqual(await found(store, growing), [])
  assert.ok(pages >= 4, 'streams grew after each page of either partition and before the streams were listed')
})

test('the last event of a stream that is lost is told with its stream, wherever it was in the log', async (t) => {
  assert.deepEqual(await found(await withoutEvent(t, 3)), [
    'gap Order/b: position 3 is missing',
    'stream Order/a: the stream says version 2, its last event 1',
  ])
  assert.deepEqual(await found(await withoutEvent(t, 5)), [
    'gap : the log ends at 4, its head says 5',
    'stream Order/c: the stream says version 1, its last event 0',
  ])
})

test('a lost last event is also told when its stream grows while the log is read', async (t) => {
  const store = await withoutEvent(t, 3)
  assert.deepEqual(await found(store, () => append(store, 'Order/a', 'Order/b')), [
    'gap Order/b: position 3 is missing',
    'stream Order/a: the stream says version 4, its last event 1',
  ])
})

overStores('an event that its stream has and the log has not is no growth', async (t, adapter) => {
  const store = await opened(t, adapter)
  await append(store, 'Order/a', 'Order/b')
  const readLog: EventLog['readLog'] = async (page) =>
    (await store.log.readLog(page)).filter(({ stream }) => stream !== 'Order/a')
  assert.deepEqual(await found({ ...store, log: { ...store.log, readLog } }), [
    'gap Order/b: position 1 is missing',
    'stream Order/a: the stream says version 1, its last event 0',
  ])
})

test('an event that is lost inside a stream is told by its version', async (t) => {
  assert.deepEqual(await found(await withoutEvent(t, 1)), [
    'gap Order/b: position 1 is missing',
    'version Order/a: version 2 where 1 was expected',
  ])
})

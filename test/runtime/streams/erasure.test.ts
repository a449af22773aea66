import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock, type StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { nextTurn } from '../../../src/base/next-turn.ts'
import type { Store } from '../../../src/ports/store.ts'
import { isErased } from '../../../src/runtime/streams/erasure.ts'
import { copyStore } from '../../../src/runtime/copy-store.ts'
import { copyableSqlite } from '../../../src/adapters/sqlite/copying.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { patience } from '../../fixtures/patience.ts'
import { bookOf, depotOf, Pack } from '../dead-letters.fixture.ts'
import { running, until, type RunningOf } from '../running.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'
import { appending } from '../units.fixture.ts'
import { ann, by, eventsOf, fill, found, opened } from './streams.fixture.ts'

const post = 'post/subscription:post'
const caughtUp = patience

/** The adapter, whose stores fail at the n-th call of something that erases, as a process does that is killed there. */
function failingAt(adapter: StoreAdapter, n: number): StoreAdapter {
  let calls = 0
  const counted =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      ++calls >= n ? Promise.reject(new Error('killed')) : call(...args)
  return altered(adapter, ({ streams, snapshots, commit }) => ({
    streams: { ...streams, erase: counted((...given) => streams.erase(...given)) },
    snapshots: { ...snapshots, forget: counted((stream) => snapshots.forget(stream)) },
    commit: counted((units) => commit(units)),
  }))
}

overStores(
  'a deletion that breaks off anywhere stays closed and says so, and the same order goes on to the end',
  async (t, adapter) => {
    const store = await opened(t, adapter)
    // The mark, the snapshots, three pages, what is noted at the end.
    for (let n = 1; n <= 6; n++) {
      const stream = `Order/${n}`
      await fill(store, stream, 2_500)
      const broken = await opened(t, failingAt(adapter, n))
      await assert.rejects(broken.orders.delete(stream, ann), /killed/, `at ${n}`)
      const info = await store.streams.get(stream)
      assert.equal(info?.status, n === 1 ? 'open' : 'deleted')
      const left = (await eventsOf(store, stream)).filter(({ deleted }) => !deleted).length
      assert.equal(left, [2_500, 2_500, 2_500, 1_500, 500, 0][n - 1], `at ${n}`)
      assert.equal(await isErased(store, stream), n === 6)
      const unfinished = `deletion ${stream}: the stream is deleted, and not all of its data are gone: delete it again`
      assert.deepEqual(await found(store), n === 1 || n === 6 ? [] : [unfinished])
      const shown: (readonly [number, number])[] = []
      const bob = {
        who: 'bob',
        why: 'it broke off',
        onProgress: (done: number, of: number) => void shown.push([done, of]),
      }
      const { repeated, events } = await store.orders.delete(stream, bob)
      assert.deepEqual([repeated, events], [n > 1, 2_500])
      assert.deepEqual(shown, [
        [1_000, 2_500],
        [2_000, 2_500],
        [2_500, 2_500],
      ])
      assert.ok(
        (await eventsOf(store, stream)).every(({ deleted, data, meta }) => deleted && data === 'null' && meta === '{}'),
      )
      const notes = (await store.log.readLog({ partition: 1, after: 0, limit: 99 })).slice(2 * (n - 1))
      assert.deepEqual(
        notes.map(({ type, data }) => [type, (JSON.parse(data) as { who: string }).who]),
        [
          ['ew.StreamDeleted', n === 1 ? 'bob' : 'ann'],
          ['ew.StreamErased', 'bob'],
        ],
      )
      assert.deepEqual(await found(store), [])
    }
  },
  everyStoreKind,
)

overStores('a deletion that is called off stops between two pages', async (t, adapter) => {
  const store = await opened(t, adapter)
  await fill(store, 'Order/a', 2_500)
  const abort = new AbortController()
  const order = { ...ann, signal: abort.signal, onProgress: () => abort.abort(new Error('enough')) }
  await assert.rejects(store.orders.delete('Order/a', order), /enough/)
  assert.equal((await eventsOf(store, 'Order/a')).filter(({ deleted }) => deleted).length, 1_000)
  const [outcome] = await store.commit([appending('Order/a')])
  assert.deepEqual(outcome, { ok: false, reason: 'closed', stream: 'Order/a', status: 'deleted' })
})

overStores('others write and read while a long stream is deleted, and meet all of its places', async (t, adapter) => {
  const [store, other] = [await opened(t, adapter), await opened(t, adapter)]
  await fill(store, 'Order/a', 6_000)
  let writing = true
  let written = 0
  const writer = (async () => {
    while (writing) {
      await fill(other, 'Order/b', 1)
      written++
      await nextTurn()
      const page = await other.log.readLog({ partition: 0, after: 5_500, limit: 1_000 })
      assert.deepEqual(
        page.map(({ position }) => position),
        page.map((_, index) => 5_501 + index),
      )
    }
  })()
  const deleting = store.orders.delete('Order/a', ann)
  await deleting.finally(() => (writing = false))
  await writer
  assert.ok(written > 0)
  assert.deepEqual(await found(store), [])
})

const letters = (open: Pick<RunningOf<typeof depot>, 'inspect'>, consumer: string) =>
  open.inspect.deadLetters.list({ consumer, limit: 100 })
const depot = depotOf(() => undefined)

overStores('copies among dead letters go with the stream, and a replay passes over what is gone', async (t, store) => {
  const failing = depotOf(({ parcel, grams }) => {
    if (parcel !== 'good') throw new Error(`cannot weigh ${grams}`)
  })
  const open = await running(t, failing, { store })
  for (const [parcel, grams] of [
    ['gone', 111111111],
    ['gone', 222222222],
    ['kept', 333333333],
    ['edited', 444444444],
    ['dropped', 555555555],
  ] as const)
    await open.execute(Pack({ parcel, grams }) as never, { actor: 'secret-actor' })
  assert.ok(await open.caughtUp(caughtUp))
  const dead = open.operate.deadLetters
  await dead.edit(post, 'edited', { parcel: 'edited', grams: 445445445 }, ann)
  await dead.discard(post, 'dropped', ann)
  for (const id of ['gone', 'edited', 'dropped']) {
    const { copies } = await open.operate.streams.delete(`Parcel/${id}`, ann)
    assert.equal(copies, { gone: 2, edited: 2, dropped: 1 }[id])
    assert.equal((await open.operate.streams.delete(`Parcel/${id}`, ann)).copies, 0)
  }
  await open.stop()
  const handled: string[] = []
  const mended = await running(
    t,
    depotOf(({ parcel, grams }) => void handled.push(`${parcel} ${grams}`)),
    { store },
  )
  const letter = await mended.inspect.deadLetters.get(post, 'gone')
  assert.deepEqual([letter?.message, letter?.behind], ['', 1])
  const looked = await opened(t, store)
  const kept = [
    ...(await looked.parked.copies({ limit: 99 })),
    ...(await looked.parked.actions({ limit: 99 })),
    letter,
    await eventsOf(looked, 'Parcel/gone'),
  ]
  const text = JSON.stringify(kept)
  for (const word of ['111111111', '222222222', '444444444', '445445445', '555555555'])
    assert.equal(text.includes(word), false, `${word} in ${text}`)
  assert.match(text, /333333333/)
  for (const key of ['gone', 'kept', 'edited']) await mended.operate.deadLetters.replay(post, key)
  await until('nothing is parked', async () => (await letters(mended, post)).length === 0)
  assert.deepEqual(handled, ['kept 333333333'])
})

overStores(
  'what is parked of the log says nothing of a deleted event, and a replay passes over it',
  async (t, store) => {
    const poison = (text: string): boolean => text.startsWith('gone') || text.startsWith('kept1')
    const open = await running(t, bookOf(poison), { store })
    for (const [parcel, grams] of [
      ['gone', 111111111],
      ['gone', 222222222],
      ['kept', 1],
      ['kept', 2],
    ] as const)
      await open.execute(Pack({ parcel, grams }))
    assert.ok(await open.caughtUp(caughtUp))
    const consumers = ['view:book#1', 'depot/subscription:post']
    for (const consumer of consumers)
      assert.match((await open.inspect.deadLetters.get(consumer, 'gone'))!.message, /cannot weigh 111111111/)
    await open.operate.streams.delete('Parcel/gone', ann)
    for (const consumer of consumers) {
      const letter = (await open.inspect.deadLetters.get(consumer, 'gone'))!
      assert.deepEqual([letter.message, letter.history], ['', []])
      assert.match((await open.inspect.deadLetters.get(consumer, 'kept'))!.message, /cannot weigh 1/)
      assert.equal(JSON.stringify(letter).includes('111111111'), false)
    }
    await open.stop()
    const handled: string[] = []
    const mended = await running(
      t,
      bookOf(() => false, handled),
      { store },
    )
    for (const consumer of consumers)
      for (const key of ['gone', 'kept']) await mended.operate.deadLetters.replay(consumer, key)
    for (const consumer of consumers)
      await until('nothing is parked', async () => (await letters(mended as never, consumer)).length === 0)
    assert.deepEqual(handled, ['kept1', 'kept2'])
    assert.equal(await mended.views.book.get('gone'), undefined)
    assert.equal((await mended.views.book.get('kept'))?.grams, '1,2,')
  },
)

overStores('snapshots go with the stream, and those of others stay', async (t, adapter) => {
  const store = await opened(t, adapter)
  const snapshot = { identity: 'fold', version: 1, state: '{"secret":1}' }
  for (const stream of ['Order/a', 'Order/b']) {
    const unit = { ...appending(stream), snapshots: [{ ...snapshot, stream }] }
    assert.equal((await store.commit([unit]))[0]?.ok, true)
  }
  assert.equal((await store.orders.delete('Order/a', ann)).snapshots, 1)
  assert.deepEqual(
    (await store.snapshots.sample('fold', 9)).map(({ stream }) => stream),
    ['Order/b'],
  )
})

test('what is closed and deleted is so in a copy of the store', async (t: TestContext) => {
  const folder = folderFor(t)
  const [from, to] = ['from.db', 'to.db'].map((name) => join(folder, name)) as [string, string]
  const store = await opened(t, sqlite(from))
  for (const id of ['a', 'b', 'c']) await fill(store, `Order/${id}`, 3)
  await store.orders.archive('Order/a', ann)
  await store.orders.delete('Order/b', ann)
  await copyStore(copyableSqlite(from, systemClock), copyableSqlite(to, systemClock))
  const copy = await opened(t, sqlite(to))
  const list = async (each: Store) => each.log.streams({ limit: 9, category: 'Order' })
  assert.deepEqual(await list(copy), await list(store))
  assert.deepEqual(
    (await list(copy)).map(({ status }) => status),
    ['archived', 'deleted', 'open'],
  )
  assert.deepEqual(await eventsOf(copy, 'Order/b'), await eventsOf(store, 'Order/b'))
  await assert.rejects(copy.orders.reopen('Order/b', ann), by('EW_STREAM_DELETED'))
})

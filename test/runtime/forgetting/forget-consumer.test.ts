import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isEventwrightError,
  memory,
  service,
  system,
  systemClock,
  type ErrorCode,
  type StoreAdapter,
} from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import { commitQueue } from '../../../src/runtime/commits/queue.ts'
import {
  consumerOrders,
  type ConsumerOrders,
  type ForgetOrder,
} from '../../../src/runtime/forgetting/forget-consumer.ts'
import { operatorStream } from '../../../src/runtime/forgetting/operator-event.ts'
import { storedConsumers } from '../../../src/runtime/forgetting/stored-consumers.ts'
import { claimed, commitOne, move, put, table, won } from '../../../src/testing/contracts/store-case.ts'
import { failed, parker, wait } from '../../../src/testing/contracts/store-parked.ts'
import { patience, patienceMs } from '../../fixtures/patience.ts'
import { Order, Orders, PlaceOrder, shop } from '../orders.fixture.ts'
import { all, running } from '../running.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'

const order: ForgetOrder = { who: 'ada', why: "it's gone" }
const everything: ForgetOrder = { ...order, withDeadLetters: true, withRows: true }
const shipping = 'orders/subscription:shipping'

/** The shop a release later, with views alone or with nothing. */
const withViews = system('shop', { services: [service('orders', { parts: [Order, Orders] })] })
const bare = system('shop', { services: [service('orders', { parts: [Order] })] })

const ordersOver = (store: Store): ConsumerOrders =>
  consumerOrders({ store, graph: undefined, clock: systemClock, commit: commitQueue(store, systemClock).commit })

const opened = (adapter: StoreAdapter): Promise<Store> => adapter.open({ clock: systemClock })

async function refused(promise: Promise<unknown>, code: ErrorCode, message = /./): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.ok(isEventwrightError(error, code), `expected ${code}, got ${String(error)}`)
    return message.test(error.message) || assert.fail(error.message)
  })
}

const placed = (orderId: string) => PlaceOrder({ orderId, customer: 'Ann', total: '1.50' })
const namesIn = async (store: Store): Promise<string[]> =>
  (await storedConsumers(store, undefined)).map(({ consumer }) => consumer)

overStores(
  'what a design has lost is forgotten with who and why, and a part that comes back begins anew',
  async (t, adapter) => {
    const first = await running(t, shop, { store: adapter })
    for (const orderId of ['a', 'b']) await first.execute(placed(orderId))
    assert.ok(await first.caughtUp(patience))
    await first.stop()

    const later = await running(t, bare, { store: adapter })
    const { forget } = later.operate.consumers
    const gone = await forget(shipping, order)
    assert.deepEqual([gone.consumer, gone.parkedKeys, gone.table], [shipping, 0, null])
    assert.ok(gone.buckets > 0 && gone.first! <= gone.last!)
    await refused(forget('view:orders#1', order), 'EW_CONSUMER_NOT_EMPTY', /the rows of a view in view_orders_1/)
    assert.equal((await forget('view:orders#1', everything)).table, 'view_orders_1')
    assert.equal((await forget('view:ordersInline#1', everything)).table, 'view_ordersInline_1')
    const left = (await later.inspect.consumers()).map(({ name }) => name)
    assert.deepEqual(
      left.filter((name) => /shipping|view:/.test(name)),
      [],
    )
    const noted = await all(later.events.stream(operatorStream))
    assert.deepEqual(
      noted.map(({ type, partition, meta }) => [type, partition, meta['actor']]),
      ['ew.ConsumerForgotten', 'ew.ConsumerForgotten', 'ew.ConsumerForgotten'].map((type) => [type, 1, 'ada']),
    )
    const { stood, ...facts } = JSON.parse(noted[0]!.data as string) as { readonly stood: readonly unknown[] }
    assert.deepEqual(facts, { consumer: shipping, parkedKeys: 0, table: null, who: 'ada', why: "it's gone" })
    assert.equal(stood.length, gone.buckets)
    for await (const { findings } of later.inspect.verify()) assert.deepEqual(findings, [])
    await later.stop()

    const back = await running(t, withViews, { store: adapter })
    assert.deepEqual(
      (await back.inspect.views()).map(({ generation }) => generation),
      [2],
    )
    assert.equal((await back.views.orders.get('a'))?.status, 'shipped')
    await refused(back.operate.consumers.forget('view:orders#2', everything), 'EW_CONSUMER_DECLARED')
    await back.execute(placed('c'))
    assert.ok(await back.caughtUp(patience))
    assert.equal(await back.views.orders.count(), 3)
  },
  everyStoreKind,
)

overStores(
  'a consumer that somebody works for is left to him, and he goes on',
  async (t, adapter) => {
    const store = await opened(adapter)
    t.after(() => store.close())
    const row = await claimed(store)
    await store.ownership.ensure('orders', 'other', 1, 4)
    await refused(ordersOver(store).forget('orders', everything), 'EW_CONSUMER_HELD', /held by worker-1, for \d+ s/)
    won(await commitOne(store, { positions: [move(row, 5)] }))
    assert.deepEqual(
      (await store.ownership.list('orders')).map(({ source, position, owner }) => [source, position, owner]),
      [
        ['log', 5, 'worker-1'],
        ['other', 4, null],
      ],
    )
    assert.equal(await store.log.head(1), 0)
    // A bucket on its way from one process to another is in use as well.
    await store.ownership.ask([{ ...row }], 'w2')
    await store.ownership.release([row])
    await refused(ordersOver(store).forget('orders', everything), 'EW_CONSUMER_HELD', /held by w2/)
  },
  everyStoreKind,
)

overStores(
  'dead letters go only when that was said, and what had been done to them stays',
  async (t, adapter) => {
    const store = await opened(adapter)
    t.after(() => store.close())
    const park = await parker({ store, another: () => opened(adapter), pass: async () => undefined, patienceMs })
    await park(failed('a', 1), wait('a', 1), wait('a', 2), failed('b', 3), wait('b', 3))
    await store.parked.discard('orders', [{ key: 'a', position: 1 }], order)
    await store.ownership.release(await store.ownership.list('orders'))
    const { forget } = ordersOver(store)
    await refused(forget('orders', { ...order, withRows: true }), 'EW_CONSUMER_NOT_EMPTY', /still has 2 dead letters\./)
    assert.deepEqual([await store.parked.count('orders'), await store.log.head(1)], [2, 0])
    assert.deepEqual(
      (await store.ownership.list('orders')).map(({ owner }) => owner),
      [null],
      'nobody has to wait for a refusal',
    )
    const gone = await forget('orders', everything)
    assert.deepEqual(gone, { consumer: 'orders', buckets: 1, first: 1, last: 1, parkedKeys: 2, table: null })
    assert.deepEqual([await store.parked.count('orders'), await namesIn(store)], [0, []])
    assert.equal((await store.parked.actions({ consumer: 'orders', limit: 9 })).length, 1)
    await refused(forget('orders', everything), 'EW_CONSUMER_UNKNOWN')
  },
  everyStoreKind,
)

test('of several operators one forgets a consumer, and the others hear that there is nothing or that he has it', async () => {
  const adapter = memory()
  const stores = await Promise.all([1, 2, 3, 4].map(() => opened(adapter)))
  await stores[0]!.ownership.ensure('orders', 'log', 16, 7)
  const ends = await Promise.allSettled(stores.map((store) => ordersOver(store).forget('orders', order)))
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const end of ends) {
    if (end.status === 'fulfilled') continue
    assert.ok(
      ['EW_CONSUMER_HELD', 'EW_CONSUMER_UNKNOWN'].some((code) => isEventwrightError(end.reason, code as ErrorCode)),
    )
  }
  assert.equal(await stores[0]!.log.head(1), 1)
})

overStores('what breaks off at any step is still listed, and asked for again it is done', async (_t, adapter) => {
  const steps = ['builds.remove', 'views.drop', 'ownership.forget'] as const
  for (const [at, step] of steps.entries()) {
    const [section, method] = step.split('.') as ['builds', 'remove']
    const whole = await opened(adapter)
    const built = { view: `v${at}`, version: 1, identity: 'i', textHash: 'h' }
    const { generation } = await whole.builds.add(built)
    const [name, rows] = [`view:v${at}#${generation}`, table(`view_v${at}_${generation}`)]
    await whole.views.ensure(rows)
    const row = await claimed(whole, name)
    won(await commitOne(whole, { positions: [move(row, 1)], rows: [put('k', { size: 1 }, { table: rows.name })] }))
    await whole.ownership.release([row])
    await whole.close()
    const broken = await opened(
      altered(adapter, (store) => ({
        [section]: { ...store[section], [method]: () => Promise.reject(new Error('the process is gone')) },
      })),
    )
    await assert.rejects(ordersOver(broken).forget(name, everything), /the process is gone/)
    assert.deepEqual(await namesIn(broken), [name], step)
    await broken.close()
    const store = await opened(adapter)
    assert.equal((await ordersOver(store).forget(name, everything)).table, rows.name)
    assert.deepEqual([await namesIn(store), await store.builds.list()], [[], []])
    await store.views.ensure(rows)
    assert.equal(await store.views.count(rows, []), 0, 'the table had gone')
    await store.views.drop(rows.name)
    await store.close()
  }
})

test('who has lost the buckets meanwhile deletes nothing of them', async () => {
  const adapter = memory()
  const store = await opened(adapter)
  await store.ownership.ensure('orders', 'log', 2, 7)
  const taken: Store = {
    ...store,
    parked: {
      ...store.parked,
      async count(consumer) {
        const rows = (await store.ownership.list(consumer)).filter(
          ({ bucket, owner }) => bucket === 1 && owner !== null,
        )
        await store.ownership.release(rows)
        await store.ownership.claim(consumer, 'log', 'thief', 10_000)
        return store.parked.count(consumer)
      },
    },
  }
  await refused(ordersOver(taken).forget('orders', order), 'EW_CONSUMER_HELD', /held by thief/)
  assert.equal((await store.ownership.list('orders')).length, 2)
  assert.equal(await store.log.head(1), 0, 'nothing is noted that was not done')
})

test('a table that a view of a similar name has by now stays', async () => {
  const store = await opened(memory())
  for (const view of ['a.b', 'a_b']) await store.builds.add({ view, version: 1, identity: view, textHash: 'h' })
  const rows = table('view_a_b_1')
  await store.views.ensure(rows)
  const row = await claimed(store, 'view:a_b#1')
  won(await commitOne(store, { positions: [move(row, 1)], rows: [put('k', { size: 1 }, { table: rows.name })] }))
  assert.equal((await ordersOver(store).forget('view:a.b#1', order)).table, null)
  assert.equal(await store.views.count(rows, []), 1)
  assert.deepEqual(
    (await store.builds.list()).map(({ view }) => view),
    ['a_b'],
  )
})

overStores(
  'names that no consumer has, and orders without somebody or a reason, are refused before anything is asked',
  async (t, adapter) => {
    const store = await opened(adapter)
    t.after(() => store.close())
    await store.ownership.ensure('housekeeping:keys', 'housekeeping', 2, 0)
    const { forget } = ordersOver(store)
    const names = ['', 'x'.repeat(100_000), 'a\u0000b', '\ud800', "'; drop table ew_ownership; --", '__proto__', '%']
    for (const name of [...names, 'view:#1', 'view:a#99999999999999999999', 'housekeeping:keys', 7 as never])
      await refused(forget(name, everything), 'EW_CONSUMER_UNKNOWN')
    await store.ownership.ensure('orders', 'log', 1, 0)
    for (const text of ['', ' \n', 'a\u0000', '\ud800', undefined as never]) {
      await refused(forget('orders', { who: text, why: 'x' }), 'EW_TEXT')
      await refused(forget('orders', { who: 'ada', why: text }), 'EW_TEXT')
    }
    assert.equal((await store.ownership.list()).length, 3)
    const odd = "o'r\u202edérs/%_\\#1"
    await store.ownership.ensure(odd, 'log', 1, 0)
    assert.equal((await forget(odd, { who: "o'n\u0007", why: '";--' })).consumer, odd)
    const [noted] = await store.log.readStream({ stream: operatorStream, from: 1, limit: 9 })
    assert.equal((JSON.parse(noted!.data) as { consumer: string }).consumer, odd)
  },
  everyStoreKind,
)

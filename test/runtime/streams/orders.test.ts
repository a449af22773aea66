import assert from 'node:assert/strict'
import { memory } from 'eventwright'
import { test } from 'node:test'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { patience } from '../../fixtures/patience.ts'
import { bank, Deposit, Open, Transfer } from '../bank.fixture.ts'
import { Order, OrderPlaced, OrderShipped, PlaceOrder, ShipOrder, shop } from '../orders.fixture.ts'
import { all, running, until } from '../running.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'
import { ann, by, eventsOf, fill, found, opened } from './streams.fixture.ts'

const place = (orderId: string, customer = 'Ann') => PlaceOrder({ orderId, customer, total: '1.50' })
const caughtUp = patience

overStores(
  'an archived stream refuses commands and appends at once, is read as before, and goes on when it is reopened',
  async (t, adapter) => {
    const units: Unit[] = []
    const counted = altered(adapter, (store) => ({
      commit(batch) {
        units.push(...batch)
        return store.commit(batch)
      },
    }))
    const open = await running(t, shop, { store: counted })
    const { append, execute, operate, inspect } = open
    await execute(place('a'))
    assert.ok(await open.caughtUp(caughtUp))
    const answer = await operate.streams.archive('Order/a', ann)
    assert.deepEqual(answer, { stream: 'Order/a', status: 'archived', version: 2, repeated: false })
    const before = units.length
    await assert.rejects(append(Order, 'a', [OrderShipped({ orderId: 'a' })]), by('EW_STREAM_CLOSED'))
    for (const expected of ['any', 'streamExists', 2] as const)
      await assert.rejects(append(Order, 'a', [OrderShipped({ orderId: 'a' })], { expected }), by('EW_STREAM_CLOSED'))
    const ofTest = units.slice(before).filter(({ appends }) => appends?.some(({ stream }) => stream === 'Order/a'))
    assert.equal(ofTest.length, 4, 'no attempt was repeated')
    // A decision that needs no event rests on what is read, and that goes on.
    assert.equal((await open.attempt(place('a'))).ok, false)
    assert.equal((await all(open.events.stream('Order/a'))).length, 2)
    assert.equal((await open.views.orders.get('a'))?.status, 'shipped')
    await operate.rebuild('orders')
    await until('the rebuild is over', async () =>
      (await inspect.views()).some(
        ({ view, generation, state }) => view === 'orders' && generation === 2 && state === 'active',
      ),
    )
    assert.equal((await open.views.orders.get('a'))?.status, 'shipped')
    assert.deepEqual(await operate.streams.reopen('Order/a', ann), { ...answer, status: 'open' })
    assert.equal((await append(Order, 'a', [OrderShipped({ orderId: 'a' })])).version, 3)
  },
  everyStoreKind,
)

overStores(
  'a command for a closed stream says so, once, and events that were stored before are known',
  async (t, adapter) => {
    const open = await running(t, shop, { store: adapter, services: ['orders'] })
    const eventIds = ['0197a0c0-0000-7000-8000-00000000000a']
    const placed = [OrderPlaced({ orderId: 'a', customer: 'Ann', total: '1.00' })]
    const first = await open.append(Order, 'a', placed, { eventIds })
    await open.execute(place('b'), { idempotencyKey: 'k' })
    assert.ok(await open.caughtUp(caughtUp))
    // Nobody has shipped it: what follows would be an event.
    await open.append(
      Order,
      'c',
      placed.map((each) => OrderPlaced({ ...each.data, orderId: 'c' })),
    )
    for (const id of ['a', 'b']) await open.operate.streams.archive(`Order/${id}`, ann)
    const again = await open.append(Order, 'a', placed, { eventIds })
    assert.deepEqual([again.version, again.repeated], [first.version, true])
    assert.equal((await open.execute(place('b'), { idempotencyKey: 'k' })).repeated, true)
    await open.operate.streams.delete('Order/b', ann)
    const repeated = await open.execute(place('b'), { idempotencyKey: 'k' })
    assert.deepEqual(
      [repeated.repeated, repeated.events[0]?.type, repeated.events[0]?.data],
      [true, 'OrderPlaced', null],
    )
    await assert.rejects(open.execute(place('b')), by('EW_STREAM_DELETED'))
    await assert.rejects(open.execute(ShipOrder({ orderId: 'b' })), by('EW_STREAM_DELETED'))
    await assert.rejects(open.append(Order, 'b', placed), by('EW_STREAM_DELETED'))
  },
)

overStores(
  'a deleted stream keeps its places and nothing else, for processes too that remember it',
  async (t, adapter) => {
    const open = await running(t, shop, { store: adapter })
    const other = await running(t, shop, { store: adapter })
    for (const id of ['a', 'b']) await open.execute(place(id, id === 'a' ? 'Ann' : 'Bob'))
    for (const each of [open, other]) assert.ok(await each.caughtUp(caughtUp))
    assert.equal((await other.attempt(place('a'))).ok, false)
    const before = await all(open.events.log())
    const deleted = await open.operate.streams.delete('Order/a', ann)
    assert.deepEqual(deleted, {
      stream: 'Order/a',
      status: 'deleted',
      version: 2,
      repeated: false,
      events: 2,
      snapshots: 0,
      copies: 0,
    })
    const after = await all(open.events.log())
    assert.deepEqual(
      after.map((each) => [
        each.id,
        each.type,
        each.stream,
        each.version,
        each.position,
        each.recordedAt,
        each.data === null,
      ]),
      before.map((each) => [
        each.id,
        each.type,
        each.stream,
        each.version,
        each.position,
        each.recordedAt,
        each.stream === 'Order/a',
      ]),
    )
    assert.ok(
      after.every(
        ({ stream, meta, deleted: gone }) => gone === (stream === 'Order/a') && gone === !('correlationId' in meta),
      ),
    )
    await assert.rejects(open.attempt(place('a')), by('EW_STREAM_DELETED'))
    await until('the other process has forgotten it', async () =>
      other.attempt(place('a')).then(
        () => false,
        (error) => by('EW_STREAM_DELETED')(error),
      ),
    )
    // New streams are no affair of it, and everybody goes on behind what is gone.
    await open.execute(place('c'))
    for (const each of [open, other]) assert.ok(await each.caughtUp(caughtUp))
    assert.equal((await other.views.orders.get('c'))?.status, 'shipped')
    const store = await opened(t, adapter)
    assert.deepEqual(await found(store), [])
    assert.equal(
      JSON.stringify([await eventsOf(store, 'Order/a'), await store.snapshots.sample('', 9)]).includes('Ann'),
      false,
    )
  },
  everyStoreKind,
)

overStores('a rebuild, a new view and a new reader pass over what was deleted', async (t, adapter) => {
  const first = await running(t, shop, { store: adapter })
  for (const id of ['a', 'b']) await first.execute(place(id))
  assert.ok(await first.caughtUp(caughtUp))
  await first.operate.streams.delete('Order/a', ann)
  assert.equal((await first.views.orders.get('a'))?.status, 'shipped', 'rows are left to a rebuild')
  for (const view of ['orders', 'ordersInline'] as const) {
    const generation = await first.operate.rebuild(view)
    await until('it is built', async () =>
      (await first.inspect.views()).some(
        (each) => each.view === view && each.generation === generation && each.state === 'active',
      ),
    )
    // Processes use it a moment after it is said to be in use.
    await until('it is in use here', async () => (await first.views[view].get('a')) === undefined)
    assert.equal((await first.views[view].get('b'))?.status, 'shipped')
  }
  await first.stop()
  const second = await running(t, shop, { store: adapter })
  assert.ok(await second.caughtUp(caughtUp))
  assert.equal(await second.views.ordersLive.get('a'), undefined)
  assert.equal((await second.views.ordersLive.get('b'))?.status, 'shipped')
  const wrong = []
  for await (const { findings } of second.inspect.verifyViews({ keys: 'all' })) wrong.push(...findings)
  assert.deepEqual(wrong, [])
  assert.deepEqual(await second.inspect.deadLetters.list({ limit: 9 }), [], 'nothing was parked by it')
})

overStores('a row that a deleted stream has left is a finding, and made anew it is gone', async (t, adapter) => {
  const open = await running(t, shop, { store: adapter })
  for (const id of ['a', 'b']) await open.execute(place(id))
  assert.ok(await open.caughtUp(caughtUp))
  await open.operate.streams.delete('Order/a', ann)
  const surplus = async (): Promise<readonly string[]> => {
    const list: string[] = []
    for await (const { findings } of open.inspect.verifyViews({ keys: 'all' }))
      list.push(...findings.map(({ view, key, kind }) => `${view} ${key} ${kind}`))
    return list.sort()
  }
  assert.deepEqual(await surplus(), ['orders a surplus', 'ordersInline a surplus', 'ordersLive a surplus'])
  for (const view of ['orders', 'ordersInline'])
    assert.deepEqual(await open.operate.views.rebuildKey(view, 'a').then(({ exists, events }) => [exists, events]), [
      false,
      0,
    ])
  assert.deepEqual(await surplus(), ['ordersLive a surplus'], 'what is in memory goes with the process')
})

overStores(
  'whoever orders what is so already changes and notes nothing, and nothing reopens what was deleted',
  async (t, adapter) => {
    const store = await opened(t, adapter)
    await fill(store, 'Order/a', 3)
    const notes = async (): Promise<readonly string[]> =>
      (await store.log.readLog({ partition: 1, after: 0, limit: 99 })).map(({ type }) => type)
    const { orders } = store
    assert.equal((await orders.reopen('Order/a', ann)).repeated, true)
    assert.deepEqual(await notes(), [])
    assert.equal((await orders.archive('Order/a', ann)).repeated, false)
    assert.equal((await orders.archive('Order/a', { who: 'bob', why: 'again' })).repeated, true)
    assert.equal((await orders.reopen('Order/a', ann)).repeated, false)
    assert.equal((await orders.delete('Order/a', ann)).repeated, false)
    assert.deepEqual(await orders.delete('Order/a', ann).then(({ repeated, events }) => [repeated, events]), [true, 3])
    for (const order of [orders.archive, orders.reopen])
      await assert.rejects(order('Order/a', ann), by('EW_STREAM_DELETED'))
    assert.deepEqual(await notes(), ['ew.StreamArchived', 'ew.StreamReopened', 'ew.StreamDeleted', 'ew.StreamErased'])
  },
)

overStores(
  'of two operators at once each is told what has become of the stream, and what one did is noted once',
  async (t, adapter) => {
    const [one, two] = [await opened(t, adapter), await opened(t, adapter)]
    for (let round = 0; round < 10; round++) {
      const stream = `Order/${round}`
      await fill(one, stream, 4)
      const given = await Promise.allSettled([
        one.orders.archive(stream, ann),
        two.orders.delete(stream, ann),
        two.orders.archive(stream, ann),
        one.orders.delete(stream, ann),
        two.orders.reopen(stream, ann),
      ])
      for (const each of given)
        assert.ok(each.status === 'fulfilled' || by('EW_STREAM_DELETED')(each.reason), JSON.stringify(each))
      assert.deepEqual([given[1].status, given[3].status], ['fulfilled', 'fulfilled'])
      assert.equal((await two.streams.get(stream))?.status, 'deleted')
      assert.ok((await eventsOf(one, stream)).every(({ deleted }) => deleted))
      const notes = (await one.log.readLog({ partition: 1, after: 0, limit: 999 }))
        .filter(({ data }) => (JSON.parse(data) as { stream: string }).stream === stream)
        .map(({ type }) => type)
      for (const type of ['ew.StreamDeleted', 'ew.StreamErased'])
        assert.equal(notes.filter((each) => each === type).length, 1, notes.join())
      const switched = notes.filter((type) => ['ew.StreamArchived', 'ew.StreamReopened'].includes(type))
      assert.deepEqual(
        switched,
        switched.map((_, at) => (at % 2 === 0 ? 'ew.StreamArchived' : 'ew.StreamReopened')),
      )
    }
  },
  everyStoreKind,
)

overStores('what is no stream of the design, and an order without who or why, is refused', async (t, adapter) => {
  const store = await opened(t, adapter)
  await fill(store, 'Order/a', 1)
  await store.orders.archive('Order/a', ann)
  const given = Object.values(store.orders)
  for (const order of given) {
    for (const stream of ['Order/b', "Order/'; drop table ew_streams; --", 'ew.operator/actions', 'Order/%'])
      await assert.rejects(order(stream, ann), by('EW_STREAM_UNKNOWN'), stream)
    for (const stream of [
      'Order',
      '',
      '/',
      'Order/',
      'Order/a\u0000',
      `Order/${'x'.repeat(251)}`,
      '1/a',
      undefined,
      7,
      {},
    ])
      await assert.rejects(order(stream as string, ann), by('EW_STREAM_NAME'), String(stream))
    for (const change of [
      { who: '' },
      { why: ' ' },
      { who: undefined },
      { why: 'a\u0000' },
      { who: 'a\ud800' },
      { why: 7 },
    ])
      await assert.rejects(order('Order/a', { ...ann, ...change } as typeof ann), by('EW_TEXT'), JSON.stringify(change))
  }
  assert.equal((await store.streams.get('Order/a'))?.status, 'archived')
})

test('a system that was stopped takes no orders', async (t) => {
  const open = await running(t, shop, { store: memory() })
  const { streams } = open.operate
  await open.stop()
  for (const order of [streams.archive, streams.reopen, streams.delete])
    await assert.rejects(order('Order/a', ann), by('EW_CLOSED'))
})

overStores('a command for an archived stream fails once, and what only reads it goes on', async (t, adapter) => {
  let commits = 0
  const counted = altered(adapter, (store) => ({
    commit(units) {
      commits++
      return store.commit(units)
    },
  }))
  const open = await running(t, bank, { store: counted })
  for (const id of ['a', 'b']) await open.execute(Open({ id, owner: id, email: `${id}@x` }))
  await open.execute(Deposit({ id: 'b', amount: 5 }))
  assert.ok(await open.caughtUp(caughtUp))
  await open.operate.streams.archive('Account/a', ann)
  assert.ok(await open.caughtUp(caughtUp))
  for (const options of [{}, { idempotencyKey: 'k' }, { expectedVersion: 1 }]) {
    const before = commits
    await assert.rejects(open.execute(Deposit({ id: 'a', amount: 5 }), options), by('EW_STREAM_CLOSED'))
    assert.equal(commits - before, 1)
  }
  await assert.rejects(open.execute(Transfer({ from: 'b', to: 'a', amount: 1 })), by('EW_STREAM_CLOSED'))
  assert.deepEqual((await open.execute(Deposit({ id: 'a', amount: 0 }))).reply, { balance: 0 })
  assert.deepEqual((await open.execute(Deposit({ id: 'a', amount: 0 }), { idempotencyKey: 'read' })).reply, {
    balance: 0,
  })
  await open.operate.streams.reopen('Account/a', ann)
  assert.deepEqual((await open.execute(Deposit({ id: 'a', amount: 5 }), { idempotencyKey: 'k' })).reply, { balance: 5 })
  assert.deepEqual((await open.execute(Transfer({ from: 'b', to: 'a', amount: 1 }))).reply, { left: 4 })
})

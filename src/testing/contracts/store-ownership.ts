import assert from 'node:assert/strict'
import { handOverMs, noteEveryMs, type Held, type OwnershipRow } from '../../ports/ownership.ts'
import { claimed, commitOne, lost, move, put, table, unit, won, type StoreCase } from './store-case.ts'
import { failed, parker, wait } from './store-parked.ts'

const buckets = (rows: readonly { readonly bucket: number }[]): number[] => rows.map(({ bucket }) => bucket)
const heldOf = ({ consumer, source, bucket, epoch }: OwnershipRow): Held => ({ consumer, source, bucket, epoch })

/** Leases, epochs, and positions that move inside units. */
export const ownershipCases: readonly StoreCase[] = [
  {
    title: 'missing rows of a consumer are made once and others stay as they are',
    async run({ store }) {
      await store.ownership.ensure('orders', 'log', 2, 5)
      const [row] = await store.ownership.claim('orders', 'log', 'w1', 1_000)
      won(await commitOne(store, { positions: [move(row!, 9)] }))
      await store.ownership.ensure('orders', 'log', 3, 77)
      await store.ownership.ensure('orders', 'payments', 1, 0)
      const rows = await store.ownership.list('orders')
      assert.deepEqual(
        rows.map(({ source, bucket, position, epoch }) => [source, bucket, position, epoch]),
        [
          ['log', 0, 9, 1],
          ['log', 1, 5, 1],
          ['log', 2, 77, 0],
          ['payments', 0, 0, 0],
        ],
      )
    },
  },
  {
    title: 'two claimers never get the same bucket, and what is held stays held until its lease ends',
    async run({ store, another, pass }) {
      const other = await another()
      await store.ownership.ensure('orders', 'log', 4, 0)
      const [mine, theirs] = await Promise.all([
        store.ownership.claim('orders', 'log', 'w1', 10_000),
        other.ownership.claim('orders', 'log', 'w2', 10_000),
      ])
      assert.deepEqual([...buckets(mine), ...buckets(theirs)].sort(), [0, 1, 2, 3])
      await pass(9_000)
      assert.deepEqual(await other.ownership.claim('orders', 'log', 'w3', 10_000), [])
      await pass(1_500)
      const taken = await other.ownership.claim('orders', 'log', 'w3', 10_000)
      assert.deepEqual(
        taken.map(({ bucket, epoch, owner }) => [bucket, epoch, owner]),
        [0, 1, 2, 3].map((bucket) => [bucket, 2, 'w3']),
      )
      for (const late of ['w1', 'w2']) assert.deepEqual(await store.ownership.claim('orders', 'log', late, 10_000), [])
    },
  },
  {
    title: 'a claim of an owner who holds the bucket already raises its epoch',
    async run({ store }) {
      const first = await claimed(store)
      const [second] = await store.ownership.claim('orders', 'log', 'worker-1', 10_000)
      assert.deepEqual([first.epoch, second?.epoch], [1, 2])
      lost(await commitOne(store, { positions: [move(first, 5)] }), 'owner')
      won(await commitOne(store, { positions: [move(second!, 5)] }))
    },
  },
  {
    title: 'a lease can be renewed while its epoch is current, also when it is over but nobody took it',
    async run({ store, pass }) {
      const row = await claimed(store)
      await pass(9_000)
      assert.deepEqual(await store.ownership.renew([heldOf(row)], 10_000), [heldOf(row)])
      await pass(9_000)
      assert.deepEqual(await store.ownership.claim('orders', 'log', 'worker-2', 10_000), [])
      await pass(2_000)
      assert.deepEqual(await store.ownership.renew([heldOf(row)], 10_000), [heldOf(row)])
      await pass(11_000)
      const [taken] = await store.ownership.claim('orders', 'log', 'worker-2', 10_000)
      assert.equal(taken?.epoch, 2)
      assert.deepEqual(await store.ownership.renew([heldOf(row)], 10_000), [])
      assert.equal((await store.ownership.list('orders'))[0]?.owner, 'worker-2')
    },
  },
  {
    title: 'a released bucket is free at once, and a release with an old epoch is ignored',
    async run({ store }) {
      const row = await claimed(store)
      await store.ownership.release([heldOf(row)])
      const [next] = await store.ownership.claim('orders', 'log', 'worker-2', 10_000)
      assert.equal(next?.epoch, 2)
      await store.ownership.release([heldOf(row)])
      assert.equal((await store.ownership.list('orders'))[0]?.owner, 'worker-2')
      assert.deepEqual(await store.ownership.renew([heldOf(row)], 10_000), [])
    },
  },
  {
    title: 'a position moves only from the stored position with the stored epoch',
    async run({ store }) {
      const row = await claimed(store)
      const refused = await store.commit([
        { positions: [move(row, 5, { from: 1 })] },
        { positions: [move(row, 5, { epoch: row.epoch - 1 })] },
        { positions: [move(row, 5, { epoch: row.epoch + 1 })] },
      ])
      assert.deepEqual(
        refused.map((outcome) => lost(outcome, 'owner').position),
        [0, 0, 0],
      )
      assert.equal(lost(await commitOne(store, { positions: [move(row, 5, { bucket: 9 })] }), 'owner').position, -1)
      assert.equal(
        lost(await commitOne(store, { positions: [move(row, 5, { source: 'payments' })] }), 'owner').position,
        -1,
      )
      won(await commitOne(store, { positions: [move(row, 5)] }))
      assert.equal(lost(await commitOne(store, { positions: [move(row, 6)] }), 'owner').position, 5)
    },
  },
  {
    title: 'position, rows and events of a unit are written together or not at all',
    async run({ store }) {
      await store.views.ensure(table())
      const row = await claimed(store)
      lost(
        await commitOne(store, {
          ...unit('A/1'),
          positions: [move(row, 5, { from: 4 })],
          rows: [put('r', { size: 1 })],
        }),
        'owner',
      )
      assert.deepEqual([await store.log.head(0), await store.views.count(table(), [])], [0, 0])
      won(await commitOne(store, { ...unit('A/1'), positions: [move(row, 5)], rows: [put('r', { size: 1 })] }))
      assert.deepEqual([await store.log.head(0), await store.views.count(table(), [])], [1, 1])
      won(await commitOne(store, { positions: [move(row, 6, { from: 5 })], rows: [put('r', { size: 2 })] }))
      assert.equal((await store.views.get(table(), ['r']))[0]?.row?.['size'], 2)
      assert.equal((await store.ownership.list('orders'))[0]?.position, 6)
    },
  },
  {
    title: 'a unit may move several positions, all or none, and units of a batch may follow each other',
    async run({ store }) {
      await store.ownership.ensure('orders', 'log', 2, 0)
      const [first, second] = await store.ownership.claim('orders', 'log', 'w1', 10_000)
      const outcomes = await store.commit([
        { positions: [move(first!, 5), move(second!, 5, { from: 1 })] },
        { positions: [move(first!, 6), move(second!, 6)] },
        { positions: [move(first!, 8, { from: 6 })] },
        { positions: [move(first!, 9, { from: 6 })] },
      ])
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [false, true, true, false],
      )
      assert.equal(lost(outcomes[3], 'owner').position, 8)
      assert.deepEqual(
        (await store.ownership.list('orders')).map(({ position }) => position),
        [8, 6],
      )
    },
  },
  {
    title: 'a commit that moves a position renews its lease',
    async run({ store, pass }) {
      const row = await claimed(store)
      await pass(9_000)
      won(await commitOne(store, { positions: [move(row, 5)] }))
      await pass(9_000)
      assert.deepEqual(await store.ownership.claim('orders', 'log', 'worker-2', 10_000), [])
      assert.equal((await store.ownership.list('orders'))[0]?.untilMs, (await store.now()) + 1_000)
    },
  },
  {
    title: 'what is given back on a wish goes to whoever had it, and after a while to anybody',
    async run({ store, another, pass }) {
      const other = await another()
      await store.ownership.ensure('orders', 'log', 2, 0)
      const rows = await store.ownership.claim('orders', 'log', 'w1', 10_000)
      const [first, second] = rows.map(heldOf)
      await other.ownership.ask([{ ...first!, epoch: 9 }, second!], 'w2')
      assert.deepEqual(
        (await store.ownership.list('orders')).map(({ owner, wanted }) => [owner, wanted]),
        [
          ['w1', null],
          ['w1', 'w2'],
        ],
      )
      assert.deepEqual(await other.ownership.claim('orders', 'log', 'w2', 10_000), [])
      won(await commitOne(store, { positions: [move(rows[1]!, 5)] }))
      await store.ownership.release([second!])
      assert.deepEqual(await store.ownership.claim('orders', 'log', 'w3', 10_000), [])
      const [taken] = await other.ownership.claim('orders', 'log', 'w2', 10_000)
      assert.deepEqual([taken?.bucket, taken?.position, taken?.owner, taken?.wanted], [1, 5, 'w2', null])
      await store.ownership.ask([heldOf(taken!)], 'w4')
      await other.ownership.release([heldOf(taken!)])
      await pass(handOverMs - 500)
      assert.deepEqual(await store.ownership.claim('orders', 'log', 'w3', 10_000), [])
      await pass(1_000)
      assert.deepEqual(buckets(await store.ownership.claim('orders', 'log', 'w3', 10_000)), [1])
    },
  },
  {
    title: 'rows are listed in key order and removed with their consumer',
    async run({ store }) {
      await store.ownership.ensure('b', 'log', 2, 0)
      await store.ownership.ensure('a', 'log', 1, 0)
      await store.ownership.ensure('a', 'channel', 1, 0)
      const list = async (): Promise<unknown[]> =>
        (await store.ownership.list()).map(({ consumer, source, bucket }) => [consumer, source, bucket])
      assert.deepEqual(await list(), [
        ['a', 'channel', 0],
        ['a', 'log', 0],
        ['b', 'log', 0],
        ['b', 'log', 1],
      ])
      await store.ownership.remove('a')
      assert.deepEqual(await list(), [
        ['b', 'log', 0],
        ['b', 'log', 1],
      ])
      assert.deepEqual(await store.ownership.claim('a', 'log', 'w', 1_000), [])
    },
  },
  {
    title: 'a consumer is forgotten with all that it has parked by whoever has every row of it, else nothing is done',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('a', 1), wait('a', 1), wait('a', 2), failed('b', 3), wait('b', 3))
      await store.parked.discard('orders', [{ key: 'a', position: 1 }], { who: 'ada', why: 'x' })
      await (
        await parker(trial, 'others')
      )({ ...failed('a', 1), consumer: 'others' })
      await store.ownership.ensure('orders', "it's; --", 1, 0)
      const owners = async (): Promise<unknown[]> =>
        (await store.ownership.list('orders')).map(({ source, owner }) => [source, owner])
      assert.equal(await store.ownership.forget('orders', 'worker-1'), false, 'one row is nobody’s')
      await store.ownership.claim('orders', "it's; --", 'w2', 10_000)
      for (const owner of ['w2', 'worker-1']) assert.equal(await store.ownership.forget('orders', owner), false)
      const theirs = [
        ["it's; --", 'w2'],
        ['log', 'worker-1'],
      ]
      assert.deepEqual([await owners(), await store.parked.count('orders')], [theirs, 2])
      await trial.pass(11_000)
      for (const source of ['log', "it's; --"]) await store.ownership.claim('orders', source, 'w2', 1)
      await trial.pass(10)
      assert.equal(await store.ownership.forget('orders', 'w2'), true, 'a lease that is over is his until it is taken')
      assert.deepEqual([await owners(), await store.parked.count('orders')], [[], 0])
      assert.deepEqual([await store.parked.waiting('orders', 'a', 9), await store.parked.count('others')], [[], 1])
      assert.equal((await store.ownership.list('others')).length, 1)
      assert.equal((await store.parked.actions({ consumer: 'orders', limit: 9 })).length, 1)
    },
  },
  {
    title: 'what is parked by a consumer without rows is forgotten by anybody',
    async run(trial) {
      const { store } = trial
      await (
        await parker(trial)
      )(failed('a', 1), wait('a', 1))
      await store.ownership.remove('orders')
      assert.equal(await store.parked.count('orders'), 1)
      assert.equal(await store.ownership.forget('orders', 'w1'), true)
      assert.equal(await store.parked.count('orders'), 0)
    },
  },
  {
    title: 'a row tells when its position moved last, and two moves that lie half a minute apart',
    async run({ store, pass }) {
      let row = await claimed(store)
      const madeMs = row.movedAtMs
      const commit = async (to: number, afterMs: number): Promise<OwnershipRow> => {
        await pass(afterMs)
        won(await commitOne(store, { positions: [move(row, to)] }))
        return (row = (await store.ownership.list('orders'))[0]!)
      }
      const first = await commit(3, 1_000)
      const firstMs = first.movedAtMs
      assert.ok(firstMs >= madeMs + 1_000, 'a move has a later time')
      assert.deepEqual(first.noted, [{ from: 0, sinceMs: madeMs, atMs: firstMs }])
      const aside = await commit(3, 1_000)
      assert.deepEqual([aside.movedAtMs, aside.noted], [firstMs, first.noted], 'what does not move it is no move')
      const second = await commit(4, 1_000)
      assert.ok(second.movedAtMs >= firstMs + 2_000)
      assert.deepEqual(second.noted, first.noted, 'moves that follow each other soon are not noted')
      const slow = await commit(9, noteEveryMs)
      const slowMove = { from: 4, sinceMs: second.movedAtMs, atMs: slow.movedAtMs }
      assert.deepEqual(slow.noted, [...first.noted, slowMove])
      const last = await commit(10, noteEveryMs)
      assert.deepEqual(last.noted, [slowMove, { from: 9, sinceMs: slow.movedAtMs, atMs: last.movedAtMs }])
      lost(await commitOne(store, { positions: [{ ...move(row, 11), from: 8 }] }), 'owner')
      assert.deepEqual((await store.ownership.list('orders'))[0]!.noted, last.noted, 'a loser changes nothing')
    },
  },
  {
    title: 'where nothing has a position every commit counts as a move, and none is noted',
    async run({ store, pass }) {
      const row = await claimed(store)
      await pass(noteEveryMs)
      won(await commitOne(store, { positions: [move(row, 0)] }))
      const [moved] = await store.ownership.list('orders')
      assert.ok(moved!.movedAtMs >= row.movedAtMs + noteEveryMs)
      assert.deepEqual(moved!.noted, [])
    },
  },
]

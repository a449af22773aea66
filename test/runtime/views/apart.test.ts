import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { memory, systemClock, type AnySystem, type StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import type { Store } from '../../../src/ports/store.ts'
import type { ApartWrite } from '../../../src/ports/views.ts'
import type { ViewDatabase, ViewsAdapter } from '../../../src/ports/views-apart.ts'
import { withViewsApart } from '../../../src/runtime/views/apart.ts'
import { tableOf } from '../../../src/runtime/views/table.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { freshMongodb } from '../../fixtures/fresh-mongodb.ts'
import { memoryViews } from '../../fixtures/memory-views.ts'
import { mongodbUrl } from '../../fixtures/mongodb.ts'
import { patience } from '../../fixtures/patience.ts'
import { compared, Forget, measure, measures, Measures, mended, tableIn, Tally } from '../measures.fixture.ts'
import { gate, running, until } from '../running.fixture.ts'
import { altered } from '../stores.fixture.ts'

type Change = (database: ViewDatabase) => Partial<ViewDatabase>

/** A database of the test's own; `change` takes a part of its work over for whoever opens it so. */
interface Place {
  readonly views: ViewsAdapter
  changed(change: Change): ViewsAdapter
}

const memoryPlace = (): Place => {
  const views = memoryViews()
  return { views, changed: (change) => changing(views, change) }
}
const mongodbPlace = (t: TestContext): Place => {
  const { adapter: views, drop } = freshMongodb()
  t.after(drop)
  return { views, changed: (change) => changing(views, change) }
}
const changing = (views: ViewsAdapter, change: Change): ViewsAdapter => ({
  ...views,
  async open(options) {
    const database = await views.open(options)
    return { ...database, ...change(database) }
  },
})

function overPlaces(
  sentence: string,
  run: (t: TestContext, place: Place, adapter: StoreAdapter) => Promise<void>,
): void {
  test(`${sentence} [memory]`, (t) => run(t, memoryPlace(), memory()))
  if (mongodbUrl() !== undefined)
    test(`${sentence} [mongodb]`, (t) => run(t, mongodbPlace(t), sqlite(join(folderFor(t), 'store.db'))))
}

/** The store with its views, as an operator's process has them open. */
async function opened(
  t: TestContext,
  views: ViewsAdapter,
  adapter: StoreAdapter,
  graph = measures.graph,
): Promise<Store> {
  const store = await adapter.open({ clock: systemClock })
  const whole = await withViewsApart({ graph, views, store, clock: systemClock })
  t.after(() => whole.close())
  return whole
}

async function caughtUp(open: { caughtUp(options: { timeoutMs: number }): Promise<boolean> }): Promise<void> {
  assert.ok(await open.caughtUp(patience))
}

async function assertEqual(store: Store, keys: Record<string, number>, system: AnySystem = measures): Promise<void> {
  const { findings, views } = await compared(store, { keys: 'all' }, system as typeof measures)
  assert.deepEqual(findings, [])
  for (const [view, count] of Object.entries(keys)) {
    assert.equal(views[view]?.state, 'equal', JSON.stringify(views[view]))
    assert.equal(views[view].keys, count)
  }
}

overPlaces(
  'rows are in the database of the views and nowhere else, and are read as from a store',
  async (t, place, adapter) => {
    const open = await running(t, measures, { store: adapter, views: place.views })
    for (let n = 0; n < 12; n++) await open.execute(measure(`k${n % 6}`, n))
    await open.execute(Forget({ id: 'k0' }))
    const { receipt } = await open.execute(measure('k1', 100))
    const row = await open.views.measures.get('k1', { after: receipt, timeout: '1m' })
    assert.equal(row?.price, '100.125')
    assert.deepEqual(row?.parts[0], { size: 100n, data: new Uint8Array([1, 100]), note: 'first' })
    await caughtUp(open)
    assert.equal((await open.views.tally.get('all'))?.measured, 13)
    assert.equal(await open.views.measures.get('k0'), undefined)
    const page = await open.views.measures.page({ orderBy: 'count', descending: true, limit: 2 })
    assert.deepEqual(
      page.rows.map(({ id }) => id),
      ['k1', 'k5'],
    )
    const next = await open.views.measures.page({ orderBy: 'count', descending: true, limit: 9, cursor: page.next! })
    assert.deepEqual(
      next.rows.map(({ id }) => id),
      ['k4', 'k3', 'k2'],
    )
    assert.equal(await open.views.measures.count({ count: { gt: 9_007_199_254_740_993n + 9n } }), 3)
    const alone = await adapter.open({ clock: systemClock })
    const { table } = await tableIn(alone, Tally)
    assert.equal(await alone.views.count(table, []), 0)
    await alone.close()
    const store = await opened(t, place.views, adapter)
    await assertEqual(store, { measures: 6, measuresInline: 6, tally: 7 })
  },
)

overPlaces('changes of rows are heard', async (t, place, adapter) => {
  const open = await running(t, measures, { store: adapter, views: place.views })
  const end = new AbortController()
  const heard: unknown[] = []
  const listening = (async () => {
    for await (const { key, row } of open.views.tally.watch(undefined, { signal: end.signal }))
      heard.push([key, row?.measured])
  })()
  await open.execute(measure('a', 1))
  await until('both rows are heard of', () => heard.length === 2)
  end.abort()
  await listening
  assert.deepEqual(heard.sort(), [
    ['a', 1],
    ['all', 1],
  ])
})

overPlaces('a page whose rows were written and whose position was not is applied once', async (t, place, adapter) => {
  let failures = 0
  const failing = altered(adapter, (real) => ({
    async commit(units) {
      // The rows of the page are there by now.
      if (
        failures < 3 &&
        units.some(({ positions }) =>
          positions?.some(({ consumer, to }) => consumer.startsWith('view:tally') && to > 0),
        )
      ) {
        failures++
        throw new Error('the store broke off')
      }
      return real.commit(units)
    },
  }))
  const open = await running(t, measures, { store: failing, views: place.views })
  for (const key of ['a', 'b', 'a']) await open.execute(measure(key, 1))
  await caughtUp(open)
  assert.equal(failures, 3)
  assert.deepEqual(await open.views.tally.get('all'), { measured: 3, forgotten: 0 })
  await open.stop()
  await assertEqual(await opened(t, place.views, adapter), { tally: 3, measures: 2 })
})

overPlaces('what is half written when its process ends is gone on with by the next', async (t, place, adapter) => {
  let writes = 0
  const half = place.changed((database) => ({
    async write(table, rows: readonly ApartWrite[]) {
      if (!table.includes('tally') || rows.length < 2) return database.write(table, rows)
      writes++
      await database.write(table, rows.slice(0, Math.ceil(rows.length / 2)))
      throw new Error('the process ended')
    },
  }))
  const first = await running(t, measures, { store: adapter, views: half })
  for (const key of ['a', 'b', 'c', 'a']) await first.execute(measure(key, 1))
  await until('something is half written', () => writes > 1)
  await first.stop()
  const second = await running(t, measures, { store: adapter, views: place.views })
  await second.execute(Forget({ id: 'b' }))
  await caughtUp(second)
  await assertEqual(await opened(t, place.views, adapter), { tally: 4 })
})

overPlaces(
  'an owner that slept between reading and writing changes nothing when it wakes',
  async (t, place, adapter) => {
    const asleep = gate()
    const refused: string[] = []
    let sleeping = 0
    const sleepy = place.changed((database) => ({
      async write(table, rows: readonly ApartWrite[]) {
        if (table.includes('tally') && rows.some(({ applied }) => applied > 2)) {
          sleeping++
          await asleep.passed
          const late = await database.write(table, rows)
          refused.push(...late)
          return late
        }
        return database.write(table, rows)
      },
    }))
    // While it sleeps it does not renew its lease, and does not know that.
    const deaf = altered(adapter, (real) => ({
      ownership: {
        ...real.ownership,
        renew: async (held, ttlMs) => (sleeping > 0 ? held : real.ownership.renew(held, ttlMs)),
      },
    }))
    const first = await running(t, measures, { store: deaf, views: sleepy, leaseMs: 200 })
    await first.execute(measure('a', 1))
    await first.execute(measure('b', 1))
    await caughtUp(first)
    await first.execute(measure('a', 2))
    await until('it sleeps', () => sleeping > 0)
    const second = await running(t, measures, { store: adapter, views: place.views, leaseMs: 200 })
    for (const key of ['a', 'c']) await second.execute(measure(key, 3))
    await second.execute(Forget({ id: 'b' }))
    await until('the next owner has done it all', async () => (await second.views.tally.get('all'))?.forgotten === 1)
    asleep.open()
    await until('the late write was tried', () => refused.length > 0)
    await caughtUp(second)
    assert.deepEqual(await second.views.tally.get('all'), { measured: 5, forgotten: 1 })
    await assertEqual(await opened(t, place.views, adapter), { tally: 4, measures: 3 })
  },
)

overPlaces(
  'an owner that wakes before the next one writes leaves rows that he goes on from',
  async (t, place, adapter) => {
    const [oldAsleep, newAsleep] = [gate(), gate()]
    const seen = { old: 0, late: 0, new: 0, refused: 0 }
    const sleepy = place.changed((database) => ({
      async write(table, rows: readonly ApartWrite[]) {
        const isIt = table.includes('tally') && rows.some(({ applied }) => applied > 1)
        if (isIt && seen.old++ === 0) await oldAsleep.passed
        const answer = await database.write(table, rows)
        if (isIt) seen.late++
        return answer
      },
    }))
    const slower = place.changed((database) => ({
      async write(table, rows: readonly ApartWrite[]) {
        if (table.includes('tally') && seen.new++ === 0) await newAsleep.passed
        const answer = await database.write(table, rows)
        if (table.includes('tally')) seen.refused += answer.length
        return answer
      },
    }))
    const deaf = altered(adapter, (real) => ({
      ownership: {
        ...real.ownership,
        renew: async (held, ttlMs) => (seen.old > 0 ? held : real.ownership.renew(held, ttlMs)),
      },
    }))
    const first = await running(t, measures, { store: deaf, views: sleepy, leaseMs: 200 })
    await first.execute(measure('a', 1))
    await caughtUp(first)
    await first.execute(measure('a', 2))
    await until('the old owner sleeps', () => seen.old > 0)
    const second = await running(t, measures, { store: adapter, views: slower, leaseMs: 200 })
    await until('the new owner has read and not written', () => seen.new > 0)
    oldAsleep.open()
    await until('the old one has written', () => seen.late > 0)
    newAsleep.open()
    await second.execute(measure('a', 3))
    await caughtUp(second)
    assert.ok(seen.refused > 0, 'the new owner wrote over a row that had changed')
    assert.deepEqual(await second.views.tally.get('all'), { measured: 3, forgotten: 0 })
    await assertEqual(await opened(t, place.views, adapter), { tally: 2 })
  },
)

overPlaces('a view is built beside the live one, swapped in, and its old table goes', async (t, place, adapter) => {
  const open = await running(t, measures, { store: adapter, views: place.views })
  for (const key of ['a', 'b']) await open.execute(measure(key, 1))
  await caughtUp(open)
  for (const generation of [2, 3]) {
    assert.equal(await open.operate.rebuild('tally'), generation)
    await until('it is swapped in', async () =>
      (await open.inspect.views()).some(
        (view) => view.view === 'tally' && view.generation === generation && view.state === 'active',
      ),
    )
  }
  assert.equal((await open.views.tally.get('all'))?.measured, 2)
  const store = await opened(t, place.views, adapter)
  await until('the first is gone', async () =>
    (await store.builds.list('tally')).every(({ generation }) => generation > 1),
  )
  const rowsOf = (generation: number): Promise<number> =>
    store.views.count(tableOf(Tally, generation), []).catch(() => 0)
  assert.deepEqual(await Promise.all([1, 3].map(rowsOf)), [0, 3])
})

overPlaces('a row that is wrong is made right while its view goes on', async (t, place, adapter) => {
  const open = await running(t, measures, { store: adapter, views: place.views })
  for (const key of ['a', 'b']) await open.execute(measure(key, 2))
  await open.execute(Forget({ id: 'b' }))
  await caughtUp(open)
  const store = await opened(t, place.views, adapter)
  const { table } = await tableIn(store, Measures)
  const [a, b] = await store.views.get(table, ['a', 'b'])
  const { write } = store.views.apart!
  assert.deepEqual(
    await write(table.name, [
      { ...a!, row: { ...a!.row, price: '9.000' }, revision: a!.revision! },
      { ...b!, row: a!.row, revision: b!.revision! },
      { key: 'never', row: a!.row, applied: 1, revision: 0 },
    ]),
    [],
  )
  assert.equal((await compared(store)).findings.length, 3)
  for (const key of ['a', 'b', 'never']) assert.equal((await mended(store, 'measures', key)).changed, true)
  assert.equal((await mended(store, 'measures', 'a')).changed, false)
  await open.execute(measure('a', 4))
  await open.execute(measure('b', 4))
  await caughtUp(open)
  await assertEqual(store, { measures: 2 })
})

overPlaces(
  'rows that are ahead of their position are no finding, and are made right too',
  async (t, place, adapter) => {
    let isStuck = false
    const stuck = altered(adapter, (real) => ({
      async commit(units) {
        const isIt = units.some(({ positions }) =>
          positions?.some(({ consumer, from, to }) => consumer === 'view:tally#1' && to > from),
        )
        if (isStuck && isIt) throw new Error('the store broke off')
        return real.commit(units)
      },
    }))
    const open = await running(t, measures, { store: stuck, views: place.views })
    await open.execute(measure('a', 1))
    await caughtUp(open)
    isStuck = true
    await open.execute(measure('a', 2))
    await open.execute(measure('b', 2))
    const store = await opened(t, place.views, adapter)
    const { table, consumer } = await tableIn(store, Tally)
    const all = async () => (await store.views.get(table, ['all']))[0]!
    await until('the row is ahead', async () => (await all()).row?.['measured'] === 3)
    assert.ok((await store.ownership.list(consumer)).every(({ position }) => position < 3))
    await assertEqual(store, { tally: 3 })
    const { revision, applied } = await all()
    const wrong = { key: 'all', row: { measured: 70, forgotten: 0 }, applied, revision: revision! }
    assert.deepEqual(await store.views.apart!.write(table.name, [wrong]), [])
    assert.equal((await mended(store, 'tally', 'all')).changed, true)
    assert.deepEqual((await all()).row, { measured: 3, forgotten: 0 })
    isStuck = false
    await open.execute(measure('a', 3))
    await caughtUp(open)
    assert.equal((await open.views.tally.get('all'))?.measured, 4)
    await assertEqual(store, { tally: 3 })
  },
)

overPlaces(
  'a view that moves to a database, or whose database is lost, is built anew there',
  async (t, place, adapter) => {
    const before = await running(t, measures, { store: adapter })
    for (const key of ['a', 'b']) await before.execute(measure(key, 1))
    await caughtUp(before)
    await before.stop()
    const moved = await running(t, measures, { store: adapter, views: place.views })
    assert.equal((await moved.views.tally.get('all'))?.measured, 2)
    assert.equal(await moved.views.measures.count(), 2)
    await moved.stop()
    const elsewhere = await running(t, measures, { store: adapter, views: memoryViews() })
    assert.equal((await elsewhere.views.tally.get('all'))?.measured, 2)
    await elsewhere.stop()
    const back = await running(t, measures, { store: adapter })
    await back.execute(measure('a', 2))
    await caughtUp(back)
    assert.equal((await back.views.tally.get('all'))?.measured, 3)
  },
)

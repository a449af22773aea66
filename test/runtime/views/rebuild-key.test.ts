import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aggregate, command, event, projection, service, start, system, systemClock, t as field } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import type { Row } from '../../../src/ports/views.ts'
import { commitQueue } from '../../../src/runtime/commits/queue.ts'
import { patience } from '../../fixtures/patience.ts'
import {
  compared,
  Forget,
  measure,
  Measures,
  measures,
  MeasuresInline,
  mended,
  opened,
  plant,
  storedIn,
  Tally,
} from '../measures.fixture.ts'
import { gate, running, until, type RunningOf } from '../running.fixture.ts'
import { altered, overStores, storeKinds } from '../stores.fixture.ts'

type Open = RunningOf<typeof measures>

async function caughtUp(open: { caughtUp(options: { timeoutMs: number }): Promise<boolean> }): Promise<void> {
  assert.ok(await open.caughtUp(patience))
}

/** Fails unless every view is what a replay gives. */
async function assertEqual(store: Store): Promise<void> {
  assert.deepEqual((await compared(store)).findings, [])
}

overStores('a row that is wrong, missing or too many is made right, and only that', async (t, adapter) => {
  const open = await running(t, measures, { store: adapter })
  for (const key of ['a', 'b', 'gone']) await open.execute(measure(key, 2))
  await open.execute(Forget({ id: 'gone' }))
  await caughtUp(open)
  await open.stop()
  const store = await opened(t, adapter)
  for (const view of [Measures, MeasuresInline]) {
    let some: Row | undefined
    await plant(store, view, 'a', (row) => ({ row: (some = { ...row, price: '9.000' }) }))
    await plant(store, view, 'b', () => ({ row: undefined }))
    await plant(store, view, 'gone', () => ({ row: some, applied: 1 }))
    await plant(store, view, 'never', () => ({ row: some, applied: 1 }))
    assert.equal((await compared(store)).findings.length, 4)
    const answers = ['a', 'b', 'gone', 'never', 'a'].map((key) => () => mended(store, view.name, key))
    const told: unknown[] = []
    for (const answer of answers) told.push(await answer())
    assert.deepEqual(told, [
      { generation: 1, changed: true, exists: true, events: 1 },
      { generation: 1, changed: true, exists: true, events: 1 },
      { generation: 1, changed: true, exists: false, events: 2 },
      { generation: 1, changed: true, exists: false, events: 0 },
      { generation: 1, changed: false, exists: true, events: 1 },
    ])
    for (const key of ['gone', 'never']) assert.equal(await storedIn(store, view, key), undefined)
  }
  await assertEqual(store)
  const again = await running(t, measures, { store: adapter })
  await again.execute(measure('a', 5))
  await again.execute(measure('gone', 5))
  await caughtUp(again)
  await assertEqual(store)
})

overStores('an inline row that says it has applied other events is made right', async (t, adapter) => {
  const open = await running(t, measures, { store: adapter })
  await open.execute(measure('a', 1))
  await caughtUp(open)
  const store = await opened(t, adapter)
  await plant(store, MeasuresInline, 'a', (row) => ({ row, applied: 5 }))
  assert.equal((await mended(store, 'measuresInline', 'a')).changed, true)
  assert.equal((await storedIn(store, MeasuresInline, 'a'))?.applied, 1)
  await open.execute(measure('a', 2))
  await caughtUp(open)
  await assertEqual(store)
})

overStores('whoever feeds the view does not write on what it remembers of the wrong row', async (t, adapter) => {
  const store = await opened(t, adapter)
  const before = await running(t, measures, { store: adapter })
  await before.execute(measure('a', 1))
  await caughtUp(before)
  await before.stop()
  await plant(store, Tally, 'all', (row) => ({ row: { ...row, measured: 1_000 } }))
  const open = await running(t, measures, { store: adapter })
  await open.execute(measure('a', 2))
  await caughtUp(open)
  assert.equal((await open.views.tally.get('all'))?.measured, 1_001)
  assert.deepEqual(await open.operate.views.rebuildKey('tally', 'all'), {
    generation: 1,
    changed: true,
    exists: true,
    events: 2,
  })
  assert.equal((await open.views.tally.get('all'))?.measured, 2)
  await open.execute(measure('a', 3))
  await caughtUp(open)
  assert.equal((await open.views.tally.get('all'))?.measured, 3)
  await assertEqual(store)
})

overStores('what the owner has in hand meanwhile is not written on the wrong row', async (t, adapter) => {
  const door = gate()
  t.after(() => door.open())
  let [isShut, came] = [false, 0]
  const held = altered(adapter, (real) => ({
    async commit(units) {
      const feeds = units.some(({ positions }) => positions?.some(({ consumer }) => consumer.startsWith('view:tally')))
      if (isShut && feeds) {
        came++
        await door.passed
      }
      return real.commit(units)
    },
  }))
  const open = await running(t, measures, { store: held })
  const store = await opened(t, adapter)
  await open.execute(measure('a', 1))
  await caughtUp(open)
  isShut = true
  await open.execute(measure('a', 2))
  await until('the owner has a page in hand', () => came > 0)
  await plant(store, Tally, 'all', (row) => ({ row: { ...row, measured: 50 } }))
  assert.equal((await mended(store, 'tally', 'all')).changed, true)
  door.open()
  await caughtUp(open)
  assert.equal((await open.views.tally.get('all'))?.measured, 2)
  await assertEqual(store)
})

overStores('a command that has read the wrong row before does not bring it back', async (t, adapter) => {
  const door = gate()
  t.after(() => door.open())
  let [isShut, came] = [false, 0]
  const held = altered(adapter, (real) => ({
    async commit(units) {
      if (isShut && units.some(({ appends, rows }) => appends !== undefined && rows !== undefined)) {
        came++
        await door.passed
      }
      return real.commit(units)
    },
  }))
  const open = await running(t, measures, { store: held })
  const store = await opened(t, adapter)
  await open.execute(measure('a', 1))
  await caughtUp(open)
  await plant(store, MeasuresInline, 'a', (row) => ({ row: { ...row, times: 70 } }))
  isShut = true
  const late = open.execute(measure('a', 2))
  await until('the command is about to commit', () => came > 0)
  const queue = commitQueue(store, systemClock)
  // It comes as soon as the row is mended: for a moment only it is looked whether the row stays so.
  const change = mended(store, 'measuresInline', 'a', measures.graph, async (unit) => {
    const outcome = await queue.commit(unit)
    if (isShut && outcome.ok && unit.rows !== undefined) {
      assert.equal((await storedIn(store, MeasuresInline, 'a'))?.row?.['times'], 1)
      isShut = false
      door.open()
      await late
    }
    return outcome
  })
  assert.equal((await change).changed, true)
  assert.equal((await storedIn(store, MeasuresInline, 'a'))?.row?.['times'], 2)
  await assertEqual(store)
})

overStores('while commands and projections of two processes go on, nothing is lost or doubled', async (t, adapter) => {
  const [open, other] = [await running(t, measures, { store: adapter }), await running(t, measures, { store: adapter })]
  const store = await opened(t, adapter)
  let [isOver, written] = [false, 0]
  const write = async (of: Open, from: number): Promise<void> => {
    for (let n = from; !isOver; n += 2) {
      await of.execute(measure(`k${n % 3}`, n))
      if (n % 13 === 0) await of.execute(Forget({ id: `k${n % 3}` }))
      written++
    }
  }
  const writers = [write(open, 0), write(other, 1)]
  try {
    for (let round = 0; round < 6; round++) {
      const before = written
      await until('more was written', () => written >= before + 10)
      const key = `k${round % 3}`
      await plant(store, Tally, 'all', (row) => ({ row: row && { ...row, measured: 7 } }))
      await Promise.all([
        open.operate.views.rebuildKey('tally', 'all'),
        other.operate.views.rebuildKey('tally', 'all'),
        mended(store, 'measures', key),
        mended(store, 'measuresInline', key),
      ])
      assert.deepEqual((await compared(store)).findings, [], `round ${round}`)
    }
  } finally {
    isOver = true
    await Promise.all(writers)
  }
  await caughtUp(open)
  await assertEqual(store)
})

overStores('an operator whose process dies has changed nothing, and others go on', async (t, adapter) => {
  const open = await running(t, measures, { store: adapter, leaseMs: 1_000 })
  await open.execute(measure('a', 1))
  await caughtUp(open)
  const store = await opened(t, adapter)
  await plant(store, Measures, 'a', (row) => ({ row: { ...row, flag: true } }))
  const before = await storedIn(store, Measures, 'a')
  let isDead = false
  const dead: Store = {
    ...store,
    ownership: { ...store.ownership, release: async (held) => void (isDead || (await store.ownership.release(held))) },
    async commit() {
      isDead = true
      throw new Error('it is dead')
    },
  }
  await assert.rejects(mended(dead, 'measures', 'a'), /it is dead/)
  assert.deepEqual(await storedIn(store, Measures, 'a'), before)
  await open.execute(measure('b', 1))
  await caughtUp(open)
  assert.equal((await mended(store, 'measures', 'a')).changed, true)
  await assertEqual(store)
})

overStores('a view that is not there and a key that is parked are refused', async (t, adapter) => {
  const Told = event('Told', { who: field.string() })
  const Tell = command('Tell', { who: field.string() })
  const Person = aggregate('Person', { events: [Told], commands: [Tell], id: (c) => c.who, initial: () => 0 })
    .evolve({ Told: (times) => times + 1 })
    .decide({ Tell: (c) => Told(c) })
  let isBroken = true
  const view = <N extends string>(name: N, mode: 'async' | 'inline' | 'live') =>
    projection(name, { from: [Told], key: (e) => e.who, row: { who: field.string() }, mode }).on({
      Told(_, { who }) {
        if (isBroken && who === 'bob') throw new Error('not yet')
        return { who }
      },
    })
  const views = [view('people', 'async'), view('peopleInline', 'inline'), view('peopleLive', 'live')]
  const town = system('town', { services: [service('hall', { parts: [Person, ...views] })] })
  const open = await running(t, town as never, { store: adapter })
  const tell = (who: string) => (open as any).execute(Tell({ who }))
  await tell('ann')
  await tell('bob')
  const dead = () => open.inspect.deadLetters.list({ limit: 10 })
  await until('the keys are parked', async () => (await dead()).length === 3)
  const store = await opened(t, adapter)
  const of = (name: string, key: string) => mended(store, name, key, town.graph)
  const { findings, views: verdicts } = await compared(store, { keys: 'all' }, town as never)
  assert.deepEqual(findings, [])
  for (const name of ['people', 'peopleInline']) {
    const { state, keys, parked } = verdicts[name]!
    assert.deepEqual([state, keys, parked], ['equal', 1, 1])
    await assert.rejects(of(name, 'bob'), { code: 'EW_KEY_PARKED' })
    assert.equal((await of(name, 'ann')).changed, false)
  }
  for (const name of ['peopleLive', 'nothing']) await assert.rejects(of(name, 'ann'), { code: 'EW_VIEW_UNKNOWN' })
  const consumer = 'view:people#1'
  await open.operate.deadLetters.discard(consumer, 'bob', { who: 'ada', why: 'a test' })
  await until('it is gone', async () => (await dead()).length === 2)
  await assert.rejects(of('people', 'bob'), { code: 'EW_VIEW_REPLAY' })
  isBroken = false
  assert.deepEqual(await of('people', 'bob'), { generation: 1, changed: true, exists: true, events: 1 })
})

type Deed = { readonly key: string; readonly what: 'measure' | 'forget' | 'spoil' | 'remove' | 'add' | 'mend' }

const deed = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  what: fc.constantFrom<Deed['what'][]>('measure', 'measure', 'forget', 'spoil', 'remove', 'add', 'mend'),
})

/** How often a key was measured by its row as it is and as its events give it; undefined where there is none. */
interface Modelled {
  readonly view: typeof Measures | typeof MeasuresInline
  stored: number | undefined
  right: number | undefined
}

/** What a row says when somebody has written it behind everybody's back. */
function spoilt({ view, stored }: Modelled, what: Deed['what']): number | undefined {
  if (what === 'spoil') return stored && stored + 100
  if (what === 'remove') return undefined
  // An inline row that has applied nothing would be made right by the next command.
  return what === 'add' && view === Measures ? (stored ?? 50) : stored
}

async function happens({ key, what }: Deed, row: Modelled, store: Store, sample: Row): Promise<void> {
  const { view } = row
  if (what === 'measure') for (const part of ['stored', 'right'] as const) row[part] = (row[part] ?? 0) + 1
  if (what === 'forget') row.stored = row.right = undefined
  if (what === 'mend') {
    const { changed, exists } = await mended(store, view.name, key)
    assert.deepEqual([changed, exists], [row.stored !== row.right, row.right !== undefined])
    row.stored = row.right
  }
  const times = spoilt(row, what)
  if (times === row.stored) return
  row.stored = times
  // The process that feeds the view remembers rows; whoever takes the bucket of the key away makes it forget them.
  await mended(store, view.name, key)
  await plant(store, view, key, (now, applied) => ({
    row: times === undefined ? undefined : { ...(now ?? { ...sample, id: key }), times },
    applied,
    tombstone: view === MeasuresInline,
  }))
}

async function livesThrough(deeds: readonly Deed[], open: Open, store: Store): Promise<void> {
  await open.execute(measure('seed', 1))
  await caughtUp(open)
  const sample = (await storedIn(store, Measures, 'seed'))!.row!
  const model = new Map<string, Modelled[]>()
  for (const key of ['a', 'b', 'c'])
    model.set(
      key,
      [Measures, MeasuresInline].map((view) => ({ view, stored: undefined, right: undefined })),
    )
  for (const each of deeds) {
    if (each.what === 'measure') await open.execute(measure(each.key, 4))
    if (each.what === 'forget') await open.execute(Forget({ id: each.key }))
    await caughtUp(open)
    for (const row of model.get(each.key)!) await happens(each, row, store, sample)
  }
  const expected = [...model].flatMap(([key, rows]) =>
    rows.flatMap(({ view, stored, right }) => (stored === right ? [] : [`${view.name} ${key}`])),
  )
  const { findings } = await compared(store)
  assert.deepEqual(findings.map(({ view, key }) => `${view} ${key}`).sort(), expected.sort())
  for (const { view, key } of findings) assert.equal((await mended(store, view, key)).changed, true)
  await assertEqual(store)
}

for (const { name, make } of storeKinds) {
  test(`exactly the rows that were spoilt and not made anew differ, as in a model [${name}]`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 4, maxLength: 16 }), async (deeds) => {
        const adapter = make(t)
        const store = await adapter.open({ clock: systemClock })
        const open = (await start(measures, { store: adapter })) as Open
        try {
          await livesThrough(deeds, open, store)
        } finally {
          await open.stop()
          await store.close()
        }
      }),
      { numRuns: name === 'memory' ? 20 : 5 },
    )
  })
}

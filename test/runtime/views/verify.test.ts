import assert from 'node:assert/strict'
import { projection, service, start, system, t as field, type StoreAdapter } from 'eventwright'
import { bucketOfKey } from '../../../src/ports/ownership.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Row } from '../../../src/ports/views.ts'
import { patience } from '../../fixtures/patience.ts'
import {
  compared,
  Forget,
  measure,
  Measurement,
  Measures,
  measures,
  MeasuresInline,
  mended,
  opened,
  plant,
  tableIn,
  Tally,
} from '../measures.fixture.ts'
import { running, until, type RunningOf } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

async function filled(adapter: StoreAdapter, keys = 12): Promise<void> {
  const open = (await start(measures, { store: adapter })) as RunningOf<typeof measures>
  for (let n = 0; n < keys; n++) await open.execute(measure(`k${n}`, n))
  for (let n = 0; n < keys; n += 2) await open.execute(measure(`k${n}`, n + 1))
  await open.execute(Forget({ id: 'k3' }))
  assert.ok(await open.caughtUp(patience))
  await open.stop()
}

const verdicts = ({ views }: Awaited<ReturnType<typeof compared>>) =>
  Object.values(views)
    .map(({ view, state, keys }) => [view, state, keys] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))

overStores('rows that are what their events give are no finding, all of them and a sample', async (t, adapter) => {
  await filled(adapter)
  const store = await opened(t, adapter)
  for (const keys of ['all', 100] as const) {
    const answer = await compared(store, { keys })
    assert.deepEqual(answer.findings, [])
    assert.deepEqual(verdicts(answer), [
      ['measures', 'equal', 12],
      ['measuresInline', 'equal', 12],
      ['measuresLive', 'not verifiable', 0],
      ['tally', 'equal', 13],
    ])
  }
  const few = await compared(store, { keys: 4 })
  assert.deepEqual(few.findings, [])
  assert.ok(few.views['tally']!.keys >= 2 && few.views['tally']!.keys < 13)
})

const wrong: readonly (readonly [
  field: string,
  change: (row: Row) => unknown,
  stored: string,
  replayed: string | null,
])[] = [
  ['price', () => '1.126', '1.126', '1.125'],
  ['count', () => 9_007_199_254_740_993n, '9007199254740993', '9007199254740994'],
  ['ratio', (row) => (row['ratio'] as number) + Number.EPSILON, String(1 / 3 + Number.EPSILON), String(1 / 3)],
  ['at', () => '2026-01-02T03:04:05.679Z', '2026-01-02T03:04:05.679Z', '2026-01-02T03:04:05.678Z'],
  ['blob', () => new Uint8Array([1, 0, 254]), 'AQD+', 'AQD/'],
  ['flag', () => true, 'true', 'false'],
  ['note', () => 'more', 'more', null],
]

overStores('a value of any kind that differs is found, with what is stored and what should be', async (t, adapter) => {
  await filled(adapter)
  const store = await opened(t, adapter)
  for (const view of [Measures, MeasuresInline]) {
    for (const [field, change, stored, replayed] of wrong) {
      const right: Row[] = []
      await plant(store, view, 'k1', (row) => {
        right.push(row!)
        return { row: { ...row, [field]: change(row!) } }
      })
      const { findings, views } = await compared(store)
      const fields = [{ field, stored, replayed }]
      assert.deepEqual(findings, [{ view: view.name, key: 'k1', kind: 'values', fields }])
      assert.deepEqual([views[view.name]!.state, views[view.name]!.different], ['different', 1])
      await plant(store, view, 'k1', () => ({ row: right[0] }))
    }
    await plant(store, view, 'k1', (row) => {
      const [first, second] = row!['parts'] as Row[]
      return { row: { ...row, parts: [first, { ...second, size: '3' }] } }
    })
    const { findings } = await compared(store)
    assert.equal(findings.length, 1)
    const [{ field, stored, replayed }] = findings[0]!.fields as [(typeof findings)[0]['fields'][0]]
    assert.equal(field, 'parts')
    assert.deepEqual([JSON.parse(stored!)[1].size, JSON.parse(replayed!)[1].size], ['3', '2'])
    await plant(store, view, 'k1', (row) => ({ row: { ...row, parts: JSON.parse(replayed!) } }))
  }
  assert.deepEqual((await compared(store)).findings, [])
})

/** Kinds of what is wrong, by view and key. */
const kinds = async (store: Store, keys: number | 'all' = 'all'): Promise<string[]> =>
  (await compared(store, { keys })).findings.map(({ view, key, kind }) => `${view} ${key}: ${kind}`).sort()

overStores(
  'rows that are missing or should not be there are found, of all keys and of a sample',
  async (t, adapter) => {
    await filled(adapter)
    const store = await opened(t, adapter)
    const expected: string[] = []
    for (const view of [Measures, MeasuresInline]) {
      let some: Row | undefined
      await plant(store, view, 'k0', (row) => {
        some = row
        return { row: undefined }
      })
      await plant(store, view, 'k3', () => ({ row: some }))
      await plant(store, view, 'zz', () => ({ row: some }))
      expected.push(`${view.name} k0: missing`, `${view.name} k3: surplus`, `${view.name} zz: surplus`)
    }
    for (const keys of ['all', 100] as const) assert.deepEqual(await kinds(store, keys), expected)
  },
)

overStores(
  'an inline row whose values are right and that names another event as its last is found',
  async (t, adapter) => {
    await filled(adapter)
    const store = await opened(t, adapter)
    await plant(store, MeasuresInline, 'k1', (row) => ({ row, applied: 7 }))
    const { findings } = await compared(store)
    const fields = [{ field: 'applied', stored: '7', replayed: '1' }]
    assert.deepEqual(findings, [{ view: 'measuresInline', key: 'k1', kind: 'applied', fields }])
  },
)

overStores('where rows do not fit into memory the log is read several times, and says the same', async (t, adapter) => {
  await filled(adapter, 60)
  const store = await opened(t, adapter)
  await plant(store, Tally, 'all', (row) => ({ row: { ...row, measured: 1 } }))
  await plant(store, Tally, 'k59', () => ({ row: undefined }))
  const once = await compared(store)
  const often = await compared(store, { keys: 'all', memoryBytes: 20_000 })
  assert.ok(often.passes > once.passes + 2, `${often.passes} passes`)
  const of = ({ findings }: typeof once) => findings.map(({ key, kind }) => `${key} ${kind}`).sort()
  assert.deepEqual(of(often), ['all values', 'k59 missing'])
  assert.deepEqual(of(once), of(often))
  assert.deepEqual(verdicts(often), verdicts(once))
})

/** With time for others between any two reads. */
function slowly(store: Store): Store {
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const slow = <A extends unknown[], T>(read: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      await pause()
      return read(...args).finally(pause)
    }
  }
  const { views, log, ownership } = store
  return {
    ...store,
    views: { ...views, find: slow(views.find), get: slow(views.get) },
    log: { ...log, readLog: slow(log.readLog), head: slow(log.head) },
    ownership: { ...ownership, list: slow(ownership.list) },
  }
}

overStores('a system that works gives no finding, however often it is compared', async (t, adapter) => {
  const [open, other] = [await running(t, measures, { store: adapter }), await running(t, measures, { store: adapter })]
  const store = slowly(await opened(t, adapter))
  let [isOver, written] = [false, 0]
  const write = async (of: RunningOf<typeof measures>, from: number): Promise<void> => {
    for (let n = from; !isOver; n += 3) {
      await of.execute(measure(`k${n % 7}`, n))
      if (n % 11 === 0) await of.execute(Forget({ id: `k${n % 7}` }))
      written++
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const writers = [write(open, 0), write(other, 1), write(open, 2)]
  try {
    for (let round = 0; round < 20; round++) {
      const before = written
      await until('more was written', () => written >= before + 10)
      if (round % 7 === 3) await open.operate.rebuild(round % 2 === 0 ? 'measures' : 'measuresInline')
      const memoryBytes = round % 5 === 0 ? { memoryBytes: 8_000 } : {}
      const { findings } = await compared(store, { keys: round % 2 === 0 ? 'all' : 5, ...memoryBytes })
      assert.deepEqual(findings, [], `round ${round}`)
    }
  } finally {
    isOver = true
    await Promise.all(writers)
  }
  const rows = await compared(store)
  assert.ok(rows.views['tally']!.keys >= 8)
})

overStores('what is right at the second look is no finding', async (t, adapter) => {
  await filled(adapter)
  const store = await opened(t, adapter)
  let looks = 0
  const find: Store['views']['find'] = async (table, query) => {
    const rows = await store.views.find(table, query)
    return table.name.startsWith('view_tally') && looks++ === 0 ? rows.slice(1) : rows
  }
  const { findings, views } = await compared({ ...store, views: { ...store.views, find } })
  assert.ok(looks > 0)
  assert.deepEqual(findings, [])
  assert.deepEqual([views['tally']!.state, views['tally']!.keys], ['equal', 13])
})

overStores('positions that are taken back meanwhile leave a view unsettled and not wrong', async (t, adapter) => {
  await filled(adapter)
  const store = await opened(t, adapter)
  let shift = 1_000
  const list: Store['ownership']['list'] = async (consumer) =>
    (await store.ownership.list(consumer)).map((row) => ({ ...row, position: row.position + shift-- }))
  const { findings, views } = await compared({ ...store, ownership: { ...store.ownership, list } })
  assert.deepEqual(findings, [])
  assert.deepEqual([views['measures']!.state, views['tally']!.state], ['unsettled', 'unsettled'])
})

overStores('rows of another release are not verifiable, and those of live views where they are', async (t, adapter) => {
  await filled(adapter)
  const store = await opened(t, adapter)
  const next = projection('tally', { from: Tally.from, key: () => 'one', row: { n: field.int() }, version: 2 }).on({
    Measured: (r: { n: number } | undefined) => ({ n: (r?.n ?? 0) + 1 }),
    Forgotten: (r: { n: number } | undefined) => ({ n: (r?.n ?? 0) + 1 }),
  } as never)
  const other = system('measures', { services: [service('measures', { parts: [Measurement, next, Measures] })] })
  const { views } = await compared(store, { keys: 'all' }, other as never)
  assert.deepEqual(
    [views['tally']!.state, views['tally']!.why],
    ['not verifiable', 'its rows are those of another release'],
  )
  assert.equal(views['measures']!.state, 'equal')
  const open = await running(t, measures, { store: adapter })
  assert.ok(await open.caughtUp(patience))
  const states: string[] = []
  for await (const step of open.inspect.verifyViews({ keys: 'all' }))
    states.push(...step.views.map(({ view, state, keys }) => `${view} ${state} ${keys}`))
  assert.deepEqual(states.sort(), [
    'measures equal 12',
    'measuresInline equal 12',
    'measuresLive equal 12',
    'tally equal 13',
  ])
})

overStores('buckets of one view may stand at different places', async (t, adapter) => {
  await filled(adapter)
  const store = await opened(t, adapter)
  const { consumer } = await tableIn(store, Measures)
  const { position } = (await store.ownership.list(consumer))[0]!
  await store.ownership.divide(consumer, 'log', 4, position)
  const bare = system('measures', { services: [service('measures', { parts: [Measurement] })] })
  const writer = await running(t, bare, { store: adapter })
  for (let n = 0; n < 12; n++) await writer.execute(measure(`k${n}`, 50))
  const head = await store.log.head(0)
  assert.ok(head > position)
  for (const key of ['k1', 'k5', 'new']) {
    const held = (await store.ownership.list(consumer)).find(({ bucket }) => bucket === bucketOfKey(key, 4))!
    const { source, bucket, epoch, position: from } = held
    const positions = [{ consumer, source, bucket, epoch, from, to: head, ttlMs: 1 }]
    if (from < head) assert.equal((await store.commit([{ positions }]))[0]!.ok, true)
  }
  const behind = (await store.ownership.list(consumer)).filter((row) => row.position < head).map(({ bucket }) => bucket)
  assert.ok(behind.length > 0 && behind.length < 4)
  const moved = Array.from({ length: 12 }, (_, n) => `k${n}`).filter((key) => !behind.includes(bucketOfKey(key, 4)))
  const { findings } = await compared(store)
  const wrong = findings.filter(({ view }) => view === 'measures').map(({ key }) => key)
  assert.deepEqual(wrong.sort(), moved.sort())
  for (const key of moved) assert.equal((await mended(store, 'measures', key)).changed, true)
  assert.deepEqual((await compared(store)).views['measures']!.state, 'equal')
})

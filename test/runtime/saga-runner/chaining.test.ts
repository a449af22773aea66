import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { aggregate, command, event, projection, saga, service, system, t as type, type StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { patience } from '../../fixtures/patience.ts'
import { gate, running, until, type RunningOf } from '../running.fixture.ts'
import { altered, everyStoreKind, overLocalStores, overStores } from '../stores.fixture.ts'

const id = { id: type.string() }
const Asked = event('Asked', id)
const Counted = event('Counted', { id: type.string(), by: type.string(), before: type.int() })
const Ask = command('Ask', id)

const Case = aggregate('Case', { events: [Asked], commands: [Ask], id: (c) => c.id, initial: () => 0 })
  .evolve({ Asked: (n) => n + 1 })
  .decide({ Ask: (c) => Asked(c) })

const AddOne = command('AddOne', id)

const Count = aggregate('Count', { events: [Counted], commands: [AddOne], id: (c) => c.id, initial: () => 0 })
  .evolve({ Counted: (n) => n + 1 })
  .decide({ AddOne: () => [] })

const Totals = projection('totals', { from: [Counted], key: () => 'all', row: { sum: type.int() }, mode: 'inline' }).on(
  {
    Counted: (row) => ({ sum: (row?.sum ?? 0) + 1 }),
  },
)

/** What a test does in the second of three local steps, each of which counts in a stream of its own or in one. */
interface Second {
  readonly stream?: string
  readonly reads?: boolean
  /** Whether a view is written with the events. */
  readonly sums?: boolean
  before?(): Promise<void> | undefined
}

function counting({ stream, reads = false, sums = false, before }: Second, calls: string[] = []) {
  const step = (name: string) => ({
    async do({ input }: { readonly input: { readonly id: string } }, context: any): Promise<void> {
      calls.push(name)
      if (name === 'two') await before?.()
      const at = stream ?? `${input.id}-${name}`
      if (name === 'two' && reads) {
        const { version } = await context.load(Count, `${input.id}-one`)
        context.append(Count, at, Counted({ id: input.id, by: name, before: version }))
      } else context.append(Count, at, Counted({ id: input.id, by: name, before: 0 }))
    },
    undo: () => undefined,
  })
  const counter = saga('counter', { startedBy: Asked, id: (e) => e.id })
    .local('one', step('one'))
    .local('two', step('two'))
    .pivotLocal('three', { do: step('three').do })
  const parts = [Case, Count, counter, ...(sums ? [Totals] : [])]
  return system('counting', { services: [service('counts', { parts, owner: 'test' })] })
}

/** What units that move an instance have brought to the store, as far as they have won, and how many have lost. */
function watched(adapter: StoreAdapter, units: Unit[], lost = { count: 0 }): StoreAdapter {
  return altered(adapter, (store: Store) => ({
    async commit(batch: readonly Unit[]) {
      const outcomes = await store.commit(batch)
      lost.count += outcomes.filter(({ ok }) => !ok).length
      units.push(...batch.filter(({ sagas = [] }, index) => outcomes[index]!.ok && sagas.length > 0))
      return outcomes
    },
  }))
}

/** The system once its sagas are looked after: what comes before that goes step by step. */
async function begun(
  t: TestContext,
  counter: ReturnType<typeof counting>,
  adapter: StoreAdapter,
): Promise<RunningOf<ReturnType<typeof counting>>> {
  const looks = gate()
  const store = altered(adapter, ({ sagas }: Store) => ({
    sagas: {
      ...sagas,
      list(page) {
        // Whoever begins looks first at what others have left.
        if (page.closed === false) looks.open()
        return sagas.list(page)
      },
    },
  }))
  const open = await running(t, counter, { store })
  await looks.passed
  return open
}

const statusOf = async (store: Store): Promise<string | undefined> => (await store.sagas.get('counter/1'))?.status
const typesIn = (units: readonly Unit[]): readonly (readonly string[])[] =>
  units.map(({ appends = [] }) => appends.flatMap(({ events }) => events.map((each) => each.type)))

overStores(
  'local steps that answer at once commit together with what has asked for them',
  async (t, adapter) => {
    const units: Unit[] = []
    const calls: string[] = []
    const open = await begun(t, counting({}, calls), watched(adapter, units))
    await open.execute(Ask({ id: '1' }))
    assert.ok(await open.caughtUp(patience))
    assert.deepEqual(calls, ['one', 'two', 'three'])
    assert.equal(units.length, 1)
    const types = typesIn(units)[0]!
    assert.equal(types.filter((each) => each === 'Counted').length, 3)
    const own = types.filter((each) => each.startsWith('ew.'))
    assert.deepEqual([own[0], own.at(-1)], ['ew.SagaStarted', 'ew.SagaCompleted'])
  },
  everyStoreKind,
)

overLocalStores('what a step reads shows what the steps before it have recorded', async (t, adapter) => {
  const units: Unit[] = []
  const calls: string[] = []
  const open = await begun(t, counting({ reads: true }, calls), watched(adapter, units))
  await open.execute(Ask({ id: '1' }))
  assert.ok(await open.caughtUp(patience))
  const counted = units.flatMap(({ appends = [] }) => appends.flatMap(({ events }) => events.map(({ data }) => data)))
  assert.ok(counted.includes(JSON.stringify({ before: 1, by: 'two', id: '1' })), counted.join())
  assert.deepEqual([units.length, calls], [2, ['one', 'two', 'three']])
})

overLocalStores(
  'a step that needs more than a moment is known to be under way, and is called once',
  async (t, adapter) => {
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const hold = gate()
    const calls: string[] = []
    const open = await running(t, counting({ before: () => hold.passed }, calls), { store: adapter })
    await open.execute(Ask({ id: '1' }))
    await until(
      'it is under way',
      async () => (await store.sagas.get('counter/1'))?.state.includes('inFlight') === true,
    )
    assert.equal(await statusOf(store), 'running')
    hold.open()
    await until('it has ended', async () => (await statusOf(store)) === 'completed')
    assert.deepEqual(calls, ['one', 'two', 'three'])
  },
)

overLocalStores('steps that record for one stream without reading it commit together', async (t, adapter) => {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const units: Unit[] = []
  const open = await begun(t, counting({ stream: 'all' }), watched(adapter, units))
  for (const each of ['1', '2']) await open.execute(Ask({ id: each }))
  assert.ok(await open.caughtUp(patience))
  assert.equal(units.length, 2)
  const counted = await store.log.readStream({ stream: 'Count/all', limit: 100 })
  assert.deepEqual(counted.map(({ data }) => (JSON.parse(data) as { readonly by: string }).by).toSorted(), [
    'one',
    'one',
    'three',
    'three',
    'two',
    'two',
  ])
})

overLocalStores('steps that write one row commit one after the other, and none in vain', async (t, adapter) => {
  const units: Unit[] = []
  const lost = { count: 0 }
  const open = await begun(t, counting({ stream: 'all', sums: true }), watched(adapter, units, lost))
  for (const each of ['1', '2']) {
    await open.execute(Ask({ id: each }))
    assert.ok(await open.caughtUp(patience))
  }
  const views = open.views as unknown as Record<string, { get(key: string): Promise<unknown> }>
  assert.deepEqual(await views['totals']!.get('all'), { sum: 6 })
  assert.equal(lost.count, 0)
  assert.equal(units.length, 6)
})

overLocalStores('an instance that a former owner has left goes on step by step', async (t, adapter) => {
  const hold = gate()
  const former = await adapter.open({ clock: systemClock })
  t.after(() => former.close())
  const first = await running(t, counting({ before: () => hold.passed }), { store: adapter, stopPatienceMs: 0 })
  await first.execute(Ask({ id: '1' }))
  const isUnderWay = async (): Promise<boolean> =>
    (await former.sagas.get('counter/1'))?.state.includes('inFlight') === true
  await until('it is under way', isUnderWay)
  await first.stop()
  const units: Unit[] = []
  await running(t, counting({}), { store: watched(adapter, units) })
  await until('it has ended', async () => (await statusOf(former)) === 'completed')
  assert.deepEqual(typesIn(units).slice(-2), [
    ['ew.StepSucceeded', 'ew.StepRequested', 'Counted'],
    ['ew.StepSucceeded', 'ew.SagaCompleted', 'Counted'],
  ])
  hold.open()
})

overLocalStores('a stop while a command begins a saga costs none of its local steps an attempt', async (t, adapter) => {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  let stopped: Promise<void> | undefined
  const before = async (): Promise<void> => {
    stopped ??= open.stop()
    for (let n = 0; n < 50; n++) await Promise.resolve()
  }
  const open = await begun(t, counting({ before }), adapter)
  await open.execute(Ask({ id: '1' })).catch(() => undefined)
  await stopped
  await running(t, counting({}), { store: adapter })
  await until('it has ended', async () => (await statusOf(store)) === 'completed')
  const events = await store.log.readStream({ stream: 'counter/1', limit: 100 })
  assert.equal(
    events.some(({ type }) => type === 'ew.StepAttemptFailed'),
    false,
    events.map(({ type }) => type).join(),
  )
})

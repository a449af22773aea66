import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, projection, saga, service, system, t as type, type StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { failure } from '../../../src/base/errors.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { EarlySaga } from '../../../src/runtime/saga-runner/early-starts.ts'
import { patience } from '../../fixtures/patience.ts'
import { gate, running, until } from '../running.fixture.ts'
import { altered, everyStoreKind, overLocalStores, overStores } from '../stores.fixture.ts'

const id = { id: type.string() }
const Asked = event('Asked', { id: type.string(), job: type.string() })
const Stepped = event('Stepped', id)
const Ask = command('Ask', { id: type.string(), job: type.string() })

const Case = aggregate('Case', { events: [Asked, Stepped], commands: [Ask], id: (c) => c.id, initial: () => 0 })
  .evolve({ Asked: (n) => n + 1, Stepped: (n) => n + 1 })
  .decide({ Ask: (c) => Asked(c) })

const Sums = projection('sums', {
  from: [Asked, Stepped],
  key: (e) => e.id,
  row: { sum: type.int() },
  mode: 'inline',
}).on({ Asked: (row) => ({ sum: (row?.sum ?? 0) + 1 }), Stepped: (row) => ({ sum: (row?.sum ?? 0) + 1 }) })

/** A saga whose only step records for a stream of its own, or for that of its order. */
function works({ sums = false, own = true } = {}) {
  const work = saga('work', { startedBy: Asked, id: (e) => e.job }).pivotLocal('one', {
    do({ input }, { append }: any): void {
      const at = own ? `${input.id}-one` : input.id
      append(Case, at, Stepped({ id: at }))
    },
  })
  return system('worker', {
    services: [service('work', { parts: [Case, work, ...(sums ? [Sums] : [])], owner: 'test' })],
  })
}

/** The store, with the units that have won; `refuses` says which are refused. */
function watched(adapter: StoreAdapter, won: Unit[], refuses: (unit: Unit) => boolean = () => false): StoreAdapter {
  return altered(adapter, (store: Store) => ({
    async commit(batch: readonly Unit[]) {
      if (batch.some(refuses)) throw failure('EW_UNIT', 'It is refused by the test.')
      const outcomes = await store.commit(batch)
      won.push(...batch.filter((_, index) => outcomes[index]!.ok))
      return outcomes
    },
  }))
}

const sectionsOf = (units: readonly Unit[]): readonly string[] =>
  units.flatMap(({ positions: _, ...unit }) => {
    const names = Object.entries(unit).flatMap(([name, list]) =>
      list === undefined || list.length === 0 ? [] : [name],
    )
    return names.length === 0 ? [] : [names.toSorted().join()]
  })

/** After this the owner of the saga is at work, and `won` is empty. */
async function warm(open: any, won: Unit[]): Promise<void> {
  await open.execute(Ask({ id: 'first', job: 'first' }))
  assert.ok(await open.caughtUp(patience))
  won.length = 0
}

overStores(
  'an instance is stored with the event that starts it where its owner is here, and no mail is written',
  async (t, adapter) => {
    const won: Unit[] = []
    const open = await running(t, works(), { store: watched(adapter, won) })
    await warm(open, won)
    const { events } = await open.execute(Ask({ id: 'a', job: 'a' }))
    assert.deepEqual(
      events.map(({ stream, version }) => `${stream}@${version}`),
      ['Case/a@1'],
    )
    assert.equal((await open.inspect.sagas({ limit: 10 })).find((each) => each.id === 'work/a')?.status, 'completed')
    assert.ok(await open.caughtUp(patience))
    // A step that does not answer at once, as on a busy machine, is a commit of its own.
    assert.deepEqual([...new Set(sectionsOf(won))], ['appends,sagas'])
  },
  everyStoreKind,
)

overLocalStores(
  'only the first event of a stream starts one so, and the second of one job starts nothing',
  async (t, adapter) => {
    const won: Unit[] = []
    const open = await running(t, works(), { store: watched(adapter, won) })
    await warm(open, won)
    await open.execute(Ask({ id: 'a', job: 'a' }))
    await open.execute(Ask({ id: 'a', job: 'b' }))
    assert.ok(await open.caughtUp(patience))
    assert.deepEqual(sectionsOf(won), ['appends,sagas', 'appends', 'mail', 'appends,mailUsed,sagas'])
    won.length = 0
    // Its instance is there, which is found when the commit loses: the event is stored all the same.
    await open.execute(Ask({ id: 'c', job: 'a' }))
    assert.ok(await open.caughtUp(patience))
    assert.deepEqual(sectionsOf(won), ['appends', 'mail', 'mailUsed'])
    assert.equal((await open.inspect.sagas({ limit: 10 })).length, 3)
  },
)

overLocalStores('what the store refuses of an instance keeps nobody from storing the event', async (t, adapter) => {
  const won: Unit[] = []
  const isJoined = ({ appends = [], sagas = [] }: Unit): boolean =>
    sagas.length > 0 && appends.some(({ stream }) => stream === 'Case/a')
  const open = await running(t, works(), { store: watched(adapter, won, isJoined) })
  await warm(open, won)
  await open.execute(Ask({ id: 'a', job: 'a' }))
  assert.ok(await open.caughtUp(patience))
  assert.deepEqual(sectionsOf(won), ['appends', 'mail', 'appends,mailUsed,sagas'])
})

overStores(
  'an instance that begins while it is looked at what a former owner has left is not taken for left',
  async (t, adapter) => {
    const [looks, commits, hold] = [gate(), gate(), gate()]
    const seen = altered(adapter, (store: Store) => ({
      sagas: {
        ...store.sagas,
        async list(page) {
          if (page.closed !== false) return store.sagas.list(page)
          looks.open()
          await commits.passed
          return store.sagas.list(page)
        },
      },
    }))
    let calls = 0
    const called = saga('called', { startedBy: Asked, id: (e) => e.job }).pivot('one', {
      do: () => (calls++, hold.passed),
    })
    const parts = service('calls', { parts: [Case, called], owner: 'test' })
    const open = await running(t, system('caller', { services: [parts] }), { store: seen })
    await looks.passed
    await open.execute(Ask({ id: 'a', job: 'a' }))
    commits.open()
    await until('it is called', () => calls > 0)
    hold.open()
    assert.ok(await open.caughtUp(patience))
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const events = await store.log.readStream({ stream: 'called/a', limit: 100 })
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ew.SagaStarted', 'ew.StepRequested', 'ew.StepSucceeded', 'ew.SagaCompleted'],
    )
    assert.equal(calls, 1)
  },
  everyStoreKind,
)

overLocalStores('a start that loses by its fence costs what is under way in its bucket nothing', async (t, adapter) => {
  let lost = 0
  // As where this process claims its buckets anew in that moment.
  const fencing = altered(adapter, (store: Store) => ({
    async commit(batch: readonly Unit[]) {
      const at = batch.findIndex(
        ({ sagas = [], appends = [] }) => sagas.length > 0 && appends.some(({ stream }) => stream === 'Case/second'),
      )
      if (at < 0) return store.commit(batch)
      lost++
      const { consumer, bucket, from: position } = batch[at]!.positions![0]!
      const others = await store.commit(batch.toSpliced(at, 1))
      return others.toSpliced(at, 0, { ok: false, reason: 'owner', consumer, bucket, position })
    },
  }))
  const hold = gate()
  let calls = 0
  const called = saga('called', { startedBy: Asked, id: (e) => e.job }).pivot('one', {
    do: ({ input }) => (calls++, input.job === 'first' ? hold.passed : undefined),
  })
  const parts = service('calls', { parts: [Case, called], owner: 'test' })
  const open = await running(t, system('caller', { services: [parts] }), { store: fencing })
  await open.execute(Ask({ id: 'first', job: 'first' }))
  await until('it is called', () => calls === 1)
  await open.execute(Ask({ id: 'second', job: 'second' }))
  hold.open()
  assert.ok(await open.caughtUp(patience))
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const events = await store.log.readStream({ stream: 'called/first', limit: 100 })
  assert.equal(lost, 1)
  assert.ok(!events.some(({ type }) => type === 'ew.StepAttemptFailed'), events.map(({ type }) => type).join())
})

overLocalStores('an instance of another owner gets mail', async (t, adapter) => {
  const won: Unit[] = []
  const owner = await running(t, works(), { store: adapter })
  await warm(owner, won)
  const open = await running(t, works(), { store: watched(adapter, won) })
  await open.execute(Ask({ id: 'a', job: 'a' }))
  assert.deepEqual(sectionsOf(won), ['appends'])
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  await until('it has ended', async () => (await store.sagas.get('work/a'))?.status === 'completed')
})

overLocalStores(
  'an instance that records for a row of its order begins after it, as each rests on the other',
  async (t, adapter) => {
    const won: Unit[] = []
    const open: any = await running(t, works({ sums: true, own: false }), { store: watched(adapter, won) })
    await warm(open, won)
    await open.execute(Ask({ id: 'a', job: 'a' }))
    assert.ok(await open.caughtUp(patience))
    assert.deepEqual(sectionsOf(won), ['appends,rows', 'mail', 'appends,mailUsed,rows,sagas'])
    assert.equal((await open.views.sums.get('a')).sum, 2)
  },
)

overLocalStores(
  'an instance that records for the stream of its order, whatever its version, comes with it',
  async (t, adapter) => {
    const won: Unit[] = []
    const open = await running(t, works({ own: false }), { store: watched(adapter, won) })
    await warm(open, won)
    await open.execute(Ask({ id: 'a', job: 'a' }))
    assert.ok(await open.caughtUp(patience))
    assert.deepEqual(sectionsOf(won), ['appends,sagas'])
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const events = await store.log.readStream({ stream: 'Case/a', limit: 10 })
    assert.deepEqual(
      events.map((each) => each.type),
      ['Asked', 'Stepped'],
    )
  },
)

test('of the events that have started an instance the newest thousands are known, and no more than some', () => {
  const started = new EarlySaga(saga('counted', { startedBy: Asked, id: (e) => e.job }).pivotLocal('one', { do() {} }))
  for (let n = 0; n < 12_000; n++) started.starts(`e${n}`)
  for (let n = 7_000; n < 12_000; n++) assert.ok(started.hasStarted(`e${n}`), `e${n}`)
  assert.ok(!started.hasStarted('e0'))
  started.startsNot('e7000')
  started.startsNot('e11999')
  assert.ok(!started.hasStarted('e7000') && !started.hasStarted('e11999'))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, memory, projection, service, start, system, t as field } from 'eventwright'
import { memoryViews } from '../../fixtures/memory-views.ts'
import { patience } from '../../fixtures/patience.ts'
import { measure, measures } from '../measures.fixture.ts'
import { running, until, type RunningOf } from '../running.fixture.ts'

async function caughtUp(open: { caughtUp(options: { timeoutMs: number }): Promise<boolean> }): Promise<void> {
  assert.ok(await open.caughtUp(patience))
}

const codeOf = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as { readonly code?: string }).code,
  )

test('a view that cannot be apart from the store stays where it is, and is refused where it is asked for', async (t) => {
  const views = memoryViews()
  const adapter = memory()
  const open = await running(t, measures, { store: adapter, views })
  await open.execute(measure('a', 1))
  await caughtUp(open)
  assert.deepEqual([...views.tables()].sort(), ['view_measures_1', 'view_tally_1'])
  assert.equal((await open.views.measuresInline.get('a'))?.times, 1)
  assert.equal((await open.views.measuresLive.get('a'))?.times, 1)
  for (const view of ['measuresInline', 'measuresLive', 'none'])
    assert.equal(await codeOf(start(measures, { store: memory(), views: memoryViews([view]) })), 'EW_CONFIG')
  const some = memoryViews(['tally'])
  await running(t, measures, { store: memory(), views: some })
  assert.deepEqual(some.tables(), ['view_tally_1'])
})

test('views of one store are not taken for those of another', async (t) => {
  const views = memoryViews()
  await running(t, measures, { store: memory(), views })
  assert.equal(await codeOf(start(measures, { store: memory(), views })), 'EW_STORE_FOREIGN')
})

test('SQL beside rows that cannot commit with it parks the key and says why', async (t) => {
  const open = await running(t, notes({ runsSql: true }), { store: memory(), views: memoryViews() })
  await open.execute(Note({ id: 'a', text: 'x' }))
  assert.match(await parkedIn(open), /EW_SQL_UNSUPPORTED/)
})

test('an event that got its key too late waits until its view is built anew', async (t) => {
  const [store, views] = [memory(), memoryViews()]
  const broken = await running(t, notes({ breaksKey: true }), { store, views })
  await broken.execute(Note({ id: 'a', text: 'x' }))
  assert.match(await parkedIn(broken), /no key/)
  await broken.stop()
  const open = await running(t, notes(), { store, views, mode: 'production' })
  await open.execute(Note({ id: 'b', text: 'y' }))
  await open.operate.deadLetters.replay(consumer, 'Notes/a')
  await until('it has failed again', async () => /EW_VIEW_REPLAY/.test(await parkedIn(open)))
  await open.operate.rebuild('texts')
  await until('it is whole', async () => (await open.views.texts.count()) === 2)
  assert.deepEqual(await open.views.texts.get('a'), { text: 'x' })
})

const consumer = 'view:texts#1'
const Noted = event('Noted', { id: field.string(), text: field.string() })
const Note = command('Note', { id: field.string(), text: field.string() })
const Notes = aggregate('Notes', { events: [Noted], commands: [Note], id: (c) => c.id, initial: () => 0 })
  .evolve({ Noted: (s) => s + 1 })
  .decide({ Note: (c) => Noted(c) })

function notes({ runsSql = false, breaksKey = false } = {}) {
  const texts = projection('texts', {
    from: [Noted],
    key({ id }) {
      if (breaksKey) throw new Error('no key')
      return id
    },
    row: { text: field.string() },
  }).on({
    Noted(_, { text }, __, tx) {
      if (runsSql) tx.run('insert into a values (1)')
      return { text }
    },
  })
  return system('notes', { services: [service('notes', { parts: [Notes, texts] })] })
}

/** What is parked of the view, once something is. */
async function parkedIn(open: RunningOf<ReturnType<typeof notes>>): Promise<string> {
  const letters = (): Promise<readonly unknown[]> => open.inspect.deadLetters.list({ consumer, limit: 1 })
  await until('something is parked', async () => (await letters()).length > 0)
  return JSON.stringify(await letters())
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, memory, saga, service, system, t as type } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { failure } from '../../../src/base/errors.ts'
import type { Store } from '../../../src/ports/store.ts'
import { ownership } from '../../../src/runtime/ownership.ts'
import { AtWork } from '../../../src/runtime/saga-runner/at-work.ts'
import type { Desk } from '../../../src/runtime/saga-runner/desk.ts'
import { Inbox } from '../../../src/runtime/saga-runner/inbox.ts'
import { mayLeave } from '../../../src/runtime/saga-runner/leaving.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { gate, running, until } from '../running.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'

const Asked = event('Asked', { id: type.string() })
const Stepped = event('Stepped', { id: type.string(), by: type.string() })
const Ask = command('Ask', { id: type.string() })

const Case = aggregate('Case', { events: [Asked, Stepped], commands: [Ask], id: (c) => c.id, initial: () => 0 })
  .evolve({ Asked: (n) => n + 1, Stepped: (n) => n + 1 })
  .decide({ Ask: (c) => Asked(c) })

/** A function, which may have done something that nobody here sees, and then a step that records. */
type Called = (step: 'charge' | 'note', id: string, attempt: number) => Promise<void> | void

function charging(called: Called) {
  const charge = saga('charging', { startedBy: Asked, id: (e) => e.id })
    .step('charge', {
      do: ({ input }, { attempt }) => called('charge', input.id, attempt),
      undo: () => undefined,
      // Once it is not known whether it has charged it has to be undone.
      retry: { maxAttempts: 1 },
    })
    .pivotLocal('note', {
      async do({ input }, context: any) {
        await called('note', input.id, context.attempt ?? 1)
        context.append(Case, `${input.id}-note`, Stepped({ id: input.id, by: 'note' }))
      },
    })
  return system('charges', { services: [service('charges', { parts: [Case, charge], owner: 'test' })] })
}

/** What the instances have recorded about themselves, by their names. */
async function typesOf(store: Store, id: string): Promise<readonly string[]> {
  return (await store.log.readStream({ stream: `charging/${id}`, limit: 100 })).map((each) => each.type)
}

const straight = [
  'ew.SagaStarted',
  'ew.StepRequested',
  'ew.StepSucceeded',
  'ew.StepRequested',
  'ew.StepSucceeded',
  'ew.SagaCompleted',
]

overStores(
  'a stop waits for steps that are under way, and their sagas go on',
  async (t, adapter) => {
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const [begun, hold] = [gate(), gate()]
    const calls: string[] = []
    const open = await running(
      t,
      charging((step, id) => {
        calls.push(`${step} ${id}`)
        begun.open()
        return step === 'charge' ? hold.passed : undefined
      }),
      { store: adapter },
    )
    await open.execute(Ask({ id: '1' }))
    await begun.passed
    const stopped = open.stop()
    hold.open()
    await stopped
    assert.deepEqual(calls, ['charge 1', 'note 1'])
    assert.deepEqual(await typesOf(store, '1'), straight)
  },
  everyStoreKind,
)

overStores('a stop does not wait for ever, and what it leaves is known to be cut off', async (t, adapter) => {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const [begun, hold] = [gate(), gate()]
  const open = await running(
    t,
    charging(() => (begun.open(), hold.passed)),
    { store: adapter, stopPatienceMs: 20 },
  )
  await open.execute(Ask({ id: '1' }))
  await begun.passed
  await open.stop()
  // What comes of it now is nobody's.
  hold.open()
  const next = await running(
    t,
    charging(() => undefined),
    { store: adapter },
  )
  await until('it is undone', async () => (await typesOf(store, '1')).includes('ew.SagaCompensated'))
  await next.stop()
})

test('a stop goes on with the others where the store has refused what one has come to', async (t) => {
  const adapter = memory()
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  let refuses = false
  const refusing = altered(adapter, (real) => ({
    async commit(batch) {
      if (!refuses || batch.every(({ sagas = [] }) => sagas.length === 0)) return real.commit(batch)
      refuses = false
      failed.open()
      throw failure('EW_STORE_FAILED', 'It fails once.')
    },
  }))
  const [failed, both] = [gate(), gate()]
  const holds = { a: gate(), b: gate() }
  let begun = 0
  const called: Called = (step, id) => {
    if (step === 'note') return
    if (++begun === 2) both.open()
    return holds[id as 'a' | 'b'].passed
  }
  const open = await running(t, charging(called), { store: refusing, stopPatienceMs: 60_000 })
  for (const id of ['a', 'b']) await open.execute(Ask({ id }))
  await both.passed
  const stopped = open.stop()
  refuses = true
  holds.a.open()
  await failed.passed
  holds.b.open()
  await stopped
  for (const id of ['a', 'b']) assert.deepEqual(await typesOf(store, id), straight)
})

test('a bucket that is wanted once more is kept for what is under way as long as before', async () => {
  const clock = fakeClock()
  const store = await memory().open({ clock })
  await store.ownership.ensure('c', 'mail', 2, 0)
  const leases = ownership(store, 'me', 1e12, clock)
  const wish = async (number: number): Promise<void> => {
    const row = (await store.ownership.list()).find(({ bucket }) => bucket === number)!
    await store.ownership.ask([row], 'other')
    await leases.share(new Set(['c']))
  }
  const [first] = await leases.claim('c', 'mail')
  const atWork = new AtWork()
  const [inbox, leaving] = [new Inbox(), new WeakMap()]
  const desk = { atWork, inbox, leaving, options: { clock } } as unknown as Desk<unknown, unknown>
  atWork.begin(first!.signal)
  await wish(first!.bucket)
  assert.equal(first!.wanted, true)
  assert.equal(mayLeave(desk, first!), false)
  // Something else was free, and whoever claims that keeps what he has.
  const [again] = await leases.claim('c', 'mail')
  assert.deepEqual([again!.wanted, again!.signal === first!.signal], [false, true])
  await clock.advance(3_600_000)
  await wish(first!.bucket)
  assert.equal(again!.wanted, true)
  assert.equal(mayLeave(desk, again!), false)
  await clock.advance(5_000)
  assert.equal(mayLeave(desk, again!), true)
})

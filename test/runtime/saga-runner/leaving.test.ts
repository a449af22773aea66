import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, saga, service, start, system, t as type, type Running } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import type { Store } from '../../../src/ports/store.ts'
import { AtWork } from '../../../src/runtime/saga-runner/at-work.ts'
import { all, gate, running, until } from '../running.fixture.ts'
import { everyStoreKind, overStores, type StoreKind } from '../stores.fixture.ts'

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

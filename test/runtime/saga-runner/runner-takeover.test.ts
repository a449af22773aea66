import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import { newId } from '../../../src/base/ids.ts'
import { canonicalJson } from '../../../src/base/json.ts'
import { streamHash } from '../../../src/base/hash.ts'
import { saga } from '../../../src/design/sagas/saga.ts'
import type { SagaEvent } from '../../../src/runtime/sagas/events.ts'
import { evolve } from '../../../src/runtime/sagas/evolve.ts'
import { stateText } from '../../../src/runtime/saga-runner/instances.ts'
import { until } from '../running.fixture.ts'
import { silentLog } from '../../../src/base/log.ts'
import { signal } from '../../../src/base/signal.ts'
import type { SagaMail } from '../../../src/ports/sagas.ts'
import type { Outcome } from '../../../src/ports/unit-of-work.ts'
import { bundleOf } from '../../../src/runtime/loop/bundle.ts'
import { ownership } from '../../../src/runtime/ownership.ts'
import { sagaRunner } from '../../../src/runtime/saga-runner/runner.ts'
import type { SagaState } from '../../../src/runtime/sagas/state.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { orderCreation, orderHandling, OrderApproved, OrderCreated, started } from '../sagas/order.fixture.ts'
import { overStores, storeKinds, type StoreKind } from '../stores.fixture.ts'
import {
  agreeing,
  delivered,
  isClosed,
  mailOf,
  openDesk,
  participants,
  rowOf,
  story,
  ticking,
  type Asked,
} from './runner.fixture.ts'

interface Ending {
  readonly commits: number
  readonly status: string
  readonly steps: unknown
  /** Keys of what the participants did, without repeats. */
  readonly effects: readonly string[]
}

/**
 * Runs a saga to its end; at the commit with that number the owner is cut off, before or behind it, and another one
 * goes on.
 */
async function ending(
  t: Parameters<StoreKind['make']>[0],
  adapter: StoreAdapter,
  declaration: AnySaga,
  mail: readonly SagaMail[],
  answer: typeof agreeing,
  cut?: { readonly at: number; readonly where: 'before' | 'behind' | 'unheard' },
): Promise<Ending> {
  const clock = fakeClock()
  const id = `${declaration.name}/7`
  let commits = 0
  let dead = false
  const dying = async (commit: () => Promise<Outcome>): Promise<Outcome> => {
    if (dead) throw new Error('the process is gone')
    if (++commits !== cut?.at) return commit()
    dead = cut.where !== 'unheard'
    if (cut.where !== 'before') await commit()
    throw new Error(dead ? 'the process is gone' : 'the answer was lost')
  }
  const effects = new Set<string>()
  const noted = (asked: Asked) => {
    const known = answer(asked)
    if (known.status === 'done') effects.add(asked.idempotencyKey)
    return known
  }
  const open = async (mortal: boolean) => {
    const desk = await openDesk(t, adapter, declaration, {
      clock,
      ...(mortal && { wrap: (commit) => (bucket, unit) => dying(() => commit(bucket, unit)) }),
    })
    participants(desk, noted)
    return desk
  }
  let desk = await open(true)
  await desk.post(mail)
  await ticking(clock, 'it ends or dies', async () => dead || (await isClosed(desk, id)))
  await desk.stop()
  desk = await open(false)
  await ticking(clock, 'the saga is closed', () => isClosed(desk, id))
  const row = (await rowOf(desk, id))!
  const { steps } = JSON.parse(row.state) as SagaState
  const told = await story(desk.space.store, id)
  assert.equal(told.length, row.version)
  await desk.stop()
  return { commits, status: row.status, steps: outcomes(steps), effects: [...effects] }
}

function outcomes(steps: SagaState['steps']): unknown {
  return Object.entries(steps).map(([name, { outcome, output, undo }]) => [name, outcome, undo, output ?? null])
}

const refusing = (asked: Asked) =>
  asked.type === 'ConfirmOrder' ? { status: 'refused' as const, code: 'order_cancelled' } : agreeing(asked)

const cases: readonly { readonly what: string; readonly saga: AnySaga; readonly answer: typeof agreeing }[] = [
  { what: 'completed', saga: orderCreation, answer: agreeing },
  { what: 'compensated', saga: orderCreation, answer: refusing },
  { what: 'completed by steps of every kind', saga: orderHandling, answer: agreeing },
]

for (const { name, make } of storeKinds) {
  for (const { what, saga, answer } of cases) {
    test(`a saga that is ${what} ends the same wherever its owner was cut off [${name}]`, async (t) => {
      const mail = [
        ...mailOf(saga, delivered(OrderApproved({ orderId: '7', by: 'ann' }))),
        ...mailOf(saga, delivered(OrderCreated(started))),
      ]
      const whole = await ending(t, make(t), saga, mail, answer)
      assert.ok(whole.commits >= 4)
      for (let at = 1; at <= whole.commits; at++) {
        for (const where of ['before', 'behind', 'unheard'] as const) {
          const { commits: _commits, ...end } = await ending(t, make(t), saga, mail, answer, { at, where })
          const { commits: _all, ...wanted } = whole
          assert.deepEqual(end, wanted, `${where} commit ${at}`)
        }
      }
    })
  }
}

overStores('an owner that was replaced records nothing and does nothing more', async (t, adapter) => {
  const clock = fakeClock()
  const store = await adapter.open({ clock })
  t.after(() => store.close())
  const leases = ownership(store, 'old', 1_000, clock)
  await leases.ensure('saga:order-creation', 'sagas', 1, 0)
  const [bucket] = await leases.claim('saga:order-creation', 'sagas')
  const mail = mailOf(orderCreation, delivered(OrderCreated(started)))
  const inbox = [{ service: 'orders', consumer: 'router', key: 'x', fingerprint: '', outcome: '{}' }]
  await store.commit([{ inbox, mail }])
  await clock.advance(2_000)
  const [taken] = await ownership(store, 'new', 1_000, clock).claim('saga:order-creation', 'sagas')
  assert.ok(taken !== undefined)
  let executed = 0
  const handler = sagaRunner({
    saga: orderCreation,
    service: 'orders',
    store,
    async commit(bucket, unit) {
      const [outcome] = await store.commit([{ ...unit, positions: [leases.move(bucket, bucket.position)] }])
      if (!outcome!.ok && outcome!.reason === 'owner') bucket.lose()
      return outcome!
    },
    clock,
    log: silentLog,
    wake: signal(),
    random: () => 0.5,
    ownerOf: () => 'orders',
    async execute() {
      executed++
      return { status: 'done' }
    },
    record: () => assert.fail('it records'),
    alert: () => undefined,
  })
  // It does not even heed that the bucket is lost.
  const { signal: deaf } = new AbortController()
  for (let round = 0; round < 3; round++) await handler.aside!(bundleOf([bucket!]), deaf)
  assert.equal(bucket!.lost, true)
  assert.equal(executed, 0)
  assert.equal(await store.sagas.get('order-creation/7'), undefined)
  assert.equal((await store.sagas.mail('order-creation', 0, 10)).length, 1)
  assert.equal(await store.log.head(1), 0)
})

overStores('an instance that is further than its owner knows is read anew', async (t, adapter) => {
  const clock = fakeClock()
  const desk = await openDesk(t, adapter, orderHandling, { clock })
  const id = 'order-handling/7'
  await desk.post(mailOf(orderHandling, delivered(OrderCreated(started))))
  await until('it waits', async () => (await rowOf(desk, id))?.status === 'waiting')
  const row = (await rowOf(desk, id))!
  const end: SagaEvent = { type: 'SagaTerminated', debts: [] }
  const after = { ...row, status: 'terminated', closed: true, dueAtMs: null, version: row.version + 1 }
  const { origin, ...state } = JSON.parse(row.state)
  const events = [{ ...stored, id: newId(), type: `ew.${end.type}`, data: canonicalJson({ debts: [] }) }]
  const append = { stream: id, hash: streamHash(id), partition: 1 as const, expected: row.version, events }
  const [outcome] = await desk.space.store.commit([
    { appends: [append], sagas: [{ ...after, state: stateText(evolve(state, end), origin) }] },
  ])
  assert.ok(outcome!.ok)
  await desk.post(mailOf(orderHandling, delivered(OrderApproved({ orderId: '7', by: 'ann' }))))
  const waiting = () => desk.space.store.sagas.mail('order-handling', 0, 10)
  await ticking(clock, 'the event is used up', async () => (await waiting()).length === 0)
  assert.equal((await story(desk.space.store, id)).at(-1), 'SagaTerminated')
  assert.equal((await rowOf(desk, id))!.status, 'terminated')
})

overStores('a function that ran with a former owner has failed there and is called again soon', async (t, adapter) => {
  const clock = fakeClock()
  const begunAtMs = clock.now()
  let calls = 0
  const once: AnySaga = saga('once', { startedBy: OrderCreated, id: (e) => e.orderId }).pivot('act', {
    do: () => (++calls === 1 ? new Promise<string>(() => undefined) : 'done'),
  })
  const first = await openDesk(t, adapter, once, { clock })
  await first.post(mailOf(once, delivered(OrderCreated(started))))
  await until('it is called', () => calls === 1)
  await first.stop()
  const second = await openDesk(t, adapter, once, { clock })
  await ticking(clock, 'the saga is closed', () => isClosed(second, 'once/7'), 10)
  assert.ok(clock.now() - begunAtMs < 20_000)
  assert.deepEqual(await story(second.space.store, 'once/7'), [
    'SagaStarted',
    'StepRequested',
    'StepAttemptFailed',
    'StepRetried',
    'StepSucceeded',
    'SagaCompleted',
  ])
})

overStores(
  'an owner that stops between two local steps leaves the saga to its mail, without an attempt',
  async (t, adapter) => {
    const clock = fakeClock()
    const calls: string[] = []
    let stopped: Promise<void> | undefined
    const local: AnySaga = saga('local', { startedBy: OrderCreated, id: (e) => e.orderId })
      .local('one', {
        noUndo: 'a test',
        async do() {
          calls.push('one')
          stopped ??= first.stop()
          // No longer than a moment, or it would be under way.
          for (let n = 0; n < 50; n++) await Promise.resolve()
        },
      })
      .pivotLocal('two', { do: () => void calls.push('two') })
    const first = await openDesk(t, adapter, local, { clock })
    await first.post(mailOf(local, delivered(OrderCreated(started))))
    await until('it is called', () => stopped !== undefined)
    await stopped
    const second = await openDesk(t, adapter, local, { clock })
    await ticking(clock, 'the saga is closed', () => isClosed(second, 'local/7'), 10)
    const told = await story(second.space.store, 'local/7')
    assert.equal(told.includes('StepAttemptFailed'), false, told.join())
    assert.deepEqual(calls, ['one', 'one', 'two'])
  },
)

overStores(
  'what a function answered before the stop is stored, whatever comes of the local steps behind it',
  async (t, adapter) => {
    const clock = fakeClock()
    const calls: string[] = []
    let stopped: Promise<void> | undefined
    const mixed: AnySaga = saga('mixed', { startedBy: OrderCreated, id: (e) => e.orderId })
      .step('far', { noUndo: 'a test', do: () => void calls.push('far') })
      .local('one', {
        noUndo: 'a test',
        async do() {
          stopped ??= first.stop()
          for (let n = 0; n < 50; n++) await Promise.resolve()
        },
      })
      .pivotLocal('two', { do: () => undefined })
    const first = await openDesk(t, adapter, mixed, { clock })
    await first.post(mailOf(mixed, delivered(OrderCreated(started))))
    await until('it is called', () => stopped !== undefined)
    await stopped
    const second = await openDesk(t, adapter, mixed, { clock })
    await ticking(clock, 'the saga is closed', () => isClosed(second, 'mixed/7'), 10)
    assert.deepEqual(calls, ['far'])
  },
)

const stored = { schemaVersion: 1, occurredAtMs: 0, meta: '{"causationId":"x","correlationId":"x"}', checksum: 0 }

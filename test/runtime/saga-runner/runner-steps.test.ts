import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { event, t as type, type StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { streamHash } from '../../../src/base/hash.ts'
import type { LocalWork } from '../../../src/runtime/saga-runner/options.ts'
import { reject } from '../../../src/design/decision.ts'
import { saga } from '../../../src/design/sagas/saga.ts'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import type { SagaState } from '../../../src/runtime/sagas/state.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { gate, until } from '../running.fixture.ts'
import { orderHandling, OrderApproved, OrderCreated, started } from '../sagas/order.fixture.ts'
import { overStores, storeKinds } from '../stores.fixture.ts'
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
} from './runner.fixture.ts'

const id = 'order-handling/7'
const begun = () => mailOf(orderHandling, delivered(OrderCreated(started)))
const approved = (orderId = '7') => mailOf(orderHandling, delivered(OrderApproved({ orderId, by: 'ann' })))
const Begun = event('Begun', { id: type.string() })

overStores('functions, recorded effects, a wait and commands follow each other', async (t, adapter) => {
  const desk = await openDesk(t, adapter, orderHandling)
  const others = participants(desk, agreeing)
  await desk.post(begun())
  await until('it waits', async () => (await rowOf(desk, id))?.status === 'waiting')
  await desk.post(approved('8'))
  await desk.post(approved())
  await until('the saga is closed', () => isClosed(desk, id))
  const { steps, status } = JSON.parse((await rowOf(desk, id))!.state) as SagaState
  assert.equal(status, 'completed')
  assert.deepEqual(
    Object.entries(steps).map(([name, { outcome }]) => [name, outcome]),
    ['quote', 'hold', 'note', 'approval', 'decide', 'ship', 'tell'].map((name) => [name, 'done']),
  )
  assert.deepEqual(steps['hold']!.output, { hold: `${id}/hold/do` })
  assert.deepEqual(
    others.asked.map(({ data }) => data),
    [{ orderId: '7', paymentId: 'ann' }],
  )
  // The event of another order waits for that one's saga.
  const waiting = await desk.space.store.sagas.mail('order-handling', 0, 10)
  assert.deepEqual(
    waiting.map(({ address }) => address),
    ['approval=8'],
  )
})

overStores('an event that came before its wait counts, once, whoever owned the saga then', async (t, adapter) => {
  const first = await openDesk(t, adapter, orderHandling)
  await first.post(approved())
  await first.post(approved('8'))
  await first.stop()
  const desk = await openDesk(t, adapter, orderHandling)
  participants(desk, agreeing)
  await desk.post(begun())
  await until('the saga is closed', () => isClosed(desk, id))
  const told = await story(desk.space.store, id)
  assert.equal(told.filter((type) => type === 'SignalReceived').length, 1)
  const waiting = await desk.space.store.sagas.mail('order-handling', 0, 10)
  assert.deepEqual(
    waiting.map(({ address }) => address),
    ['approval=8'],
  )
})

overStores('an event that comes to a new owner finds whoever waits', async (t, adapter) => {
  const first = await openDesk(t, adapter, orderHandling)
  await first.post(begun())
  await until('it waits', async () => (await rowOf(first, id))?.status === 'waiting')
  await first.stop()
  const desk = await openDesk(t, adapter, orderHandling)
  participants(desk, agreeing)
  await desk.post(approved())
  await until('the saga is closed', () => isClosed(desk, id))
})

overStores('a wait that is over turns the saga back, in reverse order', async (t, adapter) => {
  const clock = fakeClock()
  const desk = await openDesk(t, adapter, orderHandling, { clock })
  await desk.post(begun())
  await until('it waits', async () => (await rowOf(desk, id))?.status === 'waiting')
  await clock.advance(86_400_000)
  await until('the saga is closed', () => isClosed(desk, id))
  const told = await story(desk.space.store, id)
  assert.deepEqual(told.slice(-7), [
    'WaitTimedOut',
    'CompensationStarted',
    'UndoRequested',
    'UndoSucceeded',
    'UndoRequested',
    'UndoSucceeded',
    'SagaCompensated',
  ])
})

test('the signal of a function fires when its attempt has lasted too long; the next has the same key', async (t) => {
  const clock = fakeClock()
  const calls: string[] = []
  const slow: AnySaga = saga('slow', { startedBy: Begun, id: (e) => e.id }).pivot('wait', {
    attemptTimeout: '5s',
    do: (_s, { attempt, key, signal }) => {
      calls.push(`${attempt} ${key}`)
      if (attempt > 1) return 'done'
      return new Promise<string>((_resolve, fail) => signal.addEventListener('abort', () => fail(signal.reason)))
    },
  })
  const desk = await openDesk(t, storeKinds[0]!.make(t), slow, { clock })
  await desk.post(mailOf(slow, delivered(Begun({ id: '1' }))))
  await ticking(clock, 'the saga is closed', () => isClosed(desk, 'slow/1'))
  assert.deepEqual(calls, ['1 slow/1/wait/do', '2 slow/1/wait/do'])
})

/** A saga whose only step records SQL. */
function noting(sql: string, onCall: () => unknown = () => undefined): AnySaga {
  return saga('noting', { startedBy: Begun, id: (e) => e.id })
    .local('note', {
      retry: { maxAttempts: 2, initial: '10ms' },
      noUndo: 'a note',
      do: async (s, { tx }) => {
        tx.run(sql, [s.input.id])
        await onCall()
        return { noted: s.input.id }
      },
    })
    .finish('end', { do: () => undefined })
}

async function withNotes(t: TestContext): Promise<StoreAdapter> {
  const adapter = storeKinds[1]!.make(t)
  const clock = fakeClock()
  const store = await adapter.open({ clock })
  const inbox = [{ service: 'x', consumer: 'x', key: 'x', fingerprint: '', outcome: '{}' }]
  const statements = [{ sql: 'create table notes (id text primary key)', params: [] }]
  const [outcome] = await store.commit([{ inbox, statements }])
  assert.equal(outcome!.ok, true)
  await store.close()
  return adapter
}

test('what a local step records commits with the fact that it is done; a late one records nothing', async (t) => {
  const adapter = await withNotes(t)
  const late = gate()
  let calls = 0
  const declaration = noting('insert into notes values (?)', () => (++calls === 1 ? late.passed : undefined))
  const clock = fakeClock()
  const desk = await openDesk(t, adapter, declaration, { clock })
  await desk.post(mailOf(declaration, delivered(Begun({ id: '1' }))))
  await ticking(clock, 'the second attempt is done', () => isClosed(desk, 'noting/1'), 1_000)
  late.open()
  await desk.post(mailOf(declaration, delivered(Begun({ id: '2' }))))
  await ticking(clock, 'the other saga is closed', () => isClosed(desk, 'noting/2'))
  assert.deepEqual(await desk.space.store.query('select id from notes order by id', []), [{ id: '1' }, { id: '2' }])
  assert.equal(calls, 3)
})

test('a local step whose record the store refuses has failed, and only its own saga bears that', async (t) => {
  const adapter = await withNotes(t)
  const declaration = noting('insert into nowhere values (?)')
  const clock = fakeClock()
  const desk = await openDesk(t, adapter, declaration, { clock })
  await desk.post(mailOf(declaration, delivered(Begun({ id: '1' }))))
  await ticking(clock, 'the saga is closed', () => isClosed(desk, 'noting/1'))
  const told = await story(desk.space.store, 'noting/1')
  assert.equal(told.filter((each) => each === 'StepAttemptFailed').length, 2)
  assert.equal(told.at(-1), 'SagaCompensated')
})

test('a local step whose records meet another writer runs again, and no attempt is counted', async (t) => {
  const declaration = noting('')
  let records = 0
  let stored = 0
  const record = (): LocalWork => {
    const expected = ++records === 1 ? 5 : 0
    const stream = 'account/1'
    const append = { stream, hash: streamHash(stream), partition: 0 as const, expected, events: [] }
    const context = { tx: { run: () => undefined } } as never
    return { context, unit: async () => ({ appends: [append] }), committed: () => void stored++ }
  }
  const desk = await openDesk(t, storeKinds[0]!.make(t), declaration, { clock: systemClock, record })
  await desk.post(mailOf(declaration, delivered(Begun({ id: '1' }))))
  await until('the saga is closed', () => isClosed(desk, 'noting/1'))
  assert.deepEqual([records, stored], [2, 1])
  assert.ok(!(await story(desk.space.store, 'noting/1')).includes('StepAttemptFailed'))
})

test('a function that refuses turns its saga back', async (t) => {
  const declaration: AnySaga = saga('no', { startedBy: Begun, id: (e) => e.id }).pivot('try', {
    do: () => reject('no'),
  })
  const desk = await openDesk(t, storeKinds[0]!.make(t), declaration)
  await desk.post(mailOf(declaration, delivered(Begun({ id: '1' }))))
  await until('the saga is closed', () => isClosed(desk, 'no/1'))
  assert.equal((await rowOf(desk, 'no/1'))!.status, 'compensated')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import type { SagaState } from '../../../src/runtime/sagas/state.ts'
import { cancelMail, operatorMail } from '../../../src/runtime/saga-runner/mail.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { listening, until } from '../running.fixture.ts'
import { orderCreation, OrderCreated, started } from '../sagas/order.fixture.ts'
import { overStores } from '../stores.fixture.ts'
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

const id = 'order-creation/7'
const begun = () => mailOf(orderCreation, delivered(OrderCreated(started)))

const forward = [
  'SagaStarted',
  'StepRequested',
  'StepSucceeded',
  'StepRequested',
  'StepSucceeded',
  'StepRequested',
  'StepSucceeded',
  'SagaCompleted',
]

overStores('a saga asks one participant after the other and is completed', async (t, adapter) => {
  const desk = await openDesk(t, adapter, orderCreation)
  const others = participants(desk, agreeing)
  const [start] = begun()
  await desk.post([start!])
  await until('the saga is closed', () => isClosed(desk, id))
  assert.deepEqual(await story(desk.space.store, id), forward)
  const row = await rowOf(desk, id)
  assert.deepEqual([row!.status, row!.version, row!.dueAtMs, row!.service], ['completed', 8, null, 'orders'])
  assert.deepEqual(
    others.asked.map(({ idempotencyKey, row, terms }) => [idempotencyKey, row.channel, row.key, terms!.undoes]),
    [
      [`${id}/reserve-inventory/do`, 'warehouse.commands', id, null],
      [`${id}/process-payment/do`, 'warehouse.commands', id, null],
      [`${id}/confirm-order/do`, 'warehouse.commands', id, null],
    ],
  )
  assert.deepEqual(others.asked[0]!.terms!.finalRefusals, ['out_of_stock'])
  assert.equal(others.asked[0]!.replyTo!.channel, 'orders.replies')
  const { correlationId } = JSON.parse(start!.body).origin as { correlationId: string }
  const events = await desk.space.store.log.readStream({ stream: id, from: 1, limit: 10 })
  for (const { meta, partition } of events)
    assert.deepEqual([JSON.parse(meta).correlationId, partition], [correlationId, 1])
  // What asks for a command is its cause.
  assert.equal(others.asked[0]!.origin.causationId, events[1]!.id)
  assert.equal(others.asked[0]!.origin.correlationId, correlationId)
  assert.deepEqual(await desk.space.store.sagas.mail('order-creation', 0, 10), [])
})

overStores('what is refused is undone in reverse order, and the failure is recorded', async (t, adapter) => {
  const desk = await openDesk(t, adapter, orderCreation)
  const refusing = (asked: Asked) =>
    asked.type === 'ConfirmOrder' ? { status: 'refused' as const, code: 'order_cancelled' } : agreeing(asked)
  const others = participants(desk, refusing)
  await desk.post(begun())
  await until('the saga is closed', () => isClosed(desk, id))
  assert.equal((await rowOf(desk, id))!.status, 'compensated')
  const keys = others.asked.map(({ idempotencyKey }) => idempotencyKey.slice(id.length + 1))
  assert.deepEqual(keys.slice(3), ['process-payment/undo', 'reserve-inventory/undo', 'failed/do'])
  assert.equal(others.asked[3]!.terms!.undoes, `${id}/process-payment/do`)
  assert.deepEqual(others.asked.at(-1)!.data, { orderId: '7', reason: 'order_cancelled' })
})

overStores(
  'a step that nobody answers is asked again with the same key, then undone as unknown',
  async (t, adapter) => {
    const clock = fakeClock()
    const desk = await openDesk(t, adapter, orderCreation, { clock })
    const silent = (asked: Asked) => (asked.type === 'ChargePayment' ? undefined : agreeing(asked))
    const others = participants(desk, silent)
    await desk.post(begun())
    await ticking(clock, 'the saga is closed', () => isClosed(desk, id))
    const charges = others.asked.filter(({ type }) => type === 'ChargePayment')
    assert.deepEqual(
      charges.map(({ idempotencyKey, replyTo }) => [idempotencyKey, JSON.parse(replyTo!.address).attempt]),
      [1, 2].map((attempt) => [`${id}/process-payment/do`, attempt]),
    )
    const [refund] = others.asked.filter(({ type }) => type === 'RefundPayment')
    assert.deepEqual(refund!.data, { byKey: id, of: 'unknown' })
    const told = await story(desk.space.store, id)
    assert.ok(told.includes('StepOutcomeUnknown'))
    assert.equal(told.at(-1), 'SagaCompensated')
  },
)

overStores('attempts are counted across owners', async (t, adapter) => {
  const clock = fakeClock()
  const silent = (asked: Asked) => (asked.type === 'ChargePayment' ? undefined : agreeing(asked))
  const first = await openDesk(t, adapter, orderCreation, { clock })
  const others = participants(first, silent)
  await first.post(begun())
  const attempts = async () => {
    const row = await rowOf(first, id)
    return row === undefined ? 0 : (JSON.parse(row.state) as SagaState).steps['process-payment']?.request?.attempt
  }
  await ticking(clock, 'the second attempt is under way', async () => (await attempts()) === 2, 50)
  // The row is there before whoever carries the requests has looked.
  await until('the second request has left', () => others.asked.filter(({ type }) => type === 'ChargePayment').length === 2)
  await first.stop()
  const second = await openDesk(t, adapter, orderCreation, { clock })
  participants(second, silent)
  await ticking(clock, 'the saga is closed', () => isClosed(second, id), 500)
  const told = await story(second.space.store, id)
  assert.equal(told.filter((type) => type === 'StepAttemptFailed').length, 2)
  assert.equal(told.filter((type) => type === 'StepRetried').length, 1)
})

overStores('mail and answers that come twice have effect once', async (t, adapter) => {
  const desk = await openDesk(t, adapter, orderCreation)
  const others = participants(desk, agreeing, 3)
  const event = delivered(OrderCreated(started))
  await Promise.all([1, 2, 3].map(() => desk.post(mailOf(orderCreation, event))))
  await desk.post(mailOf(orderCreation, delivered(OrderCreated({ ...started, sku: 'coffee' }))))
  await until('the saga is closed', () => isClosed(desk, id))
  await until('no mail waits', async () => (await desk.space.store.sagas.mail('order-creation', 0, 10)).length === 0)
  assert.deepEqual(await story(desk.space.store, id), forward)
  assert.equal(others.asked.length, 3)
  assert.equal(others.asked[0]!.data.sku, 'tea')
})

overStores('an answer for an instance that nobody knows is used up, and the log says why', async (t, adapter) => {
  const log = listening()
  const said: unknown[] = []
  const desk = await openDesk(t, adapter, orderCreation, {
    log: { ...log, warn: (message, fields) => void said.push([message, fields?.['instance'], fields?.['why']]) },
  })
  const body = { step: 'reserve-inventory', action: 'do', execId: 1, attempt: 1, result: { status: 'done' } }
  const lost = {
    saga: 'order-creation',
    address: 'order-creation/9',
    key: 'k',
    kind: 'reply',
    body: JSON.stringify(body),
  }
  await desk.post([lost])
  await until('it is refused', () => said.length > 0)
  assert.deepEqual(said, [['a message to an instance was refused', 'order-creation/9', 'there is no such instance']])
  await until('no mail waits', async () => (await desk.space.store.sagas.mail('order-creation', 0, 10)).length === 0)
})

overStores('an order of an operator turns a saga back, or gives it up', async (t, adapter) => {
  const clock = fakeClock()
  const desk = await openDesk(t, adapter, orderCreation, { clock })
  const silent = (asked: Asked) => (asked.type === 'ChargePayment' ? undefined : agreeing(asked))
  participants(desk, silent)
  await desk.post(begun())
  await until('it charges', async () => (await story(desk.space.store, id)).length === 4)
  await desk.post([cancelMail(id, { id: 'o1', who: 'ann', why: 'test' })])
  await desk.post([cancelMail(id, { id: 'o1', who: 'ann', why: 'test' })])
  await until('it is cancelled', async () => (await story(desk.space.store, id)).includes('CancelRequested'))
  await desk.post([operatorMail(id, { id: 'o2', who: 'ann', why: 'test' }, { kind: 'terminate' })])
  await until('it is closed', () => isClosed(desk, id))
  const told = await story(desk.space.store, id)
  assert.deepEqual(told.slice(4), ['CancelRequested', 'OperatorActed', 'SagaTerminated'])
  assert.deepEqual((JSON.parse((await rowOf(desk, id))!.state) as SagaState).debts, [
    'reserve-inventory',
    'process-payment',
  ])
})

test('a command of its own service is executed here, with the same key again after a take-over', async (t) => {
  const adapter = memory()
  const keys: string[] = []
  const causes: string[] = []
  const first = await openDesk(t, adapter, orderCreation, {
    ownerOf: () => 'orders',
    execute: ({ key }, { causationId }) => {
      keys.push(key)
      causes.push(causationId)
      return new Promise(() => undefined)
    },
  })
  await first.post(begun())
  await until('it is executed', () => keys.length === 1)
  await first.stop()
  const second = await openDesk(t, adapter, orderCreation, {
    ownerOf: () => 'orders',
    async execute(command, { causationId }) {
      keys.push(command.key)
      causes.push(causationId)
      return agreeing({ type: command.command } as Asked)
    },
  })
  await until('the saga is closed', () => isClosed(second, id))
  assert.deepEqual(await story(second.space.store, id), forward)
  const [reserve, charge, confirm] = ['reserve-inventory', 'process-payment', 'confirm-order']
  assert.deepEqual(
    keys,
    [reserve, reserve, charge, confirm].map((step) => `${id}/${step}/do`),
  )
  assert.equal(await second.space.store.outbox.head(), 0)
  // What asks for it is its cause, for whoever takes over as well.
  const events = await second.space.store.log.readStream({ stream: id, from: 1, limit: 10 })
  assert.deepEqual(
    causes,
    [1, 1, 3, 5].map((at) => events[at]!.id),
  )
})

test('instances of another version are left alone, and the log says so once', async (t) => {
  const adapter = memory()
  const first = await openDesk(t, adapter, orderCreation)
  for (const orderId of ['7', '8'])
    await first.post(mailOf(orderCreation, delivered(OrderCreated({ ...started, orderId }))))
  const hasBegun = async (each: string): Promise<boolean> => (await rowOf(first, each)) !== undefined
  await until('both have begun', async () => (await hasBegun(id)) && hasBegun('order-creation/8'))
  await first.stop()
  const said: unknown[] = []
  const clock = fakeClock()
  await clock.advance(3_600_000 * 2)
  const next = { ...orderCreation, version: 2 }
  const second = await openDesk(t, adapter, next, {
    clock,
    log: { ...listening(), warn: (message, fields) => void said.push([message, fields?.['why']]) },
  })
  await second.post(mailOf(next, delivered(OrderCreated({ ...started, orderId: '9' }))))
  await until('a new one runs', async () => (await rowOf(second, 'order-creation/9')) !== undefined)
  assert.deepEqual(said, [['an instance is left alone', 'the instance needs version 1 of saga order-creation']])
  assert.equal((await rowOf(second, id))!.version, 2)
  assert.equal((await rowOf(second, 'order-creation/9'))!.definitionVersion, 2)
})

import { nextId } from '../store/raw-event.ts'
import type { RawEvent, RawMessage, RawSagas } from './raw-sagas.ts'
import type { order } from './shop.ts'

/** An order on its way through its saga. */
export interface Journey {
  readonly data: ReturnType<typeof order>
  readonly id: string
  /** The number of the saga's stream. */
  no: number
  /** The message that was written last. */
  message: RawMessage | undefined
}

/** What one transaction writes for one saga. */
export type Stage = (rows: RawSagas, journey: Journey) => void

interface Step {
  readonly name: 'reserve' | 'charge' | 'ship'
  readonly service: string
  readonly command: string
  /** Its stream and event. */
  readonly effect: readonly [aggregate: string, event: string]
  data(data: Journey['data']): object
}

const steps: readonly Step[] = [
  {
    name: 'reserve',
    service: 'stock',
    command: 'Reserve',
    effect: ['Stock', 'Reserved'],
    data: ({ orderId, sku }) => ({ orderId, sku }),
  },
  {
    name: 'charge',
    service: 'payments',
    command: 'Charge',
    effect: ['Payment', 'Charged'],
    data: ({ orderId, total }) => ({ orderId, total }),
  },
  {
    name: 'ship',
    service: 'delivery',
    command: 'Ship',
    effect: ['Parcel', 'Shipped'],
    data: ({ orderId }) => ({ orderId, paymentId: `payment-${orderId}` }),
  },
]

/** The transactions of a saga whose steps are local: the order with the start, and one for each step. */
export const localStages: readonly Stage[] = [
  (rows, journey) => {
    placed(rows, journey)
    begun(rows, journey, 'localFulfilment')
  },
  ...steps.map((step, index): Stage => {
    return (rows, journey) => {
      rows.stream(`${step.effect[0]}/${journey.data.orderId}`, 0, [effectOf(step, journey)])
      goneOn(rows, journey, 'localFulfilment', index)
    }
  }),
]

/** The transactions of a saga over channels: six more a step, from the relay of the request to the reply as mail. */
export const channelStages: readonly Stage[] = [
  (rows, journey) => {
    placed(rows, journey)
    begun(rows, journey, 'fulfilment')
    ask(rows, journey, 0)
  },
  ...steps.flatMap((step, index): Stage[] => [
    (rows, journey) => {
      rows.publish(journey.message!)
    },
    (rows, journey) => {
      rows.stream(`${step.effect[0]}/${journey.data.orderId}`, 0, [effectOf(step, journey)])
      rows.answered(
        step.service,
        `${journey.id}/${step.name}/do`,
        `{"events":["${nextId(Date.now())}"],"status":"done"}`,
      )
    },
    (rows, journey) => {
      journey.message = replyOf(step, journey, index)
      rows.send(step.service, journey.message, `${step.command}.reply`)
    },
    (rows, journey) => {
      rows.publish(journey.message!)
    },
    (rows, { id }) => {
      const body = { step: step.name, action: 'do', execId: index + 1, attempt: 1, result: { status: 'done' } }
      rows.mail('fulfilment', id, `reply/${index + 1}/do/1/done`, 'reply', JSON.stringify(body))
    },
    (rows, journey) => {
      rows.useMail('fulfilment', journey.id, `reply/${index + 1}/do/1/done`)
      goneOn(rows, journey, 'fulfilment', index)
      if (index + 1 < steps.length) ask(rows, journey, index + 1)
    },
  ]),
]

function placed(rows: RawSagas, { data }: Journey): void {
  rows.stream(`Order/${data.orderId}`, 0, [eventOf('OrderPlaced', data)])
}

function begun(rows: RawSagas, journey: Journey, saga: string): void {
  const { id, data } = journey
  journey.no = rows.stream(id, 1, [
    eventOf('ew.SagaStarted', { saga, sagaId: id, version: 1, atMs: Date.now(), deadlineAtMs: null, input: data }),
    eventOf('ew.StepRequested', requested(journey, 0)),
  ])
  rows.saga(saga, id, 'running', 2, stateOf(journey, saga, 0))
}

/** The step is done, and the next one is asked for or the saga ends. */
function goneOn(rows: RawSagas, journey: Journey, saga: string, index: number): void {
  const { id, no } = journey
  const ends = index + 1 === steps.length
  const version = 2 * (index + 1)
  rows.more(no, id, version, [
    eventOf('ew.StepSucceeded', { step: steps[index]!.name, execId: index + 1, attempt: 1 }),
    ends
      ? eventOf('ew.SagaCompleted', { atMs: Date.now() })
      : eventOf('ew.StepRequested', requested(journey, index + 1)),
  ])
  rows.saga(saga, id, ends ? 'completed' : 'running', version + 2, stateOf(journey, saga, index + 1))
}

function ask(rows: RawSagas, journey: Journey, index: number): void {
  const step = steps[index]!
  const id = nextId(Date.now())
  const headers = JSON.stringify({
    ...headersOf(id, 'orders', `${step.service}.${step.command}`),
    ew_key: `${journey.id}/${step.name}/do`,
    ew_replyto: 'orders.replies',
    ew_replykey: journey.id,
    ew_reply: replyAddress(step, journey, index),
    ew_terms: JSON.stringify({ undoes: null, deadlineAtMs: null, finalRefusals: null }),
  })
  const value = JSON.stringify(step.data(journey.data))
  journey.message = { channel: `${step.service}.commands`, key: journey.id, id, headers, value }
  rows.send('orders', journey.message, step.command)
}

function replyOf(step: Step, journey: Journey, index: number): RawMessage {
  const id = nextId(Date.now())
  const headers = JSON.stringify({
    ...headersOf(id, step.service, `${step.service}.${step.command}.reply`),
    ew_reply: replyAddress(step, journey, index),
  })
  return { channel: 'orders.replies', key: journey.id, id, headers, value: '{"status":"done"}' }
}

function replyAddress(step: Step, { id: sagaId }: Journey, index: number): string {
  return JSON.stringify({ sagaId, step: step.name, action: 'do', execId: index + 1, attempt: 1 })
}

function headersOf(id: string, source: string, type: string) {
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: type,
    ce_time: new Date().toISOString(),
    ce_correlationid: id,
    ce_causationid: id,
    'content-type': 'application/json',
  }
}

function effectOf(step: Step, { data }: Journey): RawEvent {
  return eventOf(step.effect[1], step.data(data))
}

function eventOf(type: string, data: object): RawEvent {
  const id = nextId(Date.now())
  return { id, type, data: JSON.stringify(data), meta: `{"causationId":"${id}","correlationId":"${id}"}` }
}

function requested({ id, data }: Journey, index: number): object {
  const step = steps[index]!
  const at = Date.now() + 30_000
  return {
    step: step.name,
    execId: index + 1,
    attempt: 1,
    key: `${id}/${step.name}/do`,
    attemptDueAtMs: at,
    data: step.data(data),
  }
}

function stateOf({ id: sagaId, data: input }: Journey, saga: string, done: number): string {
  const each = steps.map(({ name }, index) => [
    name,
    { outcome: index < done ? 'done' : 'none', undo: 'none', again: false, request: null },
  ])
  return JSON.stringify({
    saga,
    sagaId,
    version: 1,
    startedAtMs: Date.now(),
    deadlineAtMs: null,
    input,
    inputVersion: 1,
    status: done === steps.length ? 'completed' : 'running',
    overdue: false,
    steps: Object.fromEntries(each),
    order: steps.slice(0, done + 1).map(({ name }) => name),
    requests: done,
    cause: null,
    cancelled: null,
    stuck: null,
    closed: done === steps.length ? 'completed' : null,
    debts: [],
    origin: { correlationId: nextId(Date.now()), causationId: nextId(Date.now()) },
  })
}

import { aggregate, channel, command, event, handle, reject, saga, service, system, t } from 'eventwright'

const id = { order: t.string() }

const OrderPlaced = event('OrderPlaced', id)
const OrderPaid = event('OrderPaid', id)
const OrderCancelled = event('OrderCancelled', { order: t.string(), reason: t.string() })

export const PlaceOrder = command('PlaceOrder', id)
const PayOrder = command('PayOrder', id)
const CancelOrder = command('CancelOrder', { order: t.string(), reason: t.string() })

const Order = aggregate('Order', {
  events: [OrderPlaced, OrderPaid, OrderCancelled],
  commands: [PlaceOrder, PayOrder, CancelOrder],
  id: (c) => c.order,
  initial: () => ({}),
})
  .evolve({ OrderPlaced: (s) => s, OrderPaid: (s) => s, OrderCancelled: (s) => s })
  .decide({ PlaceOrder: (c) => OrderPlaced(c), PayOrder: (c) => OrderPaid(c), CancelOrder: (c) => OrderCancelled(c) })

const orderEvents = channel('orders', { carries: [OrderPlaced], key: 'order' })

export const TakePayment = command('TakePayment', id).replies({ charge: t.string() }).refuses('declined')
/** `of` is what the saga knows about the step. */
export const RefundPayment = command('RefundPayment', { order: t.string(), of: t.string() })

const PaymentTaken = event('PaymentTaken', id)
const PaymentRefunded = event('PaymentRefunded', id)

/** What the service knows itself of its payments. */
const Payment = aggregate('Payment', {
  events: [PaymentTaken, PaymentRefunded],
  commands: [],
  id: () => '',
  initial: () => ({}),
})
  .evolve({ PaymentTaken: (s) => s, PaymentRefunded: (s) => s })
  .decide({})

/** A handler's request to the party outside. */
export interface Asked {
  readonly order: string
  /** Of the command that is handled. */
  readonly key: string
  readonly of?: string
  readonly signal: AbortSignal
}

/** The party outside, as its callers see it. */
export interface Provider {
  /** Answers whether the payment was taken. */
  take(asked: Asked): Promise<boolean> | boolean
  refund(asked: Asked): Promise<void> | void
}

/** A party that keeps its books by orders, and takes nothing for an order that was refunded before. */
export class Books implements Provider {
  /** Everything that was asked, in order: `take` or `refund`, the order, the key. */
  readonly asked: string[] = []
  readonly #balance = new Map<string, 'taken' | 'refunded' | 'withdrawn'>()

  take({ order, key }: Asked): boolean {
    this.asked.push(`take ${order} ${key}`)
    const known = this.#balance.get(order)
    if (known === 'withdrawn' || known === 'refunded') throw new Error(`${order} was ${known}`)
    this.#balance.set(order, 'taken')
    return true
  }

  refund({ order, key }: Asked): void {
    this.asked.push(`refund ${order} ${key}`)
    const known = this.#balance.get(order)
    if (known === undefined) this.#balance.set(order, 'withdrawn')
    if (known === 'taken') this.#balance.set(order, 'refunded')
  }

  /** What has become of an order: `withdrawn` was refunded before it was taken. */
  of(order: string): string | undefined {
    return this.#balance.get(order)
  }
}

/** How often and how long the saga asks for the payment, and for its undo. */
export interface Patience {
  readonly attempts: number
  /** For the undo; default as often as for the payment. */
  readonly undoAttempts?: number
  /** For all attempts of the payment together. */
  readonly deadlineMs?: number
  /** For one attempt; default five minutes. */
  readonly attemptMs?: number
}

/** Orders that are paid by a saga; the service of payments asks a party outside. */
export function paymentsAt(provider: Provider, patience: Patience = { attempts: 5 }) {
  const { payments, orders } = parts(provider, patience)
  return system('shop', {
    services: [
      service('orders', { parts: orders, publishes: [orderEvents] }),
      service('payments', { parts: payments }),
    ],
  })
}

/** The same where the service of orders asks by itself, so that no channel lies between. */
export function paymentsInside(provider: Provider, patience: Patience = { attempts: 5 }) {
  const { payments, orders } = parts(provider, patience)
  return system('shop', { services: [service('orders', { parts: [...orders, ...payments] })] })
}

function parts(provider: Provider, { attempts, undoAttempts = attempts, deadlineMs, attemptMs = 300_000 }: Patience) {
  const pauses = { initial: '5ms', max: '20ms' } as const
  const taking = handle(
    TakePayment,
    async ({ order }, { key, signal, append }) => {
      if (!(await provider.take({ order, key, signal }))) return reject('declined')
      append(Payment, order, PaymentTaken({ order }))
      return { charge: `charge-${order}` }
    },
    { outside: true },
  )
  const refunding = handle(
    RefundPayment,
    async ({ order, of }, { key, signal, append }) => {
      await provider.refund({ order, key, of, signal })
      append(Payment, order, PaymentRefunded({ order }))
    },
    { outside: true },
  )
  const Paying = saga('paying', { startedBy: OrderPlaced, id: (e) => e.order })
    .call('pay', {
      call: TakePayment,
      with: ({ input }) => ({ order: input.order }),
      undoCall: RefundPayment,
      undoWith: ({ input, of }) => ({ order: input.order, of: of.status }),
      attemptTimeout: `${attemptMs}ms`,
      retry: { ...pauses, maxAttempts: attempts },
      undoRetry: { ...pauses, maxAttempts: undoAttempts },
      ...(deadlineMs !== undefined && { deadline: `${deadlineMs}ms` }),
    })
    .finishCall('confirm', { call: PayOrder, with: ({ input }) => ({ order: input.order }) })
    .failed(({ input }, { reason }) => CancelOrder({ order: input.order, reason }))
  return { orders: [Order, Paying], payments: [Payment, taking, refunding] }
}

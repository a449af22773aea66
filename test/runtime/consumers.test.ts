import assert from 'node:assert/strict'
import { saga, service, start, system, type StoreAdapter } from 'eventwright'
import { Mailbox, Order, orderEvents, OrderPlaced, SendLetter, shopWith, thanks } from './messages.fixture.ts'
import { listening } from './running.fixture.ts'
import { altered, overStores } from './stores.fixture.ts'
import { office } from './timers.fixture.ts'

/** Tells of every consumer whose rows are made. */
function ensuring(adapter: StoreAdapter, told: (consumer: string) => void): StoreAdapter {
  return altered(adapter, ({ ownership }) => ({
    ownership: {
      ...ownership,
      async ensure(consumer, ...rest) {
        told(consumer)
        return ownership.ensure(consumer, ...rest)
      },
      async divide(consumer, ...rest) {
        told(consumer)
        return ownership.divide(consumer, ...rest)
      },
    },
  }))
}

const dunning = (name: string) =>
  saga(name, { startedBy: OrderPlaced, id: (e) => e.orderId }).pivotLocal('plan', {
    do: ({ input }, { schedule }) => schedule(SendLetter({ to: input.customer, text: 'Pay' }), '1s'),
  })
const dunnings = system('shop', {
  services: [
    service('all', { parts: [Order, Mailbox, dunning('first'), dunning('second')], publishes: [orderEvents] }),
  ],
})

overStores('a start that is broken off begins no further consumer', async (_t, store) => {
  for (const [parts, last, next] of [
    [office, 'plans/outbox', 'mail/outbox'],
    [office, 'mail/commands', 'plans/timers'],
    [office, 'plans/timers', 'mail/timers'],
    [dunnings, 'all/saga:first', 'all/saga:second'],
  ] as const) {
    const ending = new AbortController()
    const begun = new Set<string>()
    const watched = ensuring(store, (consumer) => {
      begun.add(consumer)
      if (consumer === last) ending.abort()
    })
    await assert.rejects(start(parts as typeof office, { store: watched, signal: ending.signal }), {
      name: 'AbortError',
    })
    assert.deepEqual([begun.has(last), begun.has(next)], [true, false], last)
  }
})

overStores('a start that fails says why, also when what it had begun cannot be ended', async (_t, store) => {
  for (const last of ['mail/commands', 'mail/timers']) {
    const failing = altered(
      ensuring(store, (consumer) => {
        if (consumer === last) throw new Error('no such luck')
      }),
      ({ broker }) => ({
        broker: {
          ...broker!,
          join: async (channel, group) => ({
            ...(await broker!.join(channel, group)),
            close: () => Promise.reject(new Error('cannot leave')),
          }),
        },
      }),
    )
    const log = listening()
    await assert.rejects(start(shopWith(thanks), { store: failing, log }), /no such luck/)
    assert.ok(log.said.includes('warn: stopping what had started failed'), log.said.join())
  }
})

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import {
  Books,
  paymentsAt,
  paymentsInside,
  PlaceOrder,
  type Asked,
  type Patience,
  type Provider,
} from '../payments.fixture.ts'
import { all, running, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

const order = 'o'
const place = PlaceOrder({ order })

async function shop(
  t: TestContext,
  store: StoreAdapter,
  provider: Provider,
  patience: Patience,
  system: typeof paymentsAt | typeof paymentsInside = paymentsAt,
) {
  const open = await running(t, system(provider, patience) as ReturnType<typeof paymentsAt>, { store })
  const ends = new Set(['completed', 'compensated', 'stuck'])
  return {
    ...open,
    /** Waits for the end of the saga; answers it with what has led there. */
    async ended(of = order) {
      await until('the saga ends', async () => ends.has((await open.inspect.saga(`paying/${of}`))?.status ?? ''))
      assert.ok(await open.caughtUp({ timeoutMs: patienceMs }))
      const { status, timeline } = (await open.inspect.saga(`paying/${of}`))!
      return { status, timeline, types: timeline.map(({ type }) => type) }
    },
    async story(): Promise<readonly string[]> {
      return (await all(open.events.log())).map(({ type }) => type)
    },
    async parked(): Promise<readonly unknown[]> {
      return open.inspect.deadLetters.list({ consumer: 'payments/commands', limit: 10 })
    },
  }
}

/** A request that ends by its signal, or with the test. */
function untilAborted(t: TestContext): (asked: Asked) => Promise<never> {
  const over = new AbortController()
  t.after(() => over.abort(new Error('the test is over')))
  return ({ signal }) =>
    new Promise((_, reject) => {
      const either = AbortSignal.any([signal, over.signal])
      either.addEventListener('abort', () => reject(either.reason as Error), { once: true })
    })
}

overStores('the saga counts what fails at a participant over there, and asks again', async (t, store) => {
  const books = new Books()
  const provider: Provider = {
    take(asked) {
      books.take(asked)
      if (books.asked.length < 3) throw new Error(`failure ${books.asked.length}`)
      return true
    },
    refund: (asked) => books.refund(asked),
  }
  const open = await shop(t, store, provider, { attempts: 3 })
  await open.execute(place)
  const { status, timeline } = await open.ended()
  const failures = timeline.filter(({ type }) => type === 'StepAttemptFailed').map(({ data }) => data)
  const seen = failures.map((each) => {
    const { attempt, error } = each as { attempt: number; error: unknown }
    return [attempt, error]
  })
  assert.deepEqual(seen, [
    [1, { kind: 'error', message: 'failure 1' }],
    [2, { kind: 'error', message: 'failure 2' }],
  ])
  assert.equal(status, 'completed')
  assert.deepEqual(
    books.asked,
    Array.from({ length: 3 }, () => 'take o paying/o/pay/do'),
  )
  assert.deepEqual(await open.story(), ['OrderPlaced', 'PaymentTaken', 'OrderPaid'])
  assert.deepEqual(await open.parked(), [])
})

overStores('what never works until its deadline is undone outside, once, as unknown', async (t, store) => {
  const books = new Books()
  const undone: (string | undefined)[] = []
  const provider: Provider = {
    take(asked) {
      books.take(asked)
      throw new Error('its answer was lost')
    },
    refund(asked) {
      undone.push(asked.of)
      books.refund(asked)
    },
  }
  const open = await shop(t, store, provider, { attempts: 1_000, deadlineMs: 300 })
  await open.execute(place)
  const { status, timeline, types } = await open.ended()
  const shown = types.filter((type) => !type.includes('AttemptFailed') && !type.includes('Retried'))
  const end = ['StepOutcomeUnknown', 'CompensationStarted', 'UndoRequested', 'UndoSucceeded']
  assert.deepEqual(shown, [
    'SagaStarted',
    'StepRequested',
    ...end,
    'StepRequested',
    'FailureRecorded',
    'SagaCompensated',
  ])
  assert.equal((timeline.find(({ type }) => type === 'UndoRequested')!.data as { of: string }).of, 'unknown')
  assert.equal(status, 'compensated')
  assert.deepEqual(undone, ['unknown'])
  assert.equal(books.of(order), 'refunded')
  assert.equal(books.asked.at(-1), 'refund o paying/o/pay/undo')
  assert.deepEqual(await open.story(), ['OrderPlaced', 'PaymentRefunded', 'OrderCancelled'])
  assert.deepEqual(await open.parked(), [])
})

overStores('an undo that fails outside is asked again, although its step is refused by then', async (t, store) => {
  const books = new Books()
  let refunds = 0
  const provider: Provider = {
    take(asked) {
      books.take(asked)
      throw new Error('its answer was lost')
    },
    refund(asked) {
      if (++refunds < 3) throw new Error('it is down')
      books.refund(asked)
    },
  }
  const open = await shop(t, store, provider, { attempts: 3 })
  await open.execute(place)
  const { status, types } = await open.ended()
  assert.deepEqual(
    types.filter((type) => type.startsWith('Undo')),
    [
      'UndoRequested',
      ...['UndoAttemptFailed', 'UndoRetried'],
      ...['UndoAttemptFailed', 'UndoRetried'],
      'UndoSucceeded',
    ],
  )
  assert.deepEqual([status, refunds, books.of(order)], ['compensated', 3, 'refunded'])
  assert.deepEqual(await open.parked(), [])
})

overStores('a stop while a step waits outside ends it, costs no attempt and loses nothing', async (t, store) => {
  const books = new Books()
  let isWaiting = false
  const wait = untilAborted(t)
  const waiting: Provider = {
    take(asked) {
      isWaiting = true
      return wait(asked)
    },
    refund: (asked) => books.refund(asked),
  }
  const first = await shop(t, store, waiting, { attempts: 1 })
  await first.execute(place)
  await until('it waits outside', () => isWaiting)
  let stopped = false
  void first.stop().then(() => (stopped = true))
  await until('the system has stopped', () => stopped)
  const second = await shop(t, store, books, { attempts: 1 })
  const { status, types } = await second.ended()
  assert.deepEqual([status, types.includes('StepAttemptFailed')], ['completed', false])
  assert.deepEqual(books.asked, ['take o paying/o/pay/do'])
  assert.deepEqual(await second.story(), ['OrderPlaced', 'PaymentTaken', 'OrderPaid'])
  assert.deepEqual(await second.parked(), [])
})

overStores('a stop while an undo waits outside, its step refused already, loses no undo', async (t, store) => {
  const books = new Books()
  let isWaiting = false
  const wait = untilAborted(t)
  const failing = (asked: Asked): never => {
    books.take(asked)
    throw new Error('its answer was lost')
  }
  const waiting: Provider = {
    take: failing,
    refund(asked) {
      isWaiting = true
      return wait(asked)
    },
  }
  const first = await shop(t, store, waiting, { attempts: 1 })
  await first.execute(place)
  await until('it waits outside', () => isWaiting)
  let stopped = false
  void first.stop().then(() => (stopped = true))
  await until('the system has stopped', () => stopped)
  assert.equal(books.of(order), 'taken')
  const second = await shop(t, store, { take: failing, refund: (asked) => books.refund(asked) }, { attempts: 1 })
  const { status, types } = await second.ended()
  assert.deepEqual([status, types.includes('UndoAttemptFailed')], ['compensated', false])
  assert.deepEqual(books.asked, ['take o paying/o/pay/do', 'refund o paying/o/pay/undo'])
  assert.equal(books.of(order), 'refunded')
  assert.deepEqual(await second.story(), ['OrderPlaced', 'PaymentRefunded', 'OrderCancelled'])
})

const systems = [
  ['over there', paymentsAt],
  ['here', paymentsInside],
] as const

for (const [where, system] of systems) {
  overStores(`an attempt ${where} that never ends by itself does not hold its undo`, async (t, store) => {
    const books = new Books()
    const wait = untilAborted(t)
    const reasons: unknown[] = []
    const provider: Provider = {
      take(asked) {
        books.take(asked)
        return wait(asked).catch((error: Error) => {
          reasons.push(error.name)
          throw error
        })
      },
      refund: (asked) => books.refund(asked),
    }
    const open = await shop(t, store, provider, { attempts: 2, undoAttempts: 1_000, attemptMs: 1_000 }, system)
    await open.execute(place)
    const { status, types } = await open.ended()
    assert.equal(status, 'compensated')
    assert.deepEqual(types.slice(-4), ['UndoSucceeded', 'StepRequested', 'FailureRecorded', 'SagaCompensated'])
    const take = 'take o paying/o/pay/do'
    assert.deepEqual(books.asked, [take, take, 'refund o paying/o/pay/undo'])
    assert.deepEqual(reasons, ['TimeoutError', 'TimeoutError'])
    assert.deepEqual(
      [books.of(order), await open.story()],
      ['refunded', ['OrderPlaced', 'PaymentRefunded', 'OrderCancelled']],
    )
    assert.deepEqual(await open.parked(), [])
  })

  overStores(`what an attempt ${where} fails by is kept as far as a store can keep it`, async (t, store) => {
    const books = new Books()
    const provider: Provider = {
      take(asked) {
        books.take(asked)
        if (books.asked.length === 1) throw new Error(`\u0000\ud800${'x'.repeat(1_000_000)}`)
        return true
      },
      refund: (asked) => books.refund(asked),
    }
    const open = await shop(t, store, provider, { attempts: 2 }, system)
    await open.execute(place)
    const { status, timeline } = await open.ended()
    const failure = timeline.find(({ type }) => type === 'StepAttemptFailed')!.data as { readonly error: unknown }
    assert.deepEqual(failure.error, { kind: 'error', message: `\ufffd\ufffd${'x'.repeat(1_998)}…` })
    assert.deepEqual([status, books.asked.length, await open.parked()], ['completed', 2, []])
  })
}

/** How many commands the service of payments has been sent. */
async function sent(t: TestContext, adapter: StoreAdapter): Promise<() => Promise<number>> {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  return async () => {
    const bounds = await store.broker!.bounds('payments.commands')
    return bounds.reduce((sum, { next }) => sum + next, 0)
  }
}

overStores('a step that waits for its service since before the start is no failure', async (t, store) => {
  const books = new Books()
  const taken = Promise.withResolvers<void>()
  const provider: Provider = {
    take(asked) {
      taken.resolve()
      return books.take(asked)
    },
    refund: (asked) => books.refund(asked),
  }
  const patience: Patience = { attempts: 1 }
  const asking = await running(t, paymentsAt(provider, patience), { store, services: ['orders'] })
  const count = await sent(t, store)
  await asking.execute(place)
  await until('it is asked for', async () => (await count()) === 1)
  await asking.stop()
  const slow = altered(store, ({ ownership }) => ({
    ownership: {
      ...ownership,
      async divide(consumer, ...rest) {
        // Time enough for a consumer of commands that would not wait for the rest.
        if (consumer === 'orders/saga:paying') await Promise.race([taken.promise, sleep(300)])
        await ownership.divide(consumer, ...rest)
      },
    },
  }))
  const open = await shop(t, slow, provider, patience)
  const { status, types } = await open.ended()
  assert.deepEqual([status, types.includes('StepAttemptFailed')], ['completed', false])
  assert.deepEqual([books.asked, await open.parked()], [['take o paying/o/pay/do'], []])
})

overStores('an attempt that never ends holds the steps of other sagas no longer than its time', async (t, store) => {
  const books = new Books()
  const wait = untilAborted(t)
  let broken = 0
  const provider: Provider = {
    take: (asked) => (asked.order === order && broken++ === 0 ? wait(asked) : books.take(asked)),
    refund: (asked) => books.refund(asked),
  }
  const patience: Patience = { attempts: 1_000, attemptMs: 300 }
  const orders = [order, ...Array.from({ length: 40 }, (_, n) => `other-${n}`)]
  const asking = await running(t, paymentsAt(provider, patience), { store, services: ['orders'] })
  const count = await sent(t, store)
  for (const each of orders) await asking.execute(PlaceOrder({ order: each }))
  await until('all are asked for', async () => (await count()) >= orders.length)
  await asking.stop()
  assert.equal(broken, 0)
  // What waits in a channel comes in pages, in one of them the attempt that never ends among others.
  const open = await shop(t, store, provider, patience)
  for (const each of orders) assert.equal((await open.ended(each)).status, 'completed', each)
  assert.ok(broken > 0)
  assert.deepEqual(await open.parked(), [])
})

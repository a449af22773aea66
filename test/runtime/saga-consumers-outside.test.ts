import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { Books, paymentsAt, PlaceOrder, type Asked, type Patience, type Provider } from './payments.fixture.ts'
import { all, running, until } from './running.fixture.ts'
import { overStores } from './stores.fixture.ts'

const order = 'o'
const place = PlaceOrder({ order })

async function shop(t: TestContext, store: StoreAdapter, provider: Provider, patience: Patience) {
  const open = await running(t, paymentsAt(provider, patience), { store })
  const ends = new Set(['completed', 'compensated', 'stuck'])
  return {
    ...open,
    /** Waits for the end of the saga; answers it with what has led there. */
    async ended() {
      await until('the saga ends', async () => ends.has((await open.inspect.saga(`paying/${order}`))?.status ?? ''))
      assert.ok(await open.caughtUp({ timeoutMs: 20_000 }))
      const { status, timeline } = (await open.inspect.saga(`paying/${order}`))!
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

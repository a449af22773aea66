import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { afterLookAt, participating, type Participating } from '../participant.fixture.ts'
import { Books, paymentsAt, RefundPayment, TakePayment, type Asked, type Provider } from '../payments.fixture.ts'
import { gate, until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const refused = (code: string) => ({ status: 'refused', code })
const done = { status: 'done' }
const taken = { status: 'done', reply: { charge: 'charge-o' } }
const take = TakePayment({ order: 'o' })
const step = { key: 'o/do' }
const refund = RefundPayment({ order: 'o', of: 'unknown' })
const undo = { key: 'o/undo', undoes: 'o/do' }

/** A participant whose party outside keeps its books; `change` puts something before or behind them. */
async function paying(t: TestContext, adapter: StoreAdapter, change?: (books: Books) => Partial<Provider>) {
  const books = new Books()
  const provider: Provider = {
    take: (asked) => books.take(asked),
    refund: (asked) => books.refund(asked),
    ...change?.(books),
  }
  const of = paymentsAt(provider)
  return { ...(await participating(t, adapter, { of })), books, of }
}

const kept = async ({ store }: Participating, key: string): Promise<unknown> => {
  const entry = await store.inbox.get('payments', 'participant', key)
  return entry === undefined ? undefined : JSON.parse(entry.outcome)
}

/** What the service itself has recorded about the order. */
const recorded = async ({ store }: Participating): Promise<readonly string[]> =>
  (await store.log.readStream({ stream: 'Payment/o', from: 1, limit: 10 })).map(({ type }) => type)

overStores('a step that reaches outside is executed however late it comes', async (t, adapter) => {
  const open = await paying(t, adapter)
  assert.deepEqual(await open.ask(take, { ...step, deadlineAtMs: 0 }), taken)
  assert.deepEqual(await open.ask(take, { ...step, deadlineAtMs: 0 }), taken)
  assert.deepEqual(open.books.asked, ['take o o/do'])
})

overStores('an undo that reaches outside is carried out, once, though its step left no trace', async (t, adapter) => {
  const open = await paying(t, adapter, (books) => ({
    take(asked) {
      books.take(asked)
      throw new Error('its answer was lost')
    },
  }))
  await assert.rejects(open.ask(take, step), /its answer was lost/)
  assert.equal(await kept(open, 'o/do'), undefined)
  for (let times = 0; times < 3; times++) assert.deepEqual(await open.ask(refund, undo), done)
  assert.deepEqual(open.books.asked, ['take o o/do', 'refund o o/undo'])
  assert.equal(open.books.of('o'), 'refunded')
  assert.deepEqual(await recorded(open), ['PaymentRefunded'])
})

overStores('an undo of what is done is carried out, and a repeated step is answered as it was', async (t, adapter) => {
  const open = await paying(t, adapter)
  await open.ask(take, step)
  for (let times = 0; times < 2; times++) assert.deepEqual(await open.ask(refund, undo), done)
  assert.deepEqual(await open.ask(take, { ...step, deadlineAtMs: 0 }), taken)
  assert.deepEqual(open.books.asked, ['take o o/do', 'refund o o/undo'])
  assert.deepEqual(await recorded(open), ['PaymentTaken', 'PaymentRefunded'])
})

overStores('before an undo goes outside, its step is refused for good', async (t, adapter) => {
  const seen: unknown[] = []
  const open = await paying(t, adapter, (books) => ({
    async refund(asked) {
      seen.push(await kept(open, 'o/do'), await open.ask(take, { ...step, deadlineAtMs: 0 }))
      books.refund(asked)
    },
  }))
  assert.deepEqual(await open.ask(refund, undo), done)
  assert.deepEqual(seen, [refused('undone'), refused('undone')])
  assert.deepEqual(await open.ask(take, { ...step, finalRefusals: [] }), refused('undone'))
  assert.deepEqual(open.books.asked, ['refund o o/undo'])
  assert.deepEqual(await recorded(open), ['PaymentRefunded'])
})

overStores('an undo that broke off after it had refused its step is carried out later', async (t, adapter) => {
  let isDown = true
  const change = (books: Books): Partial<Provider> => ({
    refund(asked) {
      if (isDown) throw new Error('it is down')
      books.refund(asked)
    },
  })
  const before = await paying(t, adapter, change)
  await assert.rejects(before.ask(refund, undo), /it is down/)
  assert.deepEqual([await kept(before, 'o/do'), await kept(before, 'o/undo')], [refused('undone'), undefined])
  await before.close()
  isDown = false
  const after = await paying(t, adapter, change)
  assert.deepEqual(await after.ask(take, step), refused('undone'))
  for (let times = 0; times < 2; times++) assert.deepEqual(await after.ask(refund, undo), done)
  assert.deepEqual(after.books.asked, ['refund o o/undo'])
  assert.deepEqual(await recorded(after), ['PaymentRefunded'])
  assert.deepEqual(await after.ask(take, step), refused('undone'))
})

overStores('an undo of a step that was refused has nothing to do outside', async (t, adapter) => {
  const open = await paying(t, adapter, () => ({ take: () => false }))
  assert.deepEqual(await open.ask(take, step), refused('declined'))
  assert.deepEqual(await open.ask(refund, undo), done)
  assert.deepEqual(open.books.asked, [])
  assert.deepEqual(await kept(open, 'o/do'), refused('declined'))
})

overStores('an undo that loses against a refusal of its step has nothing to do outside', async (t, adapter) => {
  const other = await paying(t, adapter, () => ({ take: () => false }))
  const slow = afterLookAt(adapter, 'o/do', () => other.ask(take, step))
  const open = await paying(t, slow)
  assert.deepEqual(await open.ask(refund, undo), done)
  assert.deepEqual(open.books.asked, [])
})

overStores('an undo that loses against its step undoes it', async (t, adapter) => {
  const other = await paying(t, adapter)
  const slow = afterLookAt(adapter, 'o/do', () => other.ask(take, step))
  const open = await paying(t, slow)
  assert.deepEqual(await open.ask(refund, undo), done)
  assert.deepEqual([other.books.asked, open.books.asked], [['take o o/do'], ['refund o o/undo']])
  assert.deepEqual(await recorded(open), ['PaymentTaken', 'PaymentRefunded'])
})

/** A step that stands still on its way while its undo is carried out; `way` says where. */
async function overtaken(t: TestContext, adapter: StoreAdapter, way: 'before' | 'after') {
  const door = gate()
  let isInside = false
  const open = await paying(t, adapter, (books) => ({
    async take(asked: Asked) {
      if (way === 'after') books.take(asked)
      isInside = true
      await door.passed
      return way === 'after' || books.take(asked)
    },
  }))
  const late = open.ask(take, step)
  await until('the step is at work', () => isInside)
  assert.deepEqual(await open.ask(refund, undo), done)
  door.open()
  assert.deepEqual(await late, refused('undone'))
  assert.deepEqual(await recorded(open), ['PaymentRefunded'])
  return open.books.of('o')
}

overStores('a step at work outside when its undo comes is refused, and refunded', async (t, adapter) => {
  assert.equal(await overtaken(t, adapter, 'after'), 'refunded')
})

overStores('a step whose undo arrives outside before it is refused, whatever it throws', async (t, adapter) => {
  assert.equal(await overtaken(t, adapter, 'before'), 'withdrawn')
})

overStores('two copies of an undo at once are one undo, under one key outside', async (t, adapter) => {
  const door = gate()
  const open = await paying(t, adapter, (books) => ({
    refund(asked) {
      books.refund(asked)
      return door.passed
    },
  }))
  const both = Promise.all([open.ask(refund, undo), open.ask(refund, undo)])
  await until('both are outside', () => open.books.asked.length === 2)
  door.open()
  assert.deepEqual(await both, [done, done])
  assert.deepEqual(open.books.asked, ['refund o o/undo', 'refund o o/undo'])
  assert.deepEqual(await recorded(open), ['PaymentRefunded'])
})

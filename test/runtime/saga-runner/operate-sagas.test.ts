import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Running, StoreAdapter } from 'eventwright'
import { PlaceOrder } from '../messages.fixture.ts'
import { garage, workshop } from '../repairs.fixture.ts'
import { running, until, type RunningOf } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

type Open = RunningOf<typeof garage>

const ann = { who: 'ann', why: 'the customer has called' }

/** What the timeline of an instance says, the first parts of it left out. */
const storyOf = async (open: Pick<Running, 'inspect'>, id: string): Promise<readonly string[]> =>
  (await open.inspect.saga(id))!.timeline.map(({ text }) => text)

const statusOf = async (open: Pick<Running, 'inspect'>, id: string): Promise<string | undefined> =>
  (await open.inspect.saga(id))?.status

const reached = (open: Open, id: string, status: string): Promise<void> =>
  until(`${id} is ${status}`, async () => (await statusOf(open, id)) === status)

/** A garage in which one repair is stuck: its undo for a bad customer, its pivot for one that is lost. */
async function stuckFor(t: TestContext, store: StoreAdapter, customer: 'bad' | 'lost'): Promise<Open> {
  workshop.jammed = true
  const open = await running(t, garage, { store })
  await open.execute(PlaceOrder({ orderId: '1', customer }))
  await reached(open, 'repair/1', 'stuck')
  return open
}

overStores('a stuck undo is tried again when an operator says so, until it is done', async (t, store) => {
  const open = await stuckFor(t, store, 'bad')
  const before = await storyOf(open, 'repair/1')
  const vain = await open.operate.sagas.retry('repair/1', { ...ann, id: 'o1' })
  assert.deepEqual(vain, { instance: 'repair/1', order: 'o1', status: 'stuck', repeated: false })
  await until('it is stuck again', async () => (await storyOf(open, 'repair/1')).length === before.length + 4)
  workshop.jammed = false
  await open.operate.sagas.resume('repair/1', { ...ann, why: 'the shelf is free', id: 'o2' })
  await reached(open, 'repair/1', 'compensated')
  assert.deepEqual((await storyOf(open, 'repair/1')).slice(before.length), [
    'OperatorActed retry hold (ann: the customer has called)',
    'UndoRetried hold (attempt 2)',
    'UndoAttemptFailed hold (attempt 2, error: the shelf is jammed)',
    'SagaStuck at undo hold (no attempt is left: the shelf is jammed)',
    'OperatorActed resume (ann: the shelf is free)',
    'UndoRetried hold (attempt 3)',
    'UndoSucceeded hold',
    'SagaCompensated',
  ])
  const acted = (await open.inspect.saga('repair/1'))!.timeline.filter(({ type }) => type === 'OperatorActed')
  assert.deepEqual(
    acted.map(({ data }) => (data as { order: string }).order),
    ['o1', 'o2'],
  )
})

overStores('what was undone by hand is marked, and the saga comes to its end', async (t, store) => {
  const open = await stuckFor(t, store, 'bad')
  assert.equal((await open.operate.sagas.markUndone('repair/1', ann)).refusal, undefined)
  await reached(open, 'repair/1', 'compensated')
})

overStores('a stuck pivot that was done by hand is skipped, or the instance is given up', async (t, store) => {
  const open = await stuckFor(t, store, 'lost')
  await open.execute(PlaceOrder({ orderId: '2', customer: 'lost' }))
  await reached(open, 'repair/2', 'stuck')
  assert.equal((await open.operate.sagas.skip('repair/1', { ...ann, output: { grams: 9 } })).refusal, undefined)
  await open.operate.sagas.terminate('repair/2', ann)
  await reached(open, 'repair/1', 'completed')
  await reached(open, 'repair/2', 'terminated')
  const { state } = (await open.inspect.saga('repair/1'))!
  assert.deepEqual((state as { steps: { weigh: { output: unknown } } }).steps.weigh.output, { grams: 9 })
  assert.equal((await storyOf(open, 'repair/2')).at(-1), 'SagaTerminated (debts: hold, weigh)')
})

overStores('an order that cannot be is answered with the reason, and its timeline says so too', async (t, store) => {
  const open = await stuckFor(t, store, 'lost')
  const reasons = {
    cancel: 'the pivot was asked for, and there is no way back from it',
    markUndone: 'the saga is not being compensated',
  }
  for (const [name, reason] of Object.entries(reasons)) {
    const { refusal } = await open.operate.sagas[name as 'cancel'](`repair/1`, ann)
    assert.equal(refusal, reason)
  }
  assert.match((await open.operate.sagas.skip('repair/1', { ...ann, step: 'hold' })).refusal!, /not stuck at that step/)
  await open.execute(PlaceOrder({ orderId: '3', customer: 'good' }))
  await reached(open, 'repair/3', 'completed')
  const late = await open.operate.sagas.cancel('repair/3', { ...ann, id: 'late' })
  assert.deepEqual([late.status, late.refusal], ['completed', 'the saga is completed'])
  await until('the timelines say it', async () => {
    const told = [...(await storyOf(open, 'repair/1')), ...(await storyOf(open, 'repair/3'))]
    return told.filter((text) => text.startsWith('OrderRefused')).length === 4
  })
  assert.equal(
    (await storyOf(open, 'repair/3')).at(-1),
    'OrderRefused cancel (ann: the customer has called), for the saga is completed',
  )
  assert.deepEqual([await statusOf(open, 'repair/1'), await statusOf(open, 'repair/3')], ['stuck', 'completed'])
})

overStores('an order that is given twice under its id is one', async (t, store) => {
  const open = await stuckFor(t, store, 'bad')
  const order = { ...ann, id: 'o1' }
  await open.operate.sagas.retry('repair/1', order)
  // How the saga stands now, after the order.
  const { status, ...again } = await open.operate.sagas.retry('repair/1', order)
  assert.deepEqual(again, { instance: 'repair/1', order: 'o1', repeated: true })
  assert.ok(['stuck', 'compensating'].includes(status), status)
  await assert.rejects(open.operate.sagas.terminate('repair/1', order), { code: 'EW_KEY_REUSED' })
  await assert.rejects(open.operate.sagas.retry('repair/1', { ...order, step: 'weigh' }), { code: 'EW_KEY_REUSED' })
  await open.operate.sagas.terminate('repair/1', { ...ann, id: 'o2' })
  await reached(open, 'repair/1', 'terminated')
  const acted = (await storyOf(open, 'repair/1')).filter((text) => text.startsWith('OperatorActed'))
  assert.equal(acted.length, 2, acted.join())
})

overStores('of two operators at once one wins, and the other sees what happened', async (t, store) => {
  const first = await stuckFor(t, store, 'bad')
  const second = await running(t, garage, { store })
  await Promise.all([
    first.operate.sagas.terminate('repair/1', { ...ann, id: 'a' }),
    second.operate.sagas.terminate('repair/1', { who: 'bob', why: 'it is old', id: 'b' }),
  ])
  await until('both are answered', async () => {
    const types = (await first.inspect.saga('repair/1'))!.timeline.map(({ type }) => type)
    return types.includes('OperatorActed') && types.includes('OrderRefused')
  })
})

overStores('an order needs an instance of a saga, somebody, and a reason', async (t, store) => {
  const open = await stuckFor(t, store, 'bad')
  const { sagas } = open.operate
  await assert.rejects(sagas.cancel('repair/none', ann), { code: 'EW_SAGA_UNKNOWN' })
  for (const bad of [{ who: '' }, { why: ' ' }, { why: 'a\0' }, { id: '' }, { why: undefined }])
    await assert.rejects(sagas.cancel('repair/1', { ...ann, ...bad } as typeof ann), { code: 'EW_TEXT' })
  await until('the process has begun', async () => (await statusOf(open, 'watch/1')) !== undefined)
  await assert.rejects(sagas.cancel('watch/1', ann), { code: 'EW_CONFIG' })
})

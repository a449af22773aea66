import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { start, type Running } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { PlaceOrder } from '../../runtime/messages.fixture.ts'
import { garage, workshop } from '../../runtime/repairs.fixture.ts'
import { until } from '../../runtime/running.fixture.ts'
import { line, lineWith } from '../line.fixture.ts'

const garageModule = fileURLToPath(new URL('../../runtime/repairs.fixture.ts', import.meta.url))

const reached = (open: Pick<Running, 'inspect'>, id: string, status: string): Promise<void> =>
  until(`${id} is ${status}`, async () => (await open.inspect.saga(id))?.status === status)

/** A store in which repair/1 is stuck at its undo and repair/2 at its pivot; nobody runs. */
async function stuckStore(t: TestContext): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = folderFor(t)
  const file = join(folder, 'garage.db')
  workshop.jammed = true
  const open = await start(garage, { store: sqlite(file) })
  await open.execute(PlaceOrder({ orderId: '1', customer: 'bad' }))
  await open.execute(PlaceOrder({ orderId: '2', customer: 'lost' }))
  await reached(open, 'repair/1', 'stuck')
  await reached(open, 'repair/2', 'stuck')
  await open.stop()
  return { folder, file }
}

test('orders are posted from the command line and obeyed by the next process that runs', async (t) => {
  const { folder, file } = await stuckStore(t)
  const env = { USER: 'ann', EVENTWRIGHT_STORE: file }
  const why = ['--reason', 'the shelf is free']
  const retried = await lineWith({ folder, env }, 'sagas', 'retry', 'repair/1', ...why, '--order', 'o1')
  assert.deepEqual(
    [retried.code, retried.out, retried.err],
    [0, 'repair/1 (stuck): posted as order o1\n', 'No process runs this saga now; one that starts reads the order.\n'],
  )
  const again = await lineWith({ folder, env }, 'sagas', 'retry', 'repair/1', ...why, '--order', 'o1')
  assert.deepEqual([again.code, again.out], [0, 'repair/1 (stuck): the order o1 was given before\n'])
  const skip = ['sagas', 'skip', 'repair/2', 'weigh', '--output', '{"grams":9}', '--by', 'bob', '--json']
  const skipped = await lineWith({ folder, env }, ...skip, ...why)
  const { order, ...answer } = JSON.parse(skipped.out) as { order: string }
  assert.deepEqual(answer, { instance: 'repair/2', status: 'stuck', repeated: false })
  assert.equal(typeof order, 'string')

  workshop.jammed = false
  const open = await start(garage, { store: sqlite(file) })
  t.after(() => open.stop())
  await reached(open, 'repair/1', 'compensated')
  await reached(open, 'repair/2', 'completed')
  const shown = await line(folder, 'sagas', 'show', 'repair/1', '--store', file)
  assert.match(shown.out, /OperatorActed retry hold \(ann: the shelf is free\)\n/)
  const other = await line(folder, 'sagas', 'show', 'repair/2', '--store', file)
  assert.match(other.out, /OperatorActed skip weigh \(bob: the shelf is free\)\n/)

  const late = await lineWith({ folder, env }, 'sagas', 'cancel', 'repair/2', ...why)
  assert.deepEqual([late.code, late.err], [1, ''])
  assert.match(
    late.out,
    /^repair\/2 \(completed\): posted as order \S+; it takes no such order now: the saga is completed$/m,
  )
  await until('the timeline says it', async () =>
    (await open.inspect.saga('repair/2'))!.timeline.some(({ type }) => type === 'OrderRefused'),
  )
})

test('with the system at hand a refusal that only the declaration knows is told at once', async (t) => {
  const { folder, file } = await stuckStore(t)
  const cancel = ['sagas', 'cancel', 'repair/2', '--reason', 'test', '--store', file]
  assert.equal((await line(folder, ...cancel)).code, 0)
  const told = await line(folder, ...cancel, '--system', garageModule, '--json')
  assert.equal(told.code, 1)
  assert.match((JSON.parse(told.out) as { refusal: string }).refusal, /the pivot was asked for/)
})

test('every order has a command of its own', async (t) => {
  const { folder, file } = await stuckStore(t)
  for (const name of ['resume', 'mark-undone', 'terminate']) {
    const { code, out, err } = await line(folder, 'sagas', name, 'repair/1', '--reason', 'test', '--store', file)
    assert.deepEqual([code, out.startsWith('repair/1 (stuck): posted as order ')], [0, true], err)
  }
})

test('an order without an instance, a reason or an output that is JSON is refused', async (t) => {
  const { folder, file } = await stuckStore(t)
  const unknown = await line(folder, 'sagas', 'cancel', 'repair/none', '--reason', 'x', '--store', file)
  assert.deepEqual([unknown.code, unknown.err.includes('no instance "repair/none"')], [1, true])
  const silent = await line(folder, 'sagas', 'cancel', 'repair/1', '--store', file)
  assert.deepEqual([silent.code, silent.err.includes('--reason')], [2, true])
  const empty = await line(folder, 'sagas', 'cancel', 'repair/1', '--reason', ' ', '--store', file)
  assert.equal(empty.code, 1)
  const skip = ['sagas', 'skip', 'repair/2', '--reason', 'x', '--store', file, '--output', 'grams']
  assert.equal((await line(folder, ...skip)).code, 2)
})

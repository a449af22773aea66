import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { patience } from '../../fixtures/patience.ts'
import { book, hotelIn } from '../../console/console.fixture.ts'
import { running, until } from '../../runtime/running.fixture.ts'
import { depot, PlaceOrder } from '../../runtime/saga-system.fixture.ts'
import { hotelModule } from '../hotel.fixture.ts'
import { line } from '../line.fixture.ts'

test('instances are listed with their status, and a timeline says what happened to one', async (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'depot.db')
  const open = await start(depot, { store: sqlite(file) })
  await open.execute(PlaceOrder({ orderId: 'rich', quantity: 1, card: 'good' }))
  await open.execute(PlaceOrder({ orderId: 'poor', quantity: 1, card: 'bad' }))
  assert.ok(await open.caughtUp(patience))
  await open.stop()

  const list = await line(folder, 'sagas', 'list', '--saga', 'fulfilment', '--store', file)
  assert.equal(list.code, 0, list.out)
  assert.match(list.out, /^fulfilment\/poor +compensated .*\nfulfilment\/rich +completed /m)
  const some = await line(folder, 'sagas', 'list', '--status', 'compensated', '--store', file, '--json')
  assert.deepEqual(
    (JSON.parse(some.out) as { id: string }[]).map(({ id }) => id),
    ['fulfilment/poor'],
  )
  const typo = await line(folder, 'sagas', 'list', '--status', 'compensating,stuck', '--store', file)
  assert.deepEqual([typo.code, typo.out], [2, ''])
  const story = await line(folder, 'sagas', 'show', 'fulfilment/poor', '--store', file)
  const told = [...story.out.matchAll(/^ +\d+ {2}\S+ {2}(.*)$/gm)].map((found) => found[1])
  assert.deepEqual(told, [
    'SagaStarted',
    'StepRequested reserve',
    'StepSucceeded reserve',
    'StepRequested charge',
    'StepRejected charge (declined)',
    'CompensationStarted (charge: declined)',
    'UndoRequested reserve (of done)',
    'UndoSucceeded reserve',
    'StepRequested failed',
    'FailureRecorded failed',
    'SagaCompensated',
  ])
  const unknown = await line(folder, 'sagas', 'show', 'fulfilment/nobody', '--store', file)
  assert.notEqual(unknown.code, 0)
  assert.match(unknown.err, /EW_SAGA_UNKNOWN|no instance "fulfilment\/nobody"/)
})

test('with the system it is told how an instance stands at each step, and which orders it takes', async (t) => {
  const folder = folderFor(t)
  const stuck = hotelIn({ mailBroken: false, tillJammed: true })
  const open = await running(t, stuck, { store: sqlite(join(folder, 'hotel.db')) })
  await book(open, 'b1')
  await until('it is stuck', async () => (await open.inspect.saga('stay/b1'))?.status === 'stuck')
  await open.stop()
  const show = (...argv: string[]) => line(folder, 'sagas', 'show', 'stay/b1', '--store', 'hotel.db', ...argv)
  const { out } = await show('--system', hotelModule)
  assert.match(out, /^step {2}hold {2}\(do\) {2}done, undo registered$/m)
  assert.match(out, /^step {2}open-door {2}\(do\) {2}open, .*STUCK$/m)
  assert.match(out, /^step {2}charge {2}\(call Charge\) {2}not asked$/m)
  assert.match(out, /^takes now: .*retry.*terminate$/m)
  assert.doesNotMatch((await show()).out, /^step /m)
  const { steps } = JSON.parse((await show('--system', hotelModule, '--json')).out) as { readonly steps: unknown[] }
  assert.equal(steps.length, 4)
})

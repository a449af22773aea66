import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { running } from '../../runtime/running.fixture.ts'
import { hotelFolder, system } from '../hotel.fixture.ts'
import { line } from '../line.fixture.ts'

test('what was ordered over the console and done from here is listed together, the newest first', async (t) => {
  const folder = await hotelFolder(t)
  const store = ['--store', 'hotel.db']
  const open = await running(t, system, { store: sqlite(join(folder, 'hotel.db')), services: [] })
  const order = { id: 'order-1', what: 'rebuild view', of: 'bookings', who: 'ann', why: 'it is off' }
  await open.operate.orders.begin(order)
  await open.operate.orders.end(order, { outcome: 'Generation 2 is in use.', answer: null })
  await open.stop()
  await line(folder, 'streams', 'archive', 'Booking/b1', '--reason', 'tidy', '--by', 'ada', ...store)
  const { out } = await line(folder, 'actions', 'list', ...store)
  const lines = out.trim().split('\n')
  assert.match(lines[1]!, /stream archived +Booking\/b1 +ada +tidy/)
  assert.match(lines[2]!, /rebuild view +bookings +ann +it is off +Generation 2 is in use\.$/)
  assert.match(lines[3]!, /rebuild view +bookings +ann +it is off *$/)
  const page = await line(folder, 'actions', 'list', '--limit', '1', ...store)
  const before = /--before (\d+)/.exec(page.err)![1]!
  const rest = JSON.parse((await line(folder, 'actions', 'list', '--before', before, '--json', ...store)).out) as {
    readonly order: string
  }[]
  assert.deepEqual(
    rest.map((action) => action.order),
    ['order-1', 'order-1'],
  )
})

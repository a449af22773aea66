import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { PlaceOrder, shop } from '../../runtime/orders.fixture.ts'
import { commandProcess, shopFolder } from '../line.fixture.ts'

test('tail shows what another process commits, and ends well when it is interrupted or its reader goes', async (t) => {
  const folder = await shopFolder(t)
  const whole = commandProcess(t, folder, 'store', 'tail', '--store', 'shop.db', '--after', '0', '--json')
  await whole.until(/"position":4/)
  const short = commandProcess(t, folder, 'store', 'tail', '--store', 'shop.db', '--after', '3')
  await short.until(/^4 /)
  short.closeOutput()
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  await running.execute(PlaceOrder({ orderId: 'c', customer: 'Bob', total: '2' }))
  await whole.until(/"stream":"Order\/c","version":1/)
  await running.stop()
  assert.equal(await short.ended, 0)
  whole.kill('SIGINT')
  assert.equal(await whole.ended, 0)
  assert.equal(whole.said().err, '')
})

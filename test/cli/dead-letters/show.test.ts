import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../../src/base/clock.ts'
import { byteBroker } from '../../fixtures/byte-broker.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { shopWith, thanks } from '../../runtime/messages.fixture.ts'
import { running, until } from '../../runtime/running.fixture.ts'
import { line } from '../line.fixture.ts'

test('show says of a message that could not be decoded why, and how many bytes are kept', async (t) => {
  const folder = folderFor(t)
  const channels = memory()
  const shop = await running(t, shopWith(thanks), { store: sqlite(join(folder, 's.db')), broker: byteBroker(channels) })
  const store = await channels.open({ clock: systemClock })
  t.after(() => store.close())
  const headers = {
    ce_id: 'x',
    ce_type: 'orders.OrderPlaced',
    ew_undecoded: 'the registry has no schema with the id 7',
  }
  const value = Buffer.from([0, 0, 0, 0, 7, 1]).toString('base64')
  await store.broker!.publish([{ channel: 'orders', key: 'x', id: 'x', headers: JSON.stringify(headers), value }])
  const consumer = 'mail/subscription:thanks'
  await until('a dead letter', async () => (await shop.inspect.deadLetters.list({ consumer, limit: 9 })).length === 1)
  await shop.stop()
  const { code, out } = await line(folder, 'dead-letters', 'show', consumer, 'x', '--store', 's.db')
  assert.equal(code, 0)
  assert.match(out, /^message +OrderPlaced +x$/m)
  assert.match(
    out,
    /^undecoded +6 bytes as they came, in base64 as the value\n {2}the registry has no schema with the id 7$/m,
  )
  assert.match(out, new RegExp(`"value": "${value.replaceAll('+', '\\+')}"`))
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { book } from '../../console/console.fixture.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { patience } from '../../fixtures/patience.ts'
import { running } from '../../runtime/running.fixture.ts'
import { hotelFolder, hotelModule, mails, system } from '../hotel.fixture.ts'
import { line } from '../line.fixture.ts'

test('channels are listed with their partitions, whoever reads them, and how far behind', async (t) => {
  const folder = await hotelFolder(t)
  const list = (...argv: string[]) =>
    line(folder, 'channels', 'list', '--system', hotelModule, '--store', 'hotel.db', ...argv)
  assert.match((await list()).out, new RegExp(`^booking-events +events +rooms +\\d+ +2 +${mails} +parked keys +0`, 'm'))
  const [channel] = JSON.parse((await list('--json')).out) as {
    readonly channel: string
    readonly partitions: unknown[]
    readonly groups: { readonly name: string; readonly parkedKeys: number }[]
  }[]
  assert.equal(channel?.channel, 'booking-events')
  assert.ok(channel.partitions.length > 0)
  assert.deepEqual(
    channel.groups.map(({ name, parkedKeys }) => [name, parkedKeys]),
    [[mails, 1]],
  )
  const wrong = await list('--broker', 'redis://here', '--json')
  assert.equal((JSON.parse(wrong.err) as { error: { code: string } }).error.code, 'EW_CONFIG')
})

if (kafkaBrokers() !== undefined) {
  test('channels in a broker outside of the store are asked there', async (t) => {
    const folder = folderFor(t)
    const { prefix, adapter: broker } = freshKafka()
    const open = await running(t, system, { store: sqlite(join(folder, 'hotel.db')), broker })
    await book(open, 'b1')
    assert.ok(await open.caughtUp(patience))
    await open.stop()
    const place = `kafka://${kafkaBrokers()}?prefix=${prefix}`
    const of = ['--system', hotelModule, '--store', 'hotel.db', '--broker', place]
    const { out, err } = await line(folder, 'channels', 'list', ...of)
    assert.match(out, new RegExp(`^booking-events +events +rooms +\\d+ +2 +${mails} +\\S+ +0`, 'm'), err)
  })
}

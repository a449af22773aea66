import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotelFolder, hotelModule } from '../hotel.fixture.ts'
import { line } from '../line.fixture.ts'

test('an event is shown with its meta, as it is stored, and with whoever reads it', async (t) => {
  const folder = await hotelFolder(t)
  const store = ['--store', 'hotel.db']
  const [first] = (await line(folder, 'store', 'read', 'Booking/b1', '--json', ...store)).out.split('\n')
  const { id } = JSON.parse(first!) as { readonly id: string }
  const shown = await line(folder, 'store', 'event', id, '--system', hotelModule, ...store)
  for (const said of [
    /^Booked {2}\S{36}$/m,
    /^version +2$/m,
    /^place +Booking\/b1@1, position 1$/m,
    /^correlationId +guest-7$/m,
    /^read by +stay \(sagas\)$/m,
    /^ {4}"bookingId": "b1",$/m,
  ])
    assert.match(shown.out, said)
  assert.doesNotMatch(shown.out, /as it is stored/)
  const json = JSON.parse((await line(folder, 'store', 'event', id, '--json', ...store)).out) as {
    readonly event: { readonly id: string; readonly data: unknown; readonly problem?: string }
    readonly stored: unknown
    readonly readers: unknown
  }
  assert.deepEqual([json.event.id, json.event.problem, json.readers], [id, undefined, []])
  assert.deepEqual(json.event.data, json.stored)
  const none = await line(folder, 'store', 'event', 'nothing', '--json', ...store)
  assert.deepEqual([none.code, (JSON.parse(none.err) as { error: { code: string } }).error.code], [1, 'EW_CONFIG'])
})

test('events of the log are read by type and correlation, and those of the engine by themselves', async (t) => {
  const folder = await hotelFolder(t)
  const types = async (...argv: string[]): Promise<string[]> =>
    (await line(folder, 'store', 'read', ...argv, '--json', '--store', 'hotel.db')).out
      .trim()
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => (JSON.parse(text) as { readonly type: string }).type)
  assert.deepEqual(await types('--type', 'Charged,Confirmed'), ['Charged', 'Confirmed'])
  assert.deepEqual(await types('--correlation', 'nobody'), [])
  assert.deepEqual(await types('--type', 'Booked', '--correlation', 'guest-7'), ['Booked'])
  const engine = await types('--engine', '--correlation', 'guest-7')
  assert.deepEqual([engine[0], engine.at(-1)], ['ew.SagaStarted', 'ew.SagaCompleted'])
  assert.equal((await line(folder, 'store', 'read', 'Booking/b1', '--engine', '--store', 'hotel.db')).code, 2)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotelFolder, hotelModule } from '../hotel.fixture.ts'
import { line } from '../line.fixture.ts'

test('a stream is shown with the state at each version, and what each event has changed', async (t) => {
  const folder = await hotelFolder(t)
  const store = ['--store', 'hotel.db']
  const archived = await line(folder, 'streams', 'archive', 'Booking/b1', '--reason', 'tidy', '--by', 'ada', ...store)
  assert.equal(archived.code, 0, archived.err)
  const show = (...argv: string[]) => line(folder, 'streams', 'show', ...argv, '--system', hotelModule, ...store)
  const shown = await show('Booking/b1')
  assert.match(
    shown.out,
    /^Booking\/b1 {2}archived {2}\(2 events\)\n {2}\S+ {2}archived by ada: tidy\n {3}1 {2}\S+ {2}Booked\n/,
  )
  assert.match(shown.out, /^ {8}status: "free" → "booked"$/m)
  assert.match(shown.out, /^state at 2\n {2}\{\n {4}"status": "confirmed",$/m)
  const first = JSON.parse((await show('Booking/b1', '--at', '1', '--json')).out) as {
    readonly versions: readonly { readonly state?: { readonly status: string }; readonly changes: unknown[] }[]
  }
  assert.deepEqual([first.versions.length, first.versions[0]?.state?.status], [1, 'booked'])
  const last = JSON.parse((await show('Booking/b1', '--last', '1', '--json')).out) as typeof first
  assert.deepEqual(last.versions[0]?.changes, [{ path: 'status', before: 'booked', after: 'confirmed' }])
  const bare = await line(folder, 'streams', 'show', 'stay/b1', ...store)
  assert.match(bare.out, /^stay\/b1 {2}open/)
  assert.match(bare.err, /States are told with --system/)
  const none = await show('Booking/nobody', '--json')
  assert.equal((JSON.parse(none.err) as { error: { code: string } }).error.code, 'EW_STREAM_UNKNOWN')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotelFolder, hotelModule } from '../hotel.fixture.ts'
import { line, type Answer } from '../line.fixture.ts'

test('rows of a view are printed by key, by an indexed column, and in its order', async (t) => {
  const folder = await hotelFolder(t)
  const rows = (...argv: string[]): Promise<Answer> =>
    line(folder, 'views', 'rows', 'bookings', ...argv, '--system', hotelModule, '--store', 'hotel.db')
  const keys = async (...argv: string[]): Promise<string[]> =>
    (JSON.parse((await rows(...argv, '--json')).out) as { rows: { key: string }[] }).rows.map(({ key }) => key)
  assert.match((await rows()).out, /^b1 +b1 +\S+@example\.com +2 +confirmed *$/m)
  const one = JSON.parse((await rows('b1', '--json')).out) as { readonly row: { readonly nights: number } }
  assert.equal(one.row.nights, 2)
  assert.deepEqual(await keys('--where', 'nights=2', '--order-by', 'nights', '--descending'), ['b1'])
  assert.deepEqual(await keys('--where', 'nights=3'), [])
  const codeOf = ({ err }: Answer): string => (JSON.parse(err) as { error: { code: string } }).error.code
  assert.equal(codeOf(await rows('--where', 'nights=many', '--json')), 'EW_QUERY')
  assert.equal(codeOf(await rows('--where', 'status=confirmed', '--json')), 'EW_QUERY')
  assert.equal((await rows('--where', 'nights')).code, 2)
  const none = await rows('nobody', '--json')
  assert.deepEqual([none.code, none.out], [1, 'null\n'])
})

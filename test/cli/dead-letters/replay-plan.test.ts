import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotelFolder, hotelModule, mails } from '../hotel.fixture.ts'
import { line, shopModule, type Answer } from '../line.fixture.ts'

test('a dry run says what a replay would do, and marks nothing', async (t) => {
  const folder = await hotelFolder(t)
  const letters = (...argv: string[]): Promise<Answer> => line(folder, 'dead-letters', ...argv, '--store', 'hotel.db')
  const dry = (...argv: string[]): Promise<Answer> => letters('replay', mails, ...argv, '--dry-run')
  const { code, out, err } = await dry('--system', hotelModule)
  assert.equal(code, 0, err)
  assert.match(out, /^b1 +Booked +2 +\d+ +Error +replayed$/m)
  assert.match(out, /^would replay 1 of 1 by the subscription mails of post, then \d+ behind them; nothing was done$/m)
  assert.match(err, /No process runs this consumer now/)
  // A release that does not know the event.
  const other = await dry('b1', '--system', shopModule, '--json')
  const plan = JSON.parse(other.out) as {
    readonly unreadable: number
    readonly handler?: unknown
    readonly items: readonly { readonly problem?: string }[]
  }
  assert.deepEqual([other.code, plan.unreadable, plan.handler], [1, 1, undefined])
  assert.match(plan.items[0]!.problem!, /EW_EVENT_UNKNOWN|declares no event/)
  assert.match((await dry()).err, /told with --system/)
  const [letter] = JSON.parse((await letters('list', '--json')).out) as { readonly state: string }[]
  assert.equal(letter?.state, 'parked')
  const none = await dry('nobody', '--json')
  assert.equal((JSON.parse(none.err) as { error: { code: string } }).error.code, 'EW_PARKED')
})

test('what was edited is listed beside what was discarded', async (t) => {
  const folder = await hotelFolder(t)
  const letters = (...argv: string[]): Promise<Answer> => line(folder, 'dead-letters', ...argv, '--store', 'hotel.db')
  const data = JSON.stringify({ bookingId: 'b1', guest: { email: 'x', phone: 'y' }, nights: 3, room: '1' })
  const edited = await letters('edit', mails, 'b1', '--data', data, '--system', hotelModule, '--reason', 'a typo')
  assert.equal(edited.code, 0, edited.err)
  const kinds = async (...argv: string[]): Promise<string[]> =>
    (JSON.parse((await letters('list', ...argv, '--json')).out) as { kind: string }[]).map(({ kind }) => kind)
  assert.deepEqual(await kinds('--edited', '--key', 'b1'), ['edited'])
  assert.deepEqual(await kinds('--discarded'), [])
  await letters('discard', mails, 'b1', '--reason', 'nobody lives there')
  assert.deepEqual(await kinds('--edited', '--discarded'), ['discarded', 'edited'])
  assert.match((await letters('list', '--edited', '--discarded')).out, /edited +post\S+ +b1 +Booked +operator +a typo/)
})

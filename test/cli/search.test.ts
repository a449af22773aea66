import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotelFolder, hotelModule, mails } from './hotel.fixture.ts'
import { line } from './line.fixture.ts'

test('a search tells what an id or a key stands for, each with the command that shows it', async (t) => {
  const folder = await hotelFolder(t)
  const search = (...argv: string[]) => line(folder, 'search', ...argv, '--store', 'hotel.db')
  const found = async (...argv: string[]): Promise<{ readonly kind: string; readonly command: string }[]> =>
    JSON.parse((await search(...argv, '--json')).out)
  const hits = await found('b1', '--system', hotelModule)
  assert.deepEqual(
    hits.map(({ kind, command }) => [kind, command]),
    [
      ['stream', 'eventwright streams show Booking/b1'],
      ['stream', 'eventwright streams show Till/b1'],
      ['saga', 'eventwright sagas show stay/b1'],
      ['row', 'eventwright views rows bookings b1'],
      ['dead letter', `eventwright dead-letters show ${mails} b1`],
    ],
  )
  // Each of these commands is one.
  for (const { kind, command } of hits) {
    const [, ...argv] = command.split(' ')
    const needsSystem = kind === 'row' ? ['--system', hotelModule] : []
    assert.equal((await line(folder, ...argv, ...needsSystem, '--store', 'hotel.db')).code, 0, command)
  }
  assert.deepEqual(
    (await found('guest-7')).map(({ kind, command }) => [kind, command]),
    [['correlation', 'eventwright trace guest-7']],
  )
  assert.match((await search('guest-7')).out, /^correlation +\d+ events +eventwright trace guest-7$/m)
  // Without the design names are found that the store itself has.
  assert.deepEqual(
    (await found('b1')).map(({ kind }) => kind),
    ['saga', 'dead letter'],
  )
  const nothing = await search("no'body")
  assert.deepEqual([nothing.code, nothing.out], [1, 'it stands for nothing here\n'])
})

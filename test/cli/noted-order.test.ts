import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotelFolder, hotelModule, mails } from './hotel.fixture.ts'
import { line, type Answer } from './line.fixture.ts'

test('replays and rebuilds are noted before and after, with who and why, where a reason is given', async (t) => {
  const folder = await hotelFolder(t)
  const run = (...argv: string[]): Promise<Answer> => line(folder, ...argv, '--store', 'hotel.db')
  const notes = async (): Promise<string[]> =>
    (
      JSON.parse((await run('actions', 'list', '--json')).out) as Record<
        'what' | 'of' | 'who' | 'why' | 'outcome',
        string
      >[]
    )
      .map(({ what, of, who, why, outcome = '…' }) => `${what} ${of} by ${who}: ${why} ${outcome}`)
      .reverse()
  const system = ['--system', hotelModule]
  for (const argv of [
    ['dead-letters', 'replay', mails, 'b1'],
    ['views', 'rebuild', 'bookings', ...system],
    ['views', 'rebuild-key', 'bookings', 'b1', ...system],
  ])
    assert.equal((await run(...argv)).code, 0, argv.join(' '))
  assert.deepEqual(await notes(), [])

  assert.equal((await run('dead-letters', 'replay', mails, '--reason', 'mended', '--who', 'ada')).code, 0)
  assert.equal((await run('dead-letters', 'replay', mails, 'nobody', '--reason', 'try', '--who', 'ada')).code, 1)
  const because = ['--reason', 'off', '--by', 'bob']
  assert.equal((await run('views', 'rebuild', 'bookings', ...system, ...because)).code, 0)
  assert.equal((await run('views', 'rebuild-key', 'bookings', 'b1', ...system, ...because)).code, 0)
  assert.deepEqual(await notes(), [
    `replay dead letters ${mails} by ada: mended …`,
    `replay dead letters ${mails} by ada: mended 1 are replayed by the process that runs the consumer.`,
    `replay dead letter ${mails} nobody by ada: try …`,
    `replay dead letter ${mails} nobody by ada: try EW_PARKED`,
    'rebuild view bookings by bob: off …',
    'rebuild view bookings by bob: off Generation 3 is in use.',
    'rebuild row bookings b1 by bob: off …',
    'rebuild row bookings b1 by bob: off The row was right already (2 events, generation 3).',
  ])
})

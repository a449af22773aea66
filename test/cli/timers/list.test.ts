import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { SendLetter } from '../../runtime/messages.fixture.ts'
import { office } from '../../runtime/timers.fixture.ts'
import { line } from '../line.fixture.ts'

test('timers are listed by service and time, as a table or as JSON', async (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'office.db')
  const open = await start(office, { store: sqlite(file) })
  const letter = (text: string) => SendLetter({ to: 'ada', text })
  await open.schedule(letter('late'), '2999-01-02T00:00:00Z', { key: 'b' })
  await open.schedule(letter('early'), '2999-01-01T00:00:00Z', { key: 'a' })
  await open.schedule(letter('other'), '2999-01-03T00:00:00Z', { key: 'c', service: 'plans' })
  await open.stop()

  const table = await line(folder, 'timers', 'list', '--store', file)
  assert.deepEqual([table.code, table.err], [0, ''])
  assert.deepEqual(
    table.out
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {2,}/)),
    [
      ['service', 'due', 'key', 'command', 'data'],
      ['mail', '2999-01-01T00:00:00.000Z', 'a', 'SendLetter', '{"text":"early","to":"ada"}'],
      ['mail', '2999-01-02T00:00:00.000Z', 'b', 'SendLetter', '{"text":"late","to":"ada"}'],
      ['plans', '2999-01-03T00:00:00.000Z', 'c', 'SendLetter', '{"text":"other","to":"ada"}'],
    ],
  )
  const json = await line(folder, 'timers', 'list', '--store', file, '--json', '--service', 'plans')
  const [timer] = JSON.parse(json.out) as { key: string; data: unknown }[]
  assert.deepEqual([timer!.key, timer!.data], ['c', { to: 'ada', text: 'other' }])
  const some = await line(folder, 'timers', 'list', '--store', file, '--limit', '1')
  assert.match(some.err, /--limit 10/)
  const none = await line(folder, 'timers', 'list', '--store', file, '--service', 'nobody')
  assert.equal(none.out, 'no timer is set\n')
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { append, event, unit } from '../../../src/testing/contracts/store-case.ts'
import { folderFor } from '../../fixtures/folder.ts'

test('an event whose data was deleted keeps its place on every read path and says so', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const store = await sqlite(file).open({ clock: systemClock })
  t.after(() => store.close())
  const events = [event(), event(), event()]
  await store.commit([unit('A/1', 'noStream', events), { appends: [append('S/1', 'any', 1, 1)] }])
  const other = new DatabaseSync(file)
  other.exec('update ew_events set data = null, deleted = 1 where version = 2')
  other.close()
  const shown = (
    list: readonly { readonly position: number; readonly data: string; readonly deleted: boolean }[],
  ): unknown[] => list.map(({ position, data, deleted }) => [position, data, deleted])
  const data = events[0]!.data
  const expected = [
    [1, data, false],
    [2, 'null', true],
    [3, data, false],
  ]
  assert.deepEqual(shown(await store.log.readStream({ stream: 'A/1', limit: 9 })), expected)
  assert.deepEqual(shown(await store.log.readLog({ partition: 0, after: 0, limit: 9 })), expected)
  assert.deepEqual(shown(await store.log.readLog({ partition: 0, after: 0, limit: 9, categories: ['A'] })), expected)
  assert.deepEqual(shown(await store.log.at([2])), [expected[1]])
  assert.equal((await store.log.places([events[1]!.id]))[0]?.position, 2)
  assert.equal((await store.log.readStream({ stream: 'A/1', limit: 9 }))[1]?.checksum, events[1]!.checksum)
})

test('a page of a few categories or of a stream is read by an index, whatever the file holds', async (t) => {
  const store = await sqlite(join(folderFor(t), 'store.db')).open({ clock: systemClock })
  t.after(() => store.close())
  const plan = async (sql: string): Promise<string> =>
    (await store.query(`explain query plan ${sql}`, [])).map((row) => row['detail']).join(' | ')
  assert.match(
    await plan(
      'select data from ew_events e where e.no = 1 and e.version >= 1 and e.version <= 9 order by e.version desc limit 5',
    ),
    /^SEARCH e USING INDEX \S+ \(no=\? AND version>\? AND version<\?\)$/,
  )
  const log = await plan(
    'select e.data, s.stream from ew_events e join ew_streams s on s.no = e.no where e.seq > 5 and e.seq <= 9 order by e.seq limit 5',
  )
  assert.match(
    log,
    /SEARCH e USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\) \| SEARCH s USING INTEGER PRIMARY KEY/,
  )
  assert.doesNotMatch(log, /TEMP B-TREE/)
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start, systemClock } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { patience } from '../../fixtures/patience.ts'
import { Count, counting, Stock } from '../../runtime/refeed.fixture.ts'
import { running, until } from '../../runtime/running.fixture.ts'
import { line } from '../line.fixture.ts'

test('a view that waits for events to be sent again says so, wherever one looks', async (t) => {
  const folder = folderFor(t)
  const store = sqlite(join(folder, 'shop.db'))
  const owner = await running(t, counting(Stock), { store, services: ['counter'] })
  await owner.execute(Count({ itemId: 'a', by: 1 }))
  assert.ok(await owner.caughtUp(patience))
  await owner.stop()
  const opened = await store.open({ clock: systemClock })
  await opened.broker!.trim(Date.now() + 24 * 3_600_000)
  const end = new AbortController()
  const reader = start(counting(Stock), { store, services: ['shown'], signal: end.signal })
  await until('it waits', async () => (await opened.ownership.list('view:stock#1')).length > 0)
  end.abort(new Error('it ends'))
  await assert.rejects(reader, /it ends/)
  await opened.close()
  const status = await line(folder, 'views', 'status', '--store', 'shop.db')
  assert.match(status.out, /stock +1 +1 +building, waiting for refeed/)
  const { out } = await line(folder, 'views', 'status', '--store', 'shop.db', '--json')
  assert.deepEqual(
    (JSON.parse(out) as { waitsFor?: string }[]).map(({ waitsFor }) => waitsFor),
    ['refeed'],
  )
  assert.match((await line(folder, 'views', 'list', '--store', 'shop.db')).out, /building, waiting for refeed/)
  const lag = await line(folder, 'lag', '--store', 'shop.db')
  assert.match(lag.out, /view:stock#1@refeed +waiting for refeed/)
  assert.match(lag.out, /2 waiting for refeed: the service that owns its events sends them again: see that it runs/)
})

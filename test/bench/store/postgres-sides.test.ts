import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import pg from 'pg'
import { open as openOurs } from '../../../bench/store/append-ours.ts'
import { open as openRaw } from '../../../bench/store/postgres/append-raw.ts'
import { Databases } from '../../../bench/store/postgres/databases.ts'
import { itemsOf } from '../../../bench/store/postgres/units.ts'
import { open as openOurUnits } from '../../../bench/store/postgres/units-ours.ts'
import { open as openRawUnits } from '../../../bench/store/postgres/units-raw.ts'
import { walSyncs } from '../../../bench/sagas/postgres/wal-syncs.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { until } from '../../runtime/running.fixture.ts'

const server = postgresUrl()

async function databaseFor(t: TestContext): Promise<string> {
  const databases = new Databases(server!)
  t.after(() => databases.drop())
  return databases.create(`test_${process.pid}`)
}

async function rowsIn(url: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rowCount!
  } finally {
    await client.end()
  }
}

const all = 'select from eventwright.ew_events'

if (server !== undefined) {
  for (const [what, open] of [
    ['ours', openOurs],
    ['by hand', openRaw],
    ['ours, units', openOurUnits],
    ['by hand, units', openRawUnits],
  ] as const) {
    test(`what is appended in flight (${what}) is whole, and a lost event is found out`, async (t) => {
      const store = await databaseFor(t)
      const side = await open(folderFor(t), { store, callers: 8 })
      assert.ok((await side.measure(200)).value > 0)
      assert.ok((await rowsIn(store, all)) > 0)
      await rowsIn(store, 'delete from eventwright.ew_events where position = 2')
      await assert.rejects(side.close(), /position 3/)
    })
  }

  test('both sides of the units write the same rows', async (t) => {
    const store = await databaseFor(t)
    for (const open of [openOurUnits, openRawUnits]) {
      const side = await open(folderFor(t), { store, callers: 1 })
      await side.measure(1)
      await side.close().catch((error: Error) => assert.match(error.message, /were acknowledged/))
    }
    const first = itemsOf(0).map(({ sku }) => `'Stock/${sku}'`)
    const moved = `select from eventwright.ew_streams where version >= 2 and stream in (${first.join()})`
    assert.equal(await rowsIn(store, moved), 10)
  })

  test('what a commit syncs is counted once its connection has ended', async (t) => {
    const store = await databaseFor(t)
    const before = await walSyncs(store)
    for (let n = 0; n < 5; n++) await rowsIn(store, `create table t${n} ()`)
    // Another session may have synced for one of ours, and tells what it did when it ends.
    await until('all are counted', async () => (await walSyncs(store)) >= before + 5)
  })
}

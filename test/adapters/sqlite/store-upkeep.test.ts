import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../../src/base/clock.ts'
import { folderFor } from '../../fixtures/folder.ts'

async function emptyFile(t: TestContext): Promise<DatabaseSync> {
  const file = join(folderFor(t), 'plans.db')
  const store = await sqlite(file).open({ clock: systemClock })
  await store.close()
  const database = new DatabaseSync(file)
  t.after(() => database.close())
  return database
}

const upkeep = {
  'rows of the outbox': 'select position from ew_outbox where position <= ? and service = ? order by position limit ?',
  'entries of the inbox': 'select service, key from ew_inbox where consumer = ? and at < ? order by at limit ?',
  'consumers of the inbox': 'select min(i.consumer) from ew_inbox i where i.consumer > ?',
  'open instances': 'select min(started_at) from ew_sagas where closed = 0 and id > ? and id < ?',
  'a page of mail': 'select seq, at from ew_mail where seq > ? order by seq limit ?',
  'old mail of a page': 'select 1 from ew_mail where seq > ? and seq <= ? and body is null and at < ?',
}

test('upkeep finds its rows by an index and sorts nothing', async (t) => {
  const database = await emptyFile(t)
  for (const [what, sql] of Object.entries(upkeep)) {
    const plan = database
      .prepare(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
    assert.ok(plan.length > 0 && plan.every((step) => step.startsWith('SEARCH')), `${what}: ${plan.join(', ')}`)
  }
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { running, until } from '../../runtime/running.fixture.ts'
import { hotelFolder, hotelModule, mails, system } from '../hotel.fixture.ts'
import { line } from '../line.fixture.ts'

test('whoever works on a store is listed with what he holds, and nobody where nobody does', async (t) => {
  const folder = await hotelFolder(t)
  const list = (...argv: string[]) => line(folder, 'processes', 'list', '--store', 'hotel.db', ...argv)
  assert.equal((await list()).out, 'nobody works on this store\n')
  const open = await running(t, system, { store: sqlite(join(folder, 'hotel.db')) })
  const found = async (): Promise<readonly { process: string; state: string; holds: string[] }[]> =>
    JSON.parse((await list('--system', hotelModule, '--json')).out)
  await until('all is held', async () => (await found())[0]?.holds.includes(mails))
  const [one, ...others] = await found()
  assert.deepEqual([one?.state, others], ['works', []])
  assert.match((await list()).out, /^\S+\/\d+ +works +\d+/m)
  await open.stop()
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotelFolder } from '../hotel.fixture.ts'
import { line } from '../line.fixture.ts'

test('instances are listed, and counted by saga and status', async (t) => {
  const folder = await hotelFolder(t)
  const list = async (...argv: string[]): Promise<unknown> =>
    JSON.parse((await line(folder, 'sagas', 'list', ...argv, '--json', '--store', 'hotel.db')).out)
  assert.equal(((await list()) as { id: string }[])[0]?.id, 'stay/b1')
  assert.deepEqual(await list('--counts'), [{ saga: 'stay', status: 'completed', count: 1 }])
  assert.deepEqual(await list('--counts', '--status', 'stuck'), [])
  const shown = await line(folder, 'sagas', 'list', '--counts', '--store', 'hotel.db')
  assert.match(shown.out, /^stay +completed +1$/m)
})

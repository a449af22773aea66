import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutPassword } from '../../src/cli/without-password.ts'
import { folderFor } from '../fixtures/folder.ts'
import { line } from './line.fixture.ts'

test('a password is left out wherever an address stands in what was typed', () => {
  const cases = {
    'postgres://me:secret@db:5432/shop': 'postgres://me:…@db:5432/shop',
    'postgres://me:se:cr@et@db/shop': 'postgres://me:…@db/shop',
    'postgres://me:se/cret@db/shop': 'postgres://me:…@db/shop',
    'postgres:/me:secret@db/shop': 'postgres:…@db/shop',
    'me:secret@db': 'me:…@db',
    "unknown option '--stroe=postgres://me:secret@db/shop'": "unknown option '--stroe=postgres://me:…@db/shop'",
    'postgres://db:5432/shop': 'postgres://db:5432/shop',
    'C:\\shop.db': 'C:\\shop.db',
  }
  for (const [typed, shown] of Object.entries(cases)) assert.equal(withoutPassword(typed), shown)
})

test('a line that was typed wrongly is repeated without the password in it', async (t) => {
  const folder = folderFor(t)
  const url = 'postgres://me:secret@127.0.0.1:1/shop'
  for (const argv of [[url], ['lag', url], ['lag', `--stroe=${url}`], ['lag', '--limit', url], ['migrate', url]]) {
    const { code, out, err } = await line(folder, ...argv)
    assert.equal(code, 2, argv.join(' '))
    assert.doesNotMatch(out + err, /secret/)
  }
})

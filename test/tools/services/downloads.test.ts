import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { download, downloaded, downloadsFolder } from '../../../tools/services/downloads.ts'
import { folderFor } from '../../fixtures/folder.ts'

const before = process.env['EVENTWRIGHT_DOWNLOADS']
afterEach(() => {
  if (before === undefined) delete process.env['EVENTWRIGHT_DOWNLOADS']
  else process.env['EVENTWRIGHT_DOWNLOADS'] = before
})

test('what is whole is fetched once, whoever asks at the same time', async (t) => {
  process.env['EVENTWRIGHT_DOWNLOADS'] = folderFor(t)
  let fetches = 0
  const fetch = (filled: string, final: string): void => {
    fetches++
    assert.equal(existsSync(final), false)
    writeFileSync(join(filled, 'program'), final)
  }
  assert.equal(downloaded('thing-1'), undefined)
  const folders = await Promise.all([download('thing-1', fetch), download('thing-1', fetch)])
  assert.deepEqual(folders, [downloaded('thing-1'), downloaded('thing-1')])
  assert.equal(readFileSync(join(folders[0]!, 'program'), 'utf8'), folders[0])
  assert.equal(fetches, 1)
})

test('a fetch that was broken off leaves nothing that could be taken for whole', async (t) => {
  process.env['EVENTWRIGHT_DOWNLOADS'] = folderFor(t)
  const half = (filled: string): void => {
    writeFileSync(join(filled, 'half'), '')
    throw new Error('the net is gone')
  }
  await assert.rejects(download('thing-1', half), /the net is gone/)
  assert.equal(downloaded('thing-1'), undefined)
  assert.deepEqual(readdirSync(downloadsFolder()), ['downloads.lock'])
})

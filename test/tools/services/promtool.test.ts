import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promtoolPath, promtoolProgram } from '../../../tools/services/promtool.ts'
import { promtoolPath as found } from '../../fixtures/promtool.ts'
import { folderFor } from '../../fixtures/folder.ts'

test('a promtool in PATH is taken, and nothing is fetched', async (t) => {
  const [folder, path] = [folderFor(t), process.env['PATH']]
  t.after(() => void (process.env['PATH'] = path))
  const own = join(folder, 'promtool')
  writeFileSync(own, '#!/bin/sh\n')
  chmodSync(own, 0o755)
  process.env['PATH'] = folder
  const said: string[] = []
  assert.equal(await promtoolProgram((sentence) => void said.push(sentence)), own)
  assert.deepEqual([promtoolPath(), said], [own, []])
})

const place = found()
if (place !== undefined) {
  test('what was fetched is the promtool of Prometheus', () => {
    const { stdout, stderr } = spawnSync(place, ['--version'], { encoding: 'utf8' })
    assert.match(stdout + stderr, /^promtool, version \d+\./)
  })
}

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startChild } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { torture } from '../fixtures/torture.ts'

test('six processes that create one file at the same moment make one store', async (t) => {
  const folder = folderFor(t)
  for (let round = 0; round < (torture ? 50 : 2); round++) {
    const children = Array.from({ length: 6 }, () => startChild('opening-process', join(folder, `store-${round}.db`)))
    t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
    await Promise.all(children.map((child) => child.until(1)))
    for (const child of children) child.process.stdin?.end()
    assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0, 0, 0, 0, 0])
    assert.equal(new Set(children.map((child) => child.lines[1])).size, 1)
  }
})

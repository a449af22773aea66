import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { startChild } from '../fixtures/child.ts'
import { checkCommitted } from '../fixtures/committed.ts'
import { folderFor } from '../fixtures/folder.ts'
import { torture } from '../fixtures/torture.ts'

const rounds = torture ? 200 : 10

test(`a process that commits is killed ${rounds} times: every acknowledged unit is there and none by half`, async (t) => {
  const file = join(folderFor(t), 'store.db')
  const random = seededRandom(20_260_131)
  const acknowledged: number[] = []
  let next = 1
  for (let round = 0; round < rounds; round++) {
    // A log of few pages, so that some kills meet a checkpoint.
    const child = startChild('committing-process', file, String(next), '50')
    t.after(() => child.process.kill('SIGKILL'))
    await child.until(1 + Math.floor(random() * 200))
    await new Promise((resolve) => setTimeout(resolve, random() * 4))
    child.process.kill('SIGKILL')
    await child.ended
    acknowledged.push(...child.lines.map((line) => Number.parseInt(line, 10)))
    const store = await sqlite(file).open({ clock: systemClock })
    next = (await checkCommitted(store, acknowledged)) + 1
    assert.equal((await store.query('pragma integrity_check', []))[0]?.['integrity_check'], 'ok')
    await store.close()
  }
  assert.ok(acknowledged.length >= rounds)
})

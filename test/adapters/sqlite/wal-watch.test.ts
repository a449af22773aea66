import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { startChild } from '../../fixtures/child.ts'
import { folderFor } from '../../fixtures/folder.ts'

test('commits of another process are heard within milliseconds, and own ones are not taken for theirs', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const store = await sqlite(file).open({ clock: systemClock })
  t.after(() => store.close())
  const delays: number[] = []
  let heard: (() => void) | undefined
  t.after(store.watch(() => heard?.()))
  const child = startChild('stepping-process', file)
  t.after(() => child.process.kill('SIGKILL'))
  await child.until(1)
  for (let step = 1; step <= 30; step++) {
    const position = await store.log.head(0)
    const woken = new Promise<void>((resolve) => {
      heard = resolve
    })
    child.process.stdin?.write('commit\n')
    await child.until(1 + step)
    const acknowledged = performance.now()
    await woken
    delays.push(performance.now() - acknowledged)
    assert.equal(await store.log.head(0), position + 1)
  }
  child.process.stdin?.end()
  await child.ended
  delays.sort((a, b) => a - b)
  assert.ok(delays[15]! < 20, `half of the wake-ups took longer than ${delays[15]} ms`)
})

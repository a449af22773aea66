import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { claimed, move, unit } from '../../../src/testing/contracts/store-case.ts'
import { startChild } from '../../fixtures/child.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { patienceMs } from '../../fixtures/patience.ts'

test('every commit of another process is heard although nobody asks', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const store = await sqlite(file).open({ clock: systemClock })
  t.after(() => store.close())
  let heard: (() => void) | undefined
  t.after(store.watch(() => heard?.()))
  const child = startChild('stepping-process', file)
  t.after(() => child.process.kill('SIGKILL'))
  await child.until(1)
  for (let step = 1; step <= 30; step++) {
    const position = await store.log.head(0)
    let woken = false
    heard = () => (woken = true)
    child.process.stdin?.write('commit\n')
    await child.until(1 + step)
    const deadline = performance.now() + patienceMs
    while (!woken && performance.now() < deadline) await systemClock.sleep(1)
    assert.ok(woken, `commit ${step} was not heard`)
    assert.equal(await store.log.head(0), position + 1)
  }
  child.process.stdin?.end()
  await child.ended
})

test('everybody who watches a store or its broker hears of a commit of others in one go', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const store = await sqlite(file).open({ clock: systemClock })
  const other = await sqlite(file).open({ clock: systemClock })
  t.after(() => Promise.all([store.close(), other.close()]))
  let heard = 0
  const counts: number[] = []
  const listener = (): void => {
    if (++heard % 6 === 1) process.nextTick(() => counts.push(heard))
  }
  for (let n = 0; n < 3; n++) {
    t.after(store.watch(listener))
    t.after(store.broker!.watch(listener))
  }
  for (let n = 1; n <= 10; n++) {
    await other.commit([unit('Other/1')])
    const deadline = performance.now() + patienceMs
    while (counts.length < n && performance.now() < deadline) await systemClock.sleep(1)
    assert.deepEqual(counts.slice(n - 1), [6 * n], `commit ${n}`)
  }
})

test('own commits of both kinds are not taken for those of others, and do not hide them', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const store = await sqlite(file).open({ clock: systemClock })
  t.after(() => store.close())
  const row = await claimed(store)
  let heard = 0
  t.after(store.watch(() => heard++))
  let position = 0
  const commitOwn = async (): Promise<void> => {
    await store.commit([unit('Own/1')])
    await store.commit([{ positions: [move({ ...row, position }, ++position)] }])
  }
  for (let n = 0; n < 50; n++) {
    await commitOwn()
    await systemClock.sleep(1)
  }
  assert.equal(heard, 0)
  assert.equal(store.turnMs(), 0)
  const other = await sqlite(file).open({ clock: systemClock })
  t.after(() => other.close())
  const started = performance.now()
  await other.commit([unit('Other/1')])
  await commitOwn()
  while (heard === 0 && performance.now() - started < patienceMs) await systemClock.sleep(1)
  assert.ok(heard > 0)
  assert.ok(store.turnMs() > 0)
})

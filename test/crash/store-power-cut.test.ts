import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { openConnections } from '../../src/adapters/sqlite/open.ts'
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { startChild } from '../fixtures/child.ts'
import { checkCommitted } from '../fixtures/committed.ts'
import { folderFor } from '../fixtures/folder.ts'
import { torture } from '../fixtures/torture.ts'

const cuts = torture ? 400 : 30

test('what commits everything waits for the disk, what commits rows and positions alone does not', async (t) => {
  const settings = { busyTimeoutMs: 0, checkpointPages: 100, maxPages: undefined }
  const { durable, relaxed, reading } = await openConnections(join(folderFor(t), 'store.db'), systemClock, settings)
  t.after(() => [durable, relaxed, reading].forEach((connection) => connection.close()))
  const full = 2
  const normal = 1
  assert.deepEqual([durable.pragma('journal_mode'), durable.pragma('synchronous')], ['wal', full])
  assert.deepEqual([relaxed.pragma('journal_mode'), relaxed.pragma('synchronous')], ['wal', normal])
})

test('a power cut that takes or garbles what came after an acknowledgement leaves everything acknowledged', async (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'store.db')
  const child = startChild('committing-process', file, '1', '0')
  t.after(() => child.process.kill('SIGKILL'))
  await child.until(400)
  child.process.kill('SIGKILL')
  await child.ended
  const acknowledgements = child.lines.map((line) => line.split(' ').map(Number) as [number, number])
  const log = readFileSync(`${file}-wal`)
  const random = seededRandom(7)
  for (let cut = 0; cut < cuts; cut++) {
    const copy = join(folder, `copy-${cut}.db`)
    const [, length] = acknowledgements[Math.floor(random() * acknowledgements.length)]!
    copyFileSync(file, copy)
    writeFileSync(`${copy}-wal`, damaged(log, length, random))
    const store = await sqlite(copy).open({ clock: systemClock })
    await checkCommitted(
      store,
      acknowledgements.filter(([, noted]) => noted <= length).map(([number]) => number),
    )
    await store.close()
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
  }
})

/** The log as a disk may have it that has lost its power: whole up to the length, then cut, noise, or holes. */
function damaged(log: Buffer, length: number, random: () => number): Buffer {
  const beyond = Buffer.from(log.subarray(length, length + Math.floor(random() * 40_000)))
  const kind = Math.floor(random() * 4)
  if (kind === 0) return log.subarray(0, length)
  if (kind === 1) return log.subarray(0, length + beyond.length)
  for (let at = 0; at < beyond.length; at++) {
    if (kind === 2) beyond[at] = Math.floor(random() * 256)
    else if (Math.floor(at / 512) % 3 === 1) beyond[at] = 0
  }
  return Buffer.concat([log.subarray(0, length), beyond])
}

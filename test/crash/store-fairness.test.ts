import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startChild } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { torture } from '../fixtures/torture.ts'

interface Report {
  readonly committed: number
  readonly errors: number
  readonly p99Ms: number
}

const seconds = torture ? 10 : 3
// On a busy machine processes wait for each other; who waits for the lock without giving way is stopped for seconds.
const longestP99Ms = torture ? 100 : 1_000
const largestRatio = torture ? 3 : 10

test(`six processes write to one file for ${seconds} s: no error, no stopped event loop, and each gets its turn`, async (t) => {
  const file = join(folderFor(t), 'store.db')
  const children = Array.from({ length: 6 }, (_, index) =>
    startChild('writing-process', file, String(index), String(seconds), '8'),
  )
  t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
  await Promise.all(children.map((child) => child.until(1)))
  for (const child of children) child.process.stdin?.end()
  assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0, 0, 0, 0, 0])
  const reports = children.map((child) => JSON.parse(child.lines[1] ?? '') as Report)
  const committed = reports.map((report) => report.committed)
  const shown = JSON.stringify(reports)
  t.diagnostic(shown)
  assert.ok(
    reports.every(({ errors }) => errors === 0),
    shown,
  )
  assert.ok(
    reports.every(({ p99Ms }) => p99Ms <= longestP99Ms),
    shown,
  )
  assert.ok(Math.min(...committed) * largestRatio >= Math.max(...committed), shown)
  assert.ok(Math.min(...committed) > 0, shown)
})

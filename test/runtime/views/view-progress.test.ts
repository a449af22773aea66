import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ViewBuild } from '../../../src/ports/views.ts'
import type { ConsumerReport } from '../../../src/runtime/lag/consumer-report.ts'
import { viewProgress } from '../../../src/runtime/views/view-progress.ts'

const build = { view: 'books', generation: 2, state: 'building', startedAtMs: 10_000 } as ViewBuild

function consumer(position: number, name = 'view:books#2'): ConsumerReport {
  return { name, source: 'log', position, lag: 0, parkedKeys: 0 } as unknown as ConsumerReport
}

test('a view that is being built tells how long it takes yet, at the pace since it has begun', () => {
  assert.equal(viewProgress([consumer(250)], build, 1_000, 15_000).leftMs, 15_000)
  assert.equal(viewProgress([consumer(500)], build, 1_000, 15_000).leftMs, 5_000)
})

test('one that is built, has not moved, or waits for others tells nothing of the time', () => {
  assert.equal(viewProgress([consumer(250)], { ...build, state: 'active' }, 1_000, 15_000).leftMs, undefined)
  assert.equal(viewProgress([consumer(0)], build, 1_000, 15_000).leftMs, undefined)
  assert.equal(viewProgress([consumer(1_000)], build, 1_000, 15_000).leftMs, undefined)
  const waiting = [consumer(250), consumer(250, 'view:books#2@refeed')]
  assert.equal(viewProgress(waiting, build, 1_000, 15_000).leftMs, undefined)
})

// Preloaded into each test file: one in which no test runs any more and that does not end is told of and ended, as a
// failure. Whatever a failed test leaves open would otherwise keep the runner waiting for ever: it limits tests only.
import { afterEach, beforeEach } from 'node:test'
import { isMainThread } from 'node:worker_threads'

/** Between two tests a file may open what they need. */
const graceMs = 120_000

if (isMainThread && process.env['NODE_TEST_CONTEXT'] === 'child-v8') watch()

function watch(): void {
  let running = 0
  let changedAtMs = performance.now()
  const count = (by: number) => (): void => {
    running += by
    changedAtMs = performance.now()
  }
  beforeEach(count(1))
  afterEach(count(-1))
  setInterval(() => running === 0 && performance.now() - changedAtMs > graceMs && end(), 5_000).unref()
}

function end(): void {
  const open = process.getActiveResourcesInfo().join(', ')
  console.error(`${process.argv[1]} goes on ${graceMs / 1_000} s after its tests: ${open}`)
  process.exit(1)
}

// Preloaded into each test file: one whose tests are over and that does not end is told of and ended, as a failure.
// Whatever a failed test leaves open would otherwise keep the runner waiting for ever, which limits tests and not files.
import { after } from 'node:test'
import { isMainThread } from 'node:worker_threads'

const graceMs = 30_000

if (isMainThread && process.env['NODE_TEST_CONTEXT'] === 'child-v8') after(() => void setTimeout(end, graceMs).unref())

function end(): void {
  const open = process.getActiveResourcesInfo().join(', ')
  console.error(`${process.argv[1]} goes on ${graceMs / 1_000} s after its tests: ${open}`)
  process.exit(1)
}

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { viewRows } from './orders-views.ts'

const folder = mkdtempSync(join(tmpdir(), 'eventwright-import-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const sample = 'examples/orders/sample/online-retail-sample.csv'

interface Ended {
  readonly killed: boolean
  readonly code: number | null
  readonly output: string
}

/** Runs the import of the sample; `killAfterMs` ends it without warning. */
function importInto(store: string, killAfterMs?: number): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [...process.execArgv.filter((flag) => !flag.startsWith('--test')), 'examples/orders/import.ts', sample, '--json'],
    {
      env: { ...process.env, EVENTWRIGHT_STORE: store, NODE_TEST_CONTEXT: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  return new Promise((resolve) =>
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      resolve({ killed: signal === 'SIGKILL', code, output })
    }),
  )
}

test('an import killed at ten random moments and run again ends with the views of an uninterrupted one', async () => {
  const calm = join(folder, 'calm.db')
  const startedMs = performance.now()
  const whole = await importInto(calm)
  const wholeMs = performance.now() - startedMs
  assert.equal(whole.code, 0, whole.output)
  const { durationMs: _, ...summary } = JSON.parse(whole.output) as Record<string, unknown>
  assert.deepEqual(summary, { orders: 61, creditNotes: 4, rejectedLines: 1, new: 65 })

  const torn = join(folder, 'torn.db')
  let killed = 0
  for (let round = 0; round < 10; round++) {
    const delayMs = Math.round(wholeMs * (0.3 + 0.7 * Math.random()))
    const ended = await importInto(torn, delayMs)
    if (ended.killed) killed++
  }
  console.log(`killed ${killed} of 10 imports; an uninterrupted one takes ${Math.round(wholeMs)} ms`)
  assert.ok(killed >= 3, 'the import must be killed in its middle')
  const last = await importInto(torn)
  assert.equal(last.code, 0, last.output)
  assert.deepEqual(viewRows(torn), viewRows(calm))

  const again = await importInto(torn)
  assert.equal((JSON.parse(again.output) as { new: number }).new, 0)
  assert.deepEqual(viewRows(torn), viewRows(calm))
})

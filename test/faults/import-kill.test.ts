import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { folderOfStores } from '../examples/orders/store-folder.ts'
import { count, isMade } from './claims.ts'
import { chance } from '../fixtures/chance.ts'
import { longTest, thorough } from '../fixtures/torture.ts'
import { longerSample } from './longer-sample.ts'
import { assertBalanced } from './orders-ledger.ts'
import { viewRows } from './orders-views.ts'

const copies = 2
const kills = thorough ? 10 : 3

interface Import {
  readonly process: ChildProcess
  readonly ended: Promise<{ readonly signal: string | null; readonly code: number | null; readonly output: string }>
}

function startImport(store: string, file: string): Import {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, 'examples/orders/import.ts', file, '--json'], {
    env: { ...env, EVENTWRIGHT_STORE: store },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { process: child, ended: new Promise((r) => child.on('close', (code, signal) => r({ signal, code, output }))) }
}

/** Work done so far: events stored. */
function workDone(store: string): number {
  return isMade(store) ? count(store, 'select position from ew_head where part = 0') : 0
}

/** The lease of a dead process runs out: here at once, so that the next one goes on instead of waiting for it. */
function letLeasesRunOut(store: string): void {
  const database = new DatabaseSync(store, { timeout: 10_000 })
  database.exec('update ew_ownership set until = 0')
  database.close()
}

/**
 * Kills imports into one file, each at its part of the work; answers where, or nothing when one has come to its end
 * before.
 */
async function killEach(
  store: string,
  file: string,
  targets: readonly number[],
  total: number,
): Promise<readonly string[] | undefined> {
  const killedAt: string[] = []
  for (const target of targets) {
    const before = workDone(store)
    const running = startImport(store, file)
    // At its target, but never before it has done something of its own.
    while (workDone(store) < Math.max(target, before + 1) && running.process.exitCode === null) await sleep(1)
    running.process.kill('SIGKILL')
    const { signal, code, output } = await running.ended
    assert.ok(signal === 'SIGKILL' || code === 0, `the import ended by itself with ${code}: ${output}`)
    const after = workDone(store)
    if (signal === null || after >= total) return undefined
    assert.ok(after > before, `killed at ${after} of ${total}, begun at ${before}`)
    killedAt.push(`${Math.round((100 * after) / total)} %`)
    letLeasesRunOut(store)
  }
  return killedAt
}

longTest(
  'an import killed again and again in the middle of its work ends with the views of an uninterrupted one',
  async (t) => {
    const folder = folderOfStores(t)
    const file = longerSample(folder, copies)
    const calm = join(folder, 'calm.db')
    const whole = await startImport(calm, file).ended
    assert.equal(whole.code, 0, whole.output)
    const { durationMs: _, ...summary } = JSON.parse(whole.output) as Record<string, unknown>
    const expected = { orders: 61 * copies, creditNotes: 4 * copies, rejectedLines: copies }
    assert.deepEqual(summary, { ...expected, new: 65 * copies })

    const total = workDone(calm)
    const shares = Array.from({ length: kills }, () => 0.02 + 0.58 * chance())
    const targets = shares.sort((a, b) => a - b).map((share) => Math.ceil(total * share))
    let torn = ''
    let killedAt: readonly string[] | undefined
    // On a busy machine an import may be through before anybody has seen how far it is.
    for (let attempt = 1; killedAt === undefined; attempt++) {
      assert.ok(attempt <= 5, 'the imports end before they are killed')
      torn = join(folder, `torn-${attempt}.db`)
      killedAt = await killEach(torn, file, targets, total)
    }
    console.log(`killed at ${killedAt.join(', ')} of the work`)

    assert.equal((await startImport(torn, file).ended).code, 0)
    await assertBalanced({ storeOf: () => calm, invoices: file, placed: 0 })
    const { cancelled } = await assertBalanced({ storeOf: () => torn, invoices: file, placed: 0 })
    const rows = viewRows(torn)
    // On a slow machine a payment may come to its deadline between two kills; its order is undone, as the books say.
    if (Object.keys(cancelled).length === 0) assert.deepEqual(rows, viewRows(calm))
    const again = await startImport(torn, file).ended
    const { durationMs: __, ...second } = JSON.parse(again.output) as Record<string, unknown>
    assert.deepEqual(second, { ...expected, new: 0 })
    assert.deepEqual(viewRows(torn), rows)
  },
)

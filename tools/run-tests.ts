import type { StdioOptions } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildConsolePage } from './console-page.ts'
import { readCounts } from './counts.ts'
import { runGroup } from './process-group.ts'
import { root } from './root.ts'
import type { Counts } from './counts.ts'

/** Counts of a run and the exit code of the runner; counts of zero when the runner itself broke. */
export type Outcome = Counts & { readonly exitCode: number; readonly isLate: boolean }

/** The longest take four minutes on a machine that is busy with something else. */
const usualHangMs = 600_000

/** How what is printed is shown: `quiet` only when it failed; `toStderr` beside a report on stdout. */
export interface RunOptions {
  readonly quiet?: boolean
  readonly toStderr?: boolean
  /** How long one test may last. */
  readonly hangMs?: number
  /** How long all of them may last: then they are killed, and what is known so far is the outcome. */
  readonly longestMs?: number | undefined
}

/** Runs `node --test` over `patterns` in the root of the project. */
export async function runTests(patterns: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { quiet = false, toStderr = false, hangMs = usualHangMs, longestMs } = options
  await buildConsolePage()
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-test-'))
  const report = join(folder, 'counts.json')
  const args = [
    '--conditions=eventwright-source',
    '--disable-warning=ExperimentalWarning',
    `--import=${join(root, 'tools/ended-file.ts')}`,
    ...(process.env['EVENTWRIGHT_SEED'] ? [`--import=${join(root, 'tools/seeded-properties.ts')}`] : []),
    '--test',
    // Many tests wait for processes, so there is room for one more than there are cores.
    `--test-concurrency=${availableParallelism() + 1}`,
    `--test-timeout=${hangMs}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'tools/counts.ts')}`,
    `--test-reporter-destination=${report}`,
    ...patterns,
  ]
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  // Hundreds of processes load the same sources, and much of what a short test takes is to compile them.
  const env = { ...own, NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const stdio: StdioOptions = ['ignore', quiet ? 'pipe' : toStderr ? process.stderr : 'inherit', 'inherit']
  try {
    const { code, isLate, said } = await runGroup(args, { cwd: root, env, stdio }, longestMs)
    if (code !== 0) process.stdout.write(said)
    return { ...countsIn(report), exitCode: code, isLate }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function countsIn(report: string): Counts {
  try {
    return readCounts(readFileSync(report, 'utf8'))
  } catch {
    return readCounts('')
  }
}

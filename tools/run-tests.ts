import { spawn } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildConsolePage } from './console-page.ts'
import { root } from './root.ts'
import type { Counts } from './counts.ts'

/** Counts of a run and the exit code of the runner; counts of zero when the runner itself broke. */
export type Outcome = Counts & { readonly exitCode: number }

const usualHangMs = 280_000

/** How what is printed is shown: `quiet` only when it failed; `toStderr` beside a report on stdout. */
export interface RunOptions {
  readonly quiet?: boolean
  readonly toStderr?: boolean
  /** How long one test may last. */
  readonly hangMs?: number
}

/** Runs `node --test` over `patterns` in the root of the project. */
export async function runTests(patterns: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { quiet = false, toStderr = false, hangMs = usualHangMs } = options
  await buildConsolePage()
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-test-'))
  const report = join(folder, 'counts.json')
  try {
    const exitCode = await runNode(
      [
        '--conditions=eventwright-source',
        '--disable-warning=ExperimentalWarning',
        '--test',
        // Many tests wait for processes, so there is room for one more than there are cores.
        `--test-concurrency=${availableParallelism() + 1}`,
        `--test-timeout=${hangMs}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${join(root, 'tools/counts.ts')}`,
        `--test-reporter-destination=${report}`,
        ...patterns,
      ],
      // Hundreds of processes load the same sources, and much of what a short test takes is to compile them.
      { NODE_COMPILE_CACHE: join(folder, 'compiled') },
      quiet ? 'pipe' : toStderr ? process.stderr : 'inherit',
    )
    return { ...readCounts(report), exitCode }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runNode(
  args: readonly string[],
  more: Readonly<Record<string, string>>,
  out: 'pipe' | 'inherit' | NodeJS.WriteStream,
): Promise<number> {
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  const env = { ...own, ...more }
  const stdio: StdioOptions = ['ignore', out, 'inherit']
  const child = spawn(process.execPath, args, { cwd: root, env, stdio })
  const said: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk))
  const stop = (): void => void child.kill('SIGTERM')
  process.once('SIGTERM', stop)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      process.off('SIGTERM', stop)
      if (code !== 0) process.stdout.write(Buffer.concat(said))
      resolve(code ?? 1)
    })
  })
}

function readCounts(report: string): Counts {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Counts
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: [] }
  }
}

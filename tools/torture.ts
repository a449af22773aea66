// `npm run torture -- ownership|postgres|orders|log|slow|all [--rounds N] [--json]`: the long versions of fault tests,
// and the tests of the runtime over a server that takes its time, one file after the other, on a PostgreSQL that is
// started when none is named. Ends with one line that says how it went.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './root.ts'
import { runTests } from './run-tests.ts'
import { postgresService } from './services/postgres.ts'
import { settings, tortures } from './tortures.ts'

const usage = `npm run torture -- ${[...Object.keys(tortures), 'all'].join('|')} [--rounds N] [--json]`
const longestTestMs = 6 * 3_600_000

interface Report {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly failures: readonly string[]
  readonly seconds: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, json: { type: 'boolean', default: false } },
})
const [name = '', ...more] = positionals
const chosen = name === 'all' ? Object.keys(tortures) : Object.hasOwn(tortures, name) ? [name] : undefined

if (chosen === undefined || more.length > 0 || !/^([1-9]\d{0,5})?$/.test(values.rounds ?? '')) {
  console.error(`usage: ${usage}`)
  process.exitCode = 2
} else {
  process.env['EVENTWRIGHT_TORTURE'] = '1'
  if (values.rounds !== undefined) process.env['EVENTWRIGHT_ROUNDS'] = values.rounds
  await withPostgres(() => torture(chosen))
}

async function torture(names: readonly string[]): Promise<void> {
  const reports: Report[] = []
  const list = names.flatMap((each) => tortures[each]!.map((file) => ({ file, set: settings[each] ?? {} })))
  for (const [index, { file, set }] of list.entries()) {
    console.error(`== ${file} (${index + 1} of ${list.length})`)
    Object.assign(process.env, set)
    reports.push(await reportOf(file))
    for (const variable of Object.keys(set)) delete process.env[variable]
  }
  const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0)
  const [passed, failed, seconds] = [
    sum((each) => each.passed),
    sum((each) => each.failed),
    sum((each) => each.seconds),
  ]
  for (const { failures } of reports) for (const failure of failures) console.error(`failed: ${failure}`)
  if (values.json) console.log(JSON.stringify({ torture: name, passed, failed, seconds, files: reports }))
  else console.log(`torture ${name}: ${passed} passed, ${failed} failed in ${seconds} s`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

async function reportOf(file: string): Promise<Report> {
  const from = performance.now()
  const run = await runTests([file], { toStderr: values.json, hangMs: longestTestMs })
  const seconds = Math.round((performance.now() - from) / 1000)
  // A runner that breaks, or a file in which nothing ran, has shown nothing.
  const isVoid = run.failed === 0 && (run.exitCode !== 0 || run.passed === 0)
  const { passed, failures } = run
  const failed = isVoid ? 1 : run.failed
  console.error(`== ${file}: ${passed} passed, ${failed} failed in ${seconds} s`)
  return { file, passed, failed, failures: isVoid ? [`${file}: nothing ran to its end`] : failures, seconds }
}

/** One that somebody else runs is used and left alone. */
async function withPostgres(work: () => Promise<void>): Promise<void> {
  if (process.env[postgresService.variable]) return work()
  const folder = join(root, '.services')
  const wasRunning = postgresService.status(folder).pid !== undefined
  process.env[postgresService.variable] = await postgresService.start(folder, (sentence) => console.error(sentence))
  try {
    await work()
  } finally {
    if (!wasRunning) await postgresService.stop(folder)
  }
}

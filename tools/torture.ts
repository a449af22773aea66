// `npm run torture -- ownership|postgres|orders|log|slow|all [--minutes N] [--rounds N] [--seed S] [--json]`: the long
// versions of fault tests, and the tests of the runtime over a server that takes its time, one file after the other, on
// a PostgreSQL that is started when none is named. Ends with one line that says how it went.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './root.ts'
import { runTests } from './run-tests.ts'
import { postgresService } from './services/postgres.ts'
import { settings, tortures } from './tortures.ts'

const names = [...Object.keys(tortures), 'all'].join('|')
const usage = `npm run torture -- ${names} [--minutes N] [--rounds N] [--seed S] [--json]`
const longestTestMs = 6 * 3_600_000
/** Of each test in a pass of a run that has so many minutes: every file gets its turn. */
const roundsOfAPass = '3'

interface Order {
  readonly name: string
  readonly chosen: readonly string[]
  readonly minutes: number | undefined
  readonly rounds: string | undefined
  readonly seed: number
  readonly json: boolean
}

interface Report {
  readonly file: string
  readonly seed: number
  readonly passed: number
  readonly failed: number
  readonly failures: readonly string[]
  readonly seconds: number
}

const order = orderOf(process.argv.slice(2))
if (typeof order === 'string') {
  console.error(`${order}usage: ${usage}`)
  process.exitCode = 2
} else await withPostgres(() => torture(order))

/** What is asked for; a text when that is nothing that can be done. */
function orderOf(args: readonly string[]): Order | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        minutes: { type: 'string' },
        rounds: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const [name = '', ...more] = positionals
    const chosen = name === 'all' ? Object.keys(tortures) : Object.hasOwn(tortures, name) ? [name] : undefined
    const isCount = (text: string | undefined): boolean => text === undefined || /^[1-9]\d{0,5}$/.test(text)
    const { minutes, rounds, json } = values
    const seed = values.seed ?? (process.env['EVENTWRIGHT_SEED'] || String(Math.floor(Math.random() * 2 ** 31)))
    const areNumbers = isCount(minutes) && isCount(rounds) && /^\d{1,10}$/.test(seed) && Number(seed) < 2 ** 32
    if (chosen === undefined || more.length > 0 || !areNumbers) return ''
    return {
      name,
      chosen,
      rounds,
      json,
      seed: Number(seed),
      minutes: minutes === undefined ? undefined : Number(minutes),
    }
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n`
  }
}

/** Once through all files, or again and again with the next seed until no minute is left to begin another file. */
async function torture({ name, chosen, minutes, rounds, seed, json }: Order): Promise<void> {
  process.env['EVENTWRIGHT_TORTURE'] = '1'
  const each = rounds ?? (minutes === undefined ? undefined : roundsOfAPass)
  if (each !== undefined) process.env['EVENTWRIGHT_ROUNDS'] = each
  const reports: Report[] = []
  const list = chosen.flatMap((one) => tortures[one]!.map((file) => ({ file, set: settings[one] ?? {} })))
  const from = performance.now()
  const isOver = (): boolean => minutes !== undefined && performance.now() - from >= minutes * 60_000
  for (let pass = 0; pass === 0 || (minutes !== undefined && !isOver()); pass++)
    for (const [index, { file, set }] of list.entries()) {
      if (isOver()) break
      console.error(`== ${file} (${index + 1} of ${list.length}), seed ${seed + pass}`)
      reports.push(await reportOf(file, seed + pass, { ...set, EVENTWRIGHT_SEED: String(seed + pass) }, json))
    }
  tell(name, seed, reports, json)
}

function tell(name: string, seed: number, reports: readonly Report[], json: boolean): void {
  const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0)
  const [passed, failed, seconds] = [
    sum((each) => each.passed),
    sum((each) => each.failed),
    sum((each) => each.seconds),
  ]
  for (const { failures } of reports) for (const failure of failures) console.error(`failed: ${failure}`)
  if (json) console.log(JSON.stringify({ torture: name, seed, passed, failed, seconds, files: reports }))
  else console.log(`torture ${name}: ${passed} passed, ${failed} failed in ${seconds} s, seed ${seed}`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

async function reportOf(
  file: string,
  seed: number,
  set: Readonly<Record<string, string>>,
  json: boolean,
): Promise<Report> {
  const from = performance.now()
  Object.assign(process.env, set)
  const run = await runTests([file], { toStderr: json, hangMs: longestTestMs })
  for (const variable of Object.keys(set)) delete process.env[variable]
  const seconds = Math.round((performance.now() - from) / 1000)
  // A runner that breaks, or a file in which nothing ran, has shown nothing.
  const isVoid = run.failed === 0 && (run.exitCode !== 0 || run.passed === 0)
  const { passed, failures } = run
  const failed = isVoid ? 1 : run.failed
  console.error(`== ${file}: ${passed} passed, ${failed} failed in ${seconds} s`)
  return { file, seed, passed, failed, failures: isVoid ? [`${file}: nothing ran to its end`] : failures, seconds }
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

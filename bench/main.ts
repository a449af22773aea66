// `npm run bench -- SUITE [--quick] [--json] [--only START] [--events N]`: measures a suite, prints a table and writes
// bench/results/SUITE.json and .svg. With --only it measures what begins so, with --events fewer events or more, and
// writes nothing.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cheapFsyncUs, environmentOf, fdatasyncUs, type Environment } from './environment.ts'
import { TerminalProgress } from './progress.ts'
import { writeResults } from './results.ts'
import type { Row, Suite } from './suite.ts'
import { table } from './table.ts'

const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  console: async () => (await import('./console/suite.ts')).consoleSuite(),
  large: async () => (await import('./large/suite.ts')).largeSuite(),
  messaging: async () => (await import('./messaging/suite.ts')).messagingSuite(),
  sagas: async () => (await import('./sagas/suite.ts')).sagasSuite(),
  store: async () => (await import('./store/suite.ts')).storeSuite(),
  types: async () => (await import('./types/suite.ts')).typesSuite(),
}

/** Fewer than these are over before there is anything to see; parts are of equal size. */
const eventsStep = 1_000

const usage = `usage: npm run bench -- SUITE [--quick] [--json] [--only START] [--events N]
suites: ${Object.keys(suites).join(', ')}`

process.exitCode = await main()

async function main(): Promise<number> {
  const asked = readArguments()
  if (typeof asked === 'string') {
    console.error(`${asked}\n${usage}`)
    return 2
  }
  const suite = await suites[asked.suite]!()
  if (asked.events !== undefined && suite.takesEvents === undefined) {
    console.error(`"${suite.name}" does not go by a number of events.`)
    return 2
  }
  const measures = suite.measures.filter(({ id }) => id.startsWith(asked.only))
  if (measures.length === 0) {
    console.error(
      `Nothing in "${suite.name}" begins with "${asked.only}": ${suite.measures.map(({ id }) => id).join(', ')}`,
    )
    return 2
  }
  const results = join(import.meta.dirname, 'results')
  mkdirSync(results, { recursive: true })
  const folder = realpathSync(mkdtempSync(join(results, 'work-')))
  const progress = new TerminalProgress(process.stderr)
  process.once('SIGINT', () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(130)
  })
  try {
    const before = await environmentOf(folder)
    const measured: Row[] = []
    for (const { run } of measures)
      measured.push(...(await run({ quick: asked.quick, events: asked.events, folder, progress })))
    progress.end()
    const environment: Environment = { ...before, fdatasyncAfterUs: fdatasyncUs(folder) }
    const rows = measured.map((row) => onThisDisk(row, environment))
    const found = { suite: suite.name, quick: asked.quick, environment, rows }
    const isWhole = asked.only === '' && asked.events === undefined
    if (isWhole) writeResults(results, found)
    if (asked.json) console.log(JSON.stringify(found, null, 2))
    else console.log(`${table(rows)}\n\n${environmentLine(environment)}`)
    if (!asked.json && isWhole) console.log(`bench/results/${suite.name}.json has every repetition.`)
    return rows.some(({ verdict }) => verdict === 'missed') ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Asked {
  readonly suite: string
  readonly quick: boolean
  readonly json: boolean
  readonly only: string
  readonly events: number | undefined
}

function readArguments(): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        events: { type: 'string' },
      },
    })
    const [suite, ...more] = positionals
    if (suite === undefined || more.length > 0) return 'Name one suite.'
    if (!Object.hasOwn(suites, suite)) return `There is no suite "${suite}".`
    const events = values.events === undefined ? undefined : Number(values.events)
    if (events !== undefined && !(events > 0 && Number.isSafeInteger(events / eventsStep)))
      return `--events is a multiple of ${eventsStep}, not "${values.events}".`
    return { suite, ...values, events }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A target that rests on the cost of an fsync is not missed where an fsync costs next to nothing. */
function onThisDisk(row: Row, { fdatasyncBeforeUs, fdatasyncAfterUs }: Environment): Row {
  const costUs = Math.min(fdatasyncBeforeUs, fdatasyncAfterUs)
  if (!row.restsOnFsync || costUs >= cheapFsyncUs) return row
  const cheap = `an fsync costs ${costUs} µs here; the target counts where it costs at least ${cheapFsyncUs} µs`
  const note = row.note === undefined ? cheap : `${row.note}; ${cheap}`
  return { ...row, note, verdict: row.verdict === 'missed' ? 'not judged' : row.verdict }
}

function environmentLine(environment: Environment): string {
  const { cpu, cores, node, sqlite, postgres, disk, fdatasyncBeforeUs, fdatasyncAfterUs } = environment
  const server =
    postgres === null
      ? 'no PostgreSQL'
      : `PostgreSQL ${postgres.version} (${Object.entries(postgres.settings)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')})`
  return (
    `${cores} × ${cpu}, Node ${node}, SQLite ${sqlite}, ${server}, ${disk}, ` +
    `fdatasync ${fdatasyncBeforeUs} µs before and ${fdatasyncAfterUs} µs after`
  )
}

import { fork } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { deleteParty } from '../../examples/orders/outside/delete-party.ts'
import { partyFile } from '../../examples/orders/outside/party-file.ts'
import { median, type Bench, type Repetition, type Row } from '../suite.ts'
import { generateRetail } from './generate-retail.ts'
import type { MemorySample } from './heap-probe.ts'

const importer = fileURLToPath(new URL('../../examples/orders/import.ts', import.meta.url))
const probe = new URL('./heap-probe.ts', import.meta.url).href
const fullRows = 541_909
const quickRows = 60_000
const residentMiB = 300
const growth = 1.2

interface Summary {
  readonly orders: number
  readonly creditNotes: number
  readonly rejectedLines: number
  readonly new: number
  readonly durationMs: number
}

/**
 * Imports a generated file with the importer of the order system in its own process. The promise is constant memory:
 * the heap after a collection in the last tenth of the time against that in the second tenth.
 */
export async function importRow({ quick, folder, progress }: Bench): Promise<Row> {
  const rows = quick ? quickRows : fullRows
  progress.begin('import-541909', 101)
  const file = join(folder, 'retail.csv')
  await generateRetail(file, rows)
  progress.step('generated')
  const store = join(folder, 'retail.db')
  const { summary, samples } = await runImport(file, store, progress)
  await Promise.all([deleteParty(partyFile('provider', store)), deleteParty(partyFile('mail', store))])
  const events = eventsIn(store)
  const heap = (tenth: number): number => median(ofTenth(samples, tenth).map((sample) => sample.heapMiB))
  const [early, late] = [heap(1), heap(9)]
  const resident = Math.max(...samples.map((sample) => sample.residentMiB))
  const seconds = summary.durationMs / 1000
  const repetition: Repetition = { ours: late, theirs: early, ratio: late / early }
  return {
    id: 'import-541909',
    what: `heap while ${rows.toLocaleString('en-GB')} rows are imported`,
    unit: 'MiB',
    peer: 'heap after collection in the second tenth of the import',
    ratio: repetition.ratio,
    target: `<= ${growth}`,
    ours: late,
    theirs: early,
    repetitions: [repetition],
    verdict: repetition.ratio! <= growth && resident < residentMiB && summary.new > 0 ? 'met' : 'missed',
    details: {
      'highest resident MiB': resident,
      'orders/s': summary.new / seconds,
      'events/s': events / seconds,
      events,
      orders: summary.orders,
      'credit notes': summary.creditNotes,
      'rejected lines': summary.rejectedLines,
      seconds,
    },
    note: `ours = heap after collection in the last tenth; the resident size must also stay below ${residentMiB} MiB`,
  }
}

/** The samples of one tenth of the time; should none fall into it, the nearest one. */
function ofTenth(samples: readonly MemorySample[], tenth: number): readonly MemorySample[] {
  const from = samples[0]!.atMs
  const width = (samples.at(-1)!.atMs - from) / 10
  const within = samples.filter(({ atMs }) => atMs >= from + tenth * width && atMs <= from + (tenth + 1) * width)
  if (within.length > 0) return within
  const middle = from + (tenth + 0.5) * width
  return [
    samples.reduce((best, sample) => (Math.abs(sample.atMs - middle) < Math.abs(best.atMs - middle) ? sample : best)),
  ]
}

function eventsIn(store: string): number {
  const database = new DatabaseSync(store, { readOnly: true })
  try {
    return database.prepare('select position from ew_head where part = 0').get()!['position'] as number
  } finally {
    database.close()
  }
}

async function runImport(
  file: string,
  store: string,
  progress: Bench['progress'],
): Promise<{ readonly summary: Summary; readonly samples: readonly MemorySample[] }> {
  const child = fork(importer, [file, '--json'], {
    // As `npm run import` does: without it the young generation alone may grow to 96 MiB before it is collected.
    execArgv: [...process.execArgv, '--max-semi-space-size=16', '--expose-gc', '--import', probe],
    env: { ...process.env, EVENTWRIGHT_STORE: store },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const samples: MemorySample[] = []
  let answer = ''
  let said = ''
  let percent = 0
  child.on('message', (sample: MemorySample) => void samples.push(sample))
  child.stdout!.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000)
    const now = Number(/import: (\d+) %/.exec(chunk.toString())?.[1] ?? percent)
    for (; percent < now; percent++) progress.step(`${now} % read`)
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`The import ended with ${String(code)}.\n${said}`)
  if (samples.length === 0) throw new Error('The import was over before its memory could be looked at.')
  return { summary: JSON.parse(answer.trim().split('\n').at(-1)!) as Summary, samples }
}

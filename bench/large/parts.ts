import { judge, median, type Bench, type Row } from '../suite.ts'
import { VariantProcess, type Measured } from '../variant.ts'

/** How many measurements a run has; the first and the last tenth of them are compared. */
export const parts = 100

/** In fewer a process is still growing to its size. */
const leastEvents = 1_000_000
const shortNote = 'with fewer than 1,000,000 events the first tenth is over before a process has its size'

/** A long run: what it does, and where its code is. */
export interface LongRun {
  readonly id: string
  readonly what: string
  readonly file: string
  readonly store: string
  readonly events: number
}

/**
 * Runs it in a process of its own, part by part, and answers three rows: how fast it was at the end and at the
 * beginning, and how much memory it had then.
 */
export async function longRun(run: LongRun, { folder, progress }: Bench): Promise<readonly Row[]> {
  const { id, file, store, events } = run
  progress.begin(id, parts)
  const options = { store, events, parts }
  const variant = await VariantProcess.open({ file, options, flags: ['--expose-gc'] }, id, folder)
  const measured: Measured[] = []
  const begun = performance.now()
  let ms = 0
  try {
    for (let part = 1; part <= parts; part++) {
      measured.push(await variant.measure(0))
      ms = performance.now() - begun
      progress.step(`${Math.round(measured.at(-1)!.value)}/s, ${timeLeft(ms, part)} left`)
    }
    await variant.close()
  } finally {
    variant.kill()
  }
  return rowsOf(run, measured, (events * 1000) / ms)
}

/** How long the rest takes if it goes on like that. */
export function timeLeft(ms: number, part: number): string {
  const seconds = Math.round(((ms / part) * (parts - part)) / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

/** The rows of a run from its measurements. */
export function rowsOf({ id, what, events }: LongRun, measured: readonly Measured[], overall: number): readonly Row[] {
  const tenth = (events / 10).toLocaleString('en-GB')
  const [first, last] = [measured.slice(0, parts / 10), measured.slice(-parts / 10)]
  const peer = `the first ${tenth} events; ours: the last ${tenth}`
  const short = events < leastEvents ? ({ verdict: 'not judged', note: shortNote } as const) : undefined
  const row = (suffix: string, unit: string, target: string | null, valueOf: (one: Measured) => number): Row => {
    const [ours, theirs] = [median(last.map(valueOf)), median(first.map(valueOf))]
    const ratio = ours / theirs
    const repetitions = measured.map((one) => ({ ours: valueOf(one), theirs: null, ratio: null }))
    const words = { id: `${id}${suffix}`, what, unit, peer, target }
    return { ...words, ratio, ours, theirs, repetitions, verdict: judge(ratio, target), ...(target && short) }
  }
  const seen = (name: string) => (one: Measured) => Number(one.details![name])
  return [
    {
      ...row('', 'events/s', null, ({ value }) => value),
      details: { 'events/s of the whole run': Math.round(overall) },
    },
    row('-resident', 'MiB', '<= 1.1', seen('highest resident MiB')),
    row('-heap', 'MiB', '<= 1.1', seen('heap after collection MiB')),
  ]
}

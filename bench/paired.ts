import { judge, median, type Bench, type Repetition, type Row, type Words } from './suite.ts'
import { VariantProcess, type Measured, type VariantModule } from './variant.ts'

/** A comparison of two variants that do the same work. */
export interface Comparison extends Words {
  readonly ours: VariantModule
  readonly theirs: VariantModule
  /** How long one repetition of one side lasts. A variant with a fixed piece of work ignores it. */
  readonly forMs: number
  readonly repetitions: number
  /** Unmeasured runs of each side before the first repetition; default 1, more where calls are few or code is much. */
  readonly warmUps?: number
  readonly note?: string
  readonly restsOnFsync?: true
  /** What of the last measurements stands in the row; default: what `ours` said. */
  details?(ours: readonly Measured[], theirs: readonly Measured[]): Row['details']
}

/** As long as the optimizing compiler needs, where calls are many, before the speed of a process that runs for days. */
const warmUpMs = 3_000

/** What both sides have measured in one repetition. */
export interface Pair {
  readonly ours: Measured
  readonly theirs: Measured
}

/** The row of two variants; its ratio is the median of the ratios of the pairs. */
export async function compare(comparison: Comparison, bench: Bench): Promise<Row> {
  const { id, what, unit, peer, target, note, restsOnFsync } = comparison
  const pairs = await measurePairs(comparison, bench)
  const values = pairs.map(({ ours, theirs }) => ({ ours: ours.value, theirs: theirs.value }))
  const row = rowOf({ id, what, unit, peer, target, pairs: values })
  const details =
    comparison.details === undefined
      ? pairs.at(-1)!.ours.details
      : comparison.details(
          pairs.map((pair) => pair.ours),
          pairs.map((pair) => pair.theirs),
        )
  return {
    ...row,
    ...(details && { details }),
    ...(note !== undefined && { note }),
    ...(restsOnFsync && { restsOnFsync }),
  }
}

/**
 * Runs both sides round-robin, each in its own process, so that whatever else the machine does meets both. The side
 * that begins changes from repetition to repetition.
 */
export async function measurePairs(
  comparison: Pick<Comparison, 'id' | 'ours' | 'theirs' | 'forMs' | 'repetitions' | 'warmUps'>,
  { folder, progress }: Bench,
): Promise<readonly Pair[]> {
  const { id, forMs, repetitions, warmUps = 1 } = comparison
  progress.begin(id, 2 * (repetitions + warmUps))
  const opened: VariantProcess[] = []
  const open = async (module: VariantModule, side: string): Promise<VariantProcess> => {
    const variant = await VariantProcess.open(module, `${id}-${side}`, folder)
    opened.push(variant)
    return variant
  }
  try {
    const [ours, theirs] = [await open(comparison.ours, 'ours'), await open(comparison.theirs, 'theirs')]
    for (let run = 0; run < warmUps; run++) {
      for (const side of [ours, theirs]) {
        await side.measure(warmUpMs)
        progress.step('warm-up')
      }
    }
    const pairs: Pair[] = []
    for (let run = 0; run < repetitions; run++) {
      const first = run % 2 === 0
      const one = await (first ? ours : theirs).measure(forMs)
      progress.step()
      const other = await (first ? theirs : ours).measure(forMs)
      progress.step()
      pairs.push(first ? { ours: one, theirs: other } : { ours: other, theirs: one })
    }
    for (const variant of [ours, theirs]) await variant.close()
    return pairs
  } finally {
    for (const variant of opened) variant.kill()
  }
}

/** The row of measured pairs. */
export function rowOf(
  measured: Words & {
    readonly pairs: readonly { readonly ours: number; readonly theirs: number }[]
  },
): Row {
  const { pairs, ...words } = measured
  const repetitions = pairs.map(({ ours, theirs }): Repetition => ({ ours, theirs, ratio: ours / theirs }))
  const ratio = median(repetitions.map((each) => each.ratio!))
  return {
    ...words,
    ratio,
    repetitions,
    ours: median(pairs.map(({ ours }) => ours)),
    theirs: median(pairs.map(({ theirs }) => theirs)),
    verdict: judge(ratio, words.target),
  }
}

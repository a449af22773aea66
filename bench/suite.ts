/** Side-by-side measurements on one subject. */
export interface Suite {
  readonly name: string
  /** One line for the list of suites. */
  readonly what: string
  /** Whether `--events` says how long it is. */
  readonly takesEvents?: true
  /** What is measured, in order. */
  readonly measures: readonly Measure[]
}

/** What is measured together: one row or a few. A row that cannot be measured says why in its `note`. */
export interface Measure {
  /** The id of the row, or how the ids of its rows begin. */
  readonly id: string
  run(bench: Bench): Promise<readonly Row[]>
}

/** What a suite is given. */
export interface Bench {
  /** Fewer and shorter repetitions of the same rows. */
  readonly quick: boolean
  /** How many events it shall have, where somebody has said so. */
  readonly events: number | undefined
  /** An empty folder on the disk that is measured; removed at the end. */
  readonly folder: string
  readonly progress: Progress
}

/** Tells the person in front of the terminal how far a suite is. */
export interface Progress {
  /** Begins a row that consists of so many steps. */
  begin(id: string, steps: number): void
  /** One more step is done; `what` is shown behind the count. */
  step(what?: string): void
  /** Shows what goes on within a step. */
  say(what: string): void
}

/** One line of a result file. */
export interface Row {
  readonly id: string
  /** What was measured, in words. */
  readonly what: string
  readonly unit: string
  /** What `theirs` is. */
  readonly peer: string
  /** Median of the paired ratios ours / theirs; null where there is nothing to compare. */
  readonly ratio: number | null
  /** `>= 12`, `<= 1.3`, or what is promised in words; null where nothing is. */
  readonly target: string | null
  /** Medians in `unit`. */
  readonly ours: number | null
  readonly theirs: number | null
  /** Every repetition, in the order in which they ran. */
  readonly repetitions: readonly Repetition[]
  readonly verdict: Verdict
  /** What else was seen, for example memory. */
  readonly details?: Readonly<Record<string, number | string>>
  /** What a reader must know before he believes the verdict. */
  readonly note?: string
  /** The gain comes from sharing fsyncs, so the target counts only where an fsync costs something. */
  readonly restsOnFsync?: true
}

/** What a row says before anything was measured. */
export type Words = Pick<Row, 'id' | 'what' | 'unit' | 'peer' | 'target'>

/** The row of what could not be measured here. */
export function notRun({ id, what, unit, peer, target }: Words, note: string): Row {
  const nothing = { ratio: null, ours: null, theirs: null, repetitions: [] }
  return { id, what, unit, peer, target, ...nothing, verdict: 'not run', note }
}

export interface Repetition {
  readonly ours: number
  readonly theirs: number | null
  readonly ratio: number | null
}

/**
 * `met` and `missed` judge the target; `no target`; `not judged` where the note says why it does not count here; `not
 * run`.
 */
export type Verdict = 'met' | 'missed' | 'no target' | 'not judged' | 'not run'

/** Judges a ratio by a target of the form `>= 12` or `<= 1.3`. */
export function judge(ratio: number | null, target: string | null): Verdict {
  if (target === null) return 'no target'
  const [, sign, bound] = /^(>=|<=) ([\d.]+)$/.exec(target) ?? []
  if (sign === undefined) throw new TypeError(`"${target}" is not a target such as ">= 12" or "<= 1.3".`)
  if (ratio === null) return 'not run'
  return (sign === '>=' ? ratio >= Number(bound) : ratio <= Number(bound)) ? 'met' : 'missed'
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.')
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

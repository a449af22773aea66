/** What a closed loop has seen. */
export interface Seen {
  readonly count: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** So many callers, each beginning its next piece of work when the last one has ended. */
export async function inFlight(callers: number, forMs: number, work: () => Promise<unknown>): Promise<Seen> {
  const lasted: number[] = []
  const begun = performance.now()
  const end = begun + forMs
  const caller = async (): Promise<void> => {
    for (let from = performance.now(); from < end; from = performance.now()) {
      await work()
      lasted.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const perSecond = (lasted.length * 1000) / (performance.now() - begun)
  return { count: lasted.length, perSecond, p50Ms: percentile(lasted, 50), p99Ms: percentile(lasted, 99) }
}

/** The value below which so many per cent of them are. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('There is no percentile of nothing.')
  return values.toSorted((a, b) => a - b)[Math.floor((values.length * percent) / 100)]!
}

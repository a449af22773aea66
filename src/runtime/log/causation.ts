/** An event among those of its correlation id. */
export interface Caused<E> {
  readonly event: E
  /** The id of the event that it follows from; absent for a root, or where that is not among them. */
  readonly causedBy?: string
  /** How many events stand above it. */
  readonly depth: number
}

interface Told {
  readonly id: string
  readonly meta: Readonly<Record<string, string>>
}

/** Which of some events follows from which, in their order. A circle, which nobody should write, ends at a root. */
export function causation<E extends Told>(events: readonly E[]): readonly Caused<E>[] {
  const byId = new Map(events.map((event) => [event.id, event]))
  const causeOf = ({ id, meta: { causationId: cause } }: E): string | undefined =>
    cause !== undefined && cause !== id && byId.has(cause) ? cause : undefined
  const depths = new Map<string, number>()
  const depthOf = (event: E): number => {
    const known = depths.get(event.id)
    if (known !== undefined) return known
    // Set first, so that a circle ends.
    depths.set(event.id, 0)
    const cause = causeOf(event)
    const depth = cause === undefined ? 0 : depthOf(byId.get(cause)!) + 1
    depths.set(event.id, depth)
    return depth
  }
  return events.map((event) => {
    const causedBy = causeOf(event)
    return { event, ...(causedBy !== undefined && { causedBy }), depth: depthOf(event) }
  })
}

/** The same events as a tree is read: each behind the one that it follows from, those of one cause in their order. */
export function inTreeOrder<E extends Told>(caused: readonly Caused<E>[]): readonly Caused<E>[] {
  const effects = Map.groupBy(caused, ({ causedBy }) => causedBy)
  const found: Caused<E>[] = []
  const seen = new Set<string>()
  // The last one first, since what is put on top is taken next.
  const waiting = [...(effects.get(undefined) ?? [])].reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.event.id)) continue
    seen.add(next.event.id)
    found.push(next)
    waiting.push(...(effects.get(next.event.id) ?? []).toReversed())
  }
  // Those of a circle hang on no root.
  return [...found, ...caused.filter(({ event }) => !seen.has(event.id))]
}

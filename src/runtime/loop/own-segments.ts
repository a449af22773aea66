import type { OutboxMessage, OutboxRow } from '../../ports/outbox.ts'
import type { SagaMailRow } from '../../ports/sagas.ts'
import type { Outcome, Placed, Unit } from '../../ports/unit-of-work.ts'
import type { OwnSegment } from './own-rows.ts'

/** What the units of a batch have sent; undefined where the store does not tell. */
export function outboxSegments(
  units: readonly Unit[],
  outcomes: readonly Outcome[],
): readonly OwnSegment<OutboxRow>[] | undefined {
  return segments(
    units,
    outcomes,
    sentBy,
    'sent',
    () => '',
    (row, position, recordedAtMs) => ({ ...row, position, recordedAtMs }),
  )
}

/** What they have put into the mail of sagas; undefined where the store does not tell. */
export function mailSegments(
  units: readonly Unit[],
  outcomes: readonly Outcome[],
): readonly OwnSegment<SagaMailRow>[] | undefined {
  return segments(
    units,
    outcomes,
    ({ mail = [] }) => mail,
    'mailed',
    ({ saga }) => saga,
    (piece, seq, atMs) => ({ ...piece, seq, atMs }),
  )
}

function segments<W, R>(
  units: readonly Unit[],
  outcomes: readonly Outcome[],
  writesOf: (unit: Unit) => readonly W[],
  told: 'sent' | 'mailed',
  nameOf: (write: W) => string,
  rowOf: (write: W, place: number, atMs: number) => R,
): readonly OwnSegment<R>[] | undefined {
  const found: OwnSegment<R>[] = []
  for (const [index, unit] of units.entries()) {
    const outcome = outcomes[index]!
    const writes = outcome.ok ? writesOf(unit) : []
    if (!outcome.ok || writes.length === 0) continue
    const placed: Placed | undefined = outcome[told]
    if (placed === undefined) return undefined
    const { after, to, places, atMs } = placed
    const rows = writes.flatMap((write, at) => {
      const place = places[at]!
      return place === null ? [] : [{ place, name: nameOf(write), row: rowOf(write, place, atMs) }]
    })
    found.push({ after, to, rows })
  }
  return found
}

function sentBy({ outbox = [], timers = [] }: Unit): readonly OutboxMessage[] {
  return timers.length === 0
    ? outbox
    : [...outbox, ...timers.flatMap((timer) => (timer.kind === 'fire' ? timer.message : []))]
}

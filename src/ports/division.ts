import { failure } from '../base/errors.ts'
import type { OwnershipRow } from './ownership.ts'

/** Why the keys of a consumer cannot be dealt to another number of buckets now: EW_CONSUMERS_NOT_LEVEL, or nothing. */
export function notLevel(
  { consumer, buckets }: { readonly consumer: string; readonly buckets: number },
  rows: readonly Pick<OwnershipRow, 'position' | 'owner' | 'untilMs'>[],
  nowMs: number,
): Error | undefined {
  const held = rows.find(({ owner, untilMs }) => owner !== null && (untilMs ?? 0) > nowMs)
  const positions = rows.map(({ position }) => position)
  const [least, most] = [Math.min(...positions), Math.max(...positions)]
  if (held === undefined && (rows.length === 0 || least === most)) return undefined
  const why = held === undefined ? `they stand from ${least} to ${most}` : `${held.owner} holds some of them`
  return failure(
    'EW_CONSUMERS_NOT_LEVEL',
    `${consumer} has ${rows.length} ${rows.length === 1 ? 'bucket' : 'buckets'} and is to have ${buckets}, but ${why}.`,
    { details: { consumer, buckets: rows.length, wanted: buckets } },
  )
}

import type { Store } from '../../ports/store.ts'
import type { Loss, Outcome, PositionMove, Unit } from '../../ports/unit-of-work.ts'
import { settleByIds } from '../log/event-ids.ts'

/**
 * What became of units that have lost in a batch that was sent again, since the connection broke before the first
 * answer came: whoever lost may have lost to itself. Units that really lost are absent from the answer. Events tell by
 * their ids; a unit without events by its inbox rows or its positions, which nobody else can have set so.
 */
export async function settleRepeated(
  { log, ownership }: Pick<Store, 'log' | 'ownership'>,
  losers: ReadonlyMap<Unit, Loss>,
): Promise<ReadonlyMap<Unit, Outcome>> {
  const settled = new Map(await settleByIds(log, [...losers.keys()]))
  for (const [unit, loss] of losers) {
    if (settled.has(unit) || unit.appends?.some(({ events }) => events.length > 0)) continue
    const isOwn =
      loss.reason === 'inbox'
        ? isOwnRow(unit, loss)
        : loss.reason === 'owner' && (await haveMoved(ownership, unit.positions ?? []))
    if (isOwn) settled.set(unit, { ok: true, appends: [], replay: true })
  }
  return settled
}

function isOwnRow({ inbox = [] }: Unit, { key, fingerprint, outcome }: Extract<Loss, { reason: 'inbox' }>): boolean {
  return inbox.some((row) => row.key === key && row.fingerprint === fingerprint && row.outcome === outcome)
}

/** An epoch belongs to one owner, so a position that was set under it was set by this unit. */
async function haveMoved(ownership: Store['ownership'], moves: readonly PositionMove[]): Promise<boolean> {
  for (const { consumer, source, bucket, epoch, to } of moves) {
    const rows = await ownership.list(consumer)
    const row = rows.find((each) => each.source === source && each.bucket === bucket)
    if (row?.epoch !== epoch || row.position !== to) return false
  }
  return moves.length > 0
}

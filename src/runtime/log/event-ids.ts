import type { EventLog, EventPlace } from '../../ports/event-log.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'

/**
 * What became of units that may have been stored by an earlier attempt, found by their event ids (events never change):
 * all there in their streams = the first outcome, some = the loss `ids`, none = absent from the answer.
 */
export async function settleByIds(log: EventLog, units: readonly Unit[]): Promise<ReadonlyMap<Unit, Outcome>> {
  const ids = units.flatMap((unit) => (unit.appends ?? []).flatMap((append) => append.events.map((event) => event.id)))
  const places = ids.length === 0 ? [] : await log.places(ids)
  const byId = new Map(places.map((place) => [place.id, place]))
  const settled = new Map<Unit, Outcome>()
  for (const unit of units) {
    const outcome = judge(unit, byId)
    if (outcome !== undefined) settled.set(unit, outcome)
  }
  return settled
}

function judge(unit: Unit, byId: ReadonlyMap<string, EventPlace>): Outcome | undefined {
  let some = false
  let misplaced: string | undefined
  for (const append of unit.appends ?? []) {
    for (const event of append.events) {
      const place = byId.get(event.id)
      if (place !== undefined) some = true
      if (place?.stream !== append.stream) misplaced ??= append.stream
    }
  }
  if (!some) return undefined
  if (misplaced !== undefined) return { ok: false, reason: 'ids', stream: misplaced }
  const appends = (unit.appends ?? []).map((append) => {
    const last = byId.get(append.events.at(-1)?.id ?? '')
    return { version: last?.version ?? 0, position: last?.position ?? 0 }
  })
  return { ok: true, replay: true, appends }
}

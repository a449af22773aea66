import type { PositionMove, Unit } from '../../ports/unit-of-work.ts'
import { movedPosition } from '../sql/moved-position.ts'
import { int4Array, int8Array, textArray } from './binary-array.ts'
import type { Parameter } from './prepared-call.ts'

/**
 * What pages have in common: `settled` has the time, and a row only where every position is as it is expected to be,
 * and `moved` moves them. Positions are locked in the order in which the function locks them, and counted.
 */
export const movedPages: string = `
  held as (
    select m.consumer, m.source, m.bucket, x.t, x.l
      from unnest(?::text[], ?::text[], ?::int[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
             x(c, s, b, e, f, t, l)
      join ew_ownership m
        on m.consumer = x.c and m.source = x.s and m.bucket = x.b and m.epoch = x.e and m.position = x.f
     order by m.consumer, m.source, m.bucket for update of m),
  settled as (select ew_now() as now from held having count(*) = ?),
  moved as (
    update ew_ownership m set ${movedPosition('h.t', 'd.now')}, until = d.now + h.l
      from held h, settled d where m.consumer = h.consumer and m.source = h.source and m.bucket = h.bucket)`

/** The arguments of `movedPages`. */
export function moveParameters(moves: readonly PositionMove[]): readonly Parameter[] {
  return [
    textArray(moves.map(({ consumer }) => consumer)),
    textArray(moves.map(({ source }) => source)),
    int4Array(moves.map(({ bucket }) => bucket)),
    int8Array(moves.map(({ epoch }) => epoch)),
    int8Array(moves.map(({ from }) => from)),
    int8Array(moves.map(({ to }) => to)),
    int8Array(moves.map(({ ttlMs }) => ttlMs)),
    moves.length,
  ]
}

/** Whether each unit moves positions and has nothing else but perhaps something in one section; each position once. */
export function arePagesOf(section: 'inbox' | 'rows', units: readonly Unit[]): boolean {
  if (units.length === 0) return false
  const moved = new Set<string>()
  for (const unit of units) {
    const { positions = [] } = unit
    if (positions.length === 0) return false
    for (const other in unit)
      if (other !== 'positions' && other !== section && (unit[other as keyof Unit]?.length ?? 0) > 0) return false
    for (const { consumer, source, bucket } of positions) {
      const name = `${bucket}\0${consumer}\0${source}`
      if (moved.has(name)) return false
      moved.add(name)
    }
  }
  return true
}

import type { DesignMap, MapPart, MapService } from './map-parts.ts'
import { columnOf, type Bundle } from './map-bundles.ts'

/** How high things stand in a map: everything but where they stand from left to right. */
export interface MapRows {
  readonly height: number
  readonly lanes: readonly LaneRows[]
  /** By id. */
  readonly parts: ReadonlyMap<string, PartRow>
}

/** A service. */
export interface LaneRows extends MapService {
  readonly top: number
  readonly height: number
  /** Where lines that go back to the left begin, one below the other. */
  readonly wayBack: number
}

/** A part. */
export interface PartRow {
  readonly part: MapPart
  readonly top: number
  readonly height: number
}

/** From one row to the next, in px. */
export const rowPitch = 34
/** How high a part is that takes one row, in px. */
export const rowHeight = 26
/** Between two lines that go back below a service, in px. */
export const wayBackPitch = 8
const firstTop = 34
const laneHead = 36
const laneFoot = 14
const laneGap = 12

/**
 * Gives every part its height. An aggregate stands beside its commands and its events and is as high as they are many;
 * what hears and what asks stands half a row lower than they do, so that no line meets another from end to end.
 */
export function mapRows(map: DesignMap, bundles: readonly Bundle[]): MapRows {
  const parts = new Map<string, PartRow>()
  const lanes: LaneRows[] = []
  let top = firstTop
  for (const service of map.services) {
    const own = map.parts.filter((part) => part.service === service.service)
    const places = decidingPlaces(own, map)
    for (const [part, place] of placesBeside(own, bundles, places)) places.set(part, place)
    for (const [part, { row, rows }] of places) {
      const height = rowHeight + (rows - 1) * rowPitch
      parts.set(part.id, { part, top: top + laneHead + row * rowPitch, height })
    }
    const rows = lastOf(places)
    const wayBack = top + laneHead + rows * rowPitch
    const height = wayBack + linesBack(own, bundles) * wayBackPitch + laneFoot - (rowPitch - rowHeight) - top
    lanes.push({ ...service, top, height, wayBack })
    top += height + laneGap
  }
  return { height: lanes.length === 0 ? firstTop : top - laneGap, lanes, parts }
}

/** Where a part stands in its service, in rows. */
interface Place {
  readonly row: number
  readonly rows: number
}

/** Commands, who decides them, and what that leads to. */
function decidingPlaces(own: readonly MapPart[], { links }: DesignMap): Map<MapPart, Place> {
  const places = new Map<MapPart, Place>()
  const deciders = [...own.filter(({ kind }) => kind === 'aggregate'), ...own.filter(({ kind }) => kind === 'handler')]
  let row = 0
  for (const decider of deciders) {
    const { id } = decider
    const asked = new Set(links.filter(({ to, kind }) => to === id && kind === 'handled by').map(({ from }) => from))
    const told = new Set(links.filter(({ from, kind }) => from === id && kind === 'emits').map(({ to }) => to))
    const commands = own.filter((part) => asked.has(part.id) && !places.has(part))
    // An event of two aggregates stands beside the first.
    const events = own.filter((part) => told.has(part.id) && !places.has(part))
    for (const column of [commands, events]) column.forEach((part, at) => places.set(part, { row: row + at, rows: 1 }))
    const rows = Math.max(1, commands.length, events.length)
    places.set(decider, { row, rows })
    row += rows
  }
  const left = own.filter((part) => (part.kind === 'event' || part.kind === 'command') && !places.has(part))
  for (const part of left) places.set(part, { row: row++, rows: 1 })
  return places
}

/** Sagas on the left, channels and readers on the right, each as near as it can be to what it is connected with. */
function placesBeside(
  own: readonly MapPart[],
  bundles: readonly Bundle[],
  deciding: ReadonlyMap<MapPart, Place>,
): readonly (readonly [MapPart, Place])[] {
  const rows = new Map([...deciding].map(([{ id }, { row }]) => [id, row] as const))
  const last = lastOf(deciding)
  return [[0], [4, 5]].flatMap((columns) => {
    const beside = own.filter((part) => columns.includes(columnOf(part)))
    const wished = beside
      .map((part) => ({ part, wish: middle(neighbours(part, bundles).flatMap((id) => rows.get(id) ?? [])) }))
      .sort((one, other) => one.wish - other.wish)
    const taken: number[] = []
    for (const { wish } of wished) {
      const row = Math.max((taken.at(-1) ?? -1) + 1, Number.isFinite(wish) ? Math.floor(wish) : 0)
      taken.push(row)
    }
    for (let at = taken.length - 1, limit = Math.max(last, taken.length) - 1; at >= 0; at--, limit--)
      taken[at] = Math.min(taken[at]!, limit)
    const below = last === 0 ? 0 : 0.5
    return wished.map(({ part }, at) => [part, { row: taken[at]! + below, rows: 1 }] as const)
  })
}

function neighbours({ id, kind }: MapPart, bundles: readonly Bundle[]): readonly string[] {
  const pairs = bundles.flatMap((bundle) => bundle.pairs)
  const before = pairs.filter(({ to }) => to === id).map(({ from }) => from)
  return kind === 'saga' ? pairs.filter(({ from }) => from === id).map(({ to }) => to) : before
}

function middle(rows: readonly number[]): number {
  const sorted = [...rows].sort((one, other) => one - other)
  return sorted.length === 0 ? Infinity : sorted[Math.floor((sorted.length - 1) / 2)]!
}

function lastOf(places: ReadonlyMap<MapPart, Place>): number {
  return Math.max(0, ...[...places.values()].map(({ row, rows }) => row + rows))
}

function linesBack(own: readonly MapPart[], bundles: readonly Bundle[]): number {
  const sagas = new Set(own.filter((part) => columnOf(part) === 0).map(({ id }) => id))
  const arriving = bundles
    .filter(({ gap }) => gap !== 'ask')
    .map(({ pairs }) => pairs.filter(({ to }) => sagas.has(to)))
  return arriving.reduce((sum, pairs) => sum + new Set(pairs.map(({ to }) => to)).size, 0)
}

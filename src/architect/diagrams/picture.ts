import type { MapLink, MapPartKind } from './map-parts.ts'

/** Where everything of a diagram is drawn, in px; whoever draws it adds colours and nothing else. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** Behind everything: services, or phases of a saga. */
  readonly areas: readonly Area[]
  readonly lines: readonly Line[]
  readonly boxes: readonly Box[]
  readonly captions: readonly Caption[]
}

/** A place that holds boxes which belong together. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly label: readonly Caption[]
}

/** What a box of a diagram is about. */
export type BoxKind = MapPartKind | 'step' | 'pivot' | 'wait' | 'undo' | 'failed' | 'end'

/** A part of a diagram. */
export interface Box {
  /** Unique in the diagram. */
  readonly id: string
  readonly kind: BoxKind
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** The path of its shape; like `texts` it begins at the box's own corner. */
  readonly outline: string
  /** Lines inside the shape, as a path. */
  readonly inner?: string
  readonly texts: readonly Caption[]
  /** What it is, in full. */
  readonly title: string
}

/** What a line means. */
export type LineKind = MapLink['kind'] | 'then' | 'turns back' | 'passes'

/** A line between boxes. */
export interface Line {
  readonly id: string
  readonly kind: LineKind
  readonly path: string
  /** The arrow at its end, as a path to be filled; empty where it runs into another line. */
  readonly head: string
  /** The ids of all parts for which it matters: of its ends, and of what goes along it from further away. */
  readonly touches: readonly string[]
}

/** A text; `y` is its base line. */
export interface Caption {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly look: 'name' | 'strong' | 'small'
  /** Where `x` is in the text. */
  readonly anchor?: 'start' | 'middle' | 'end'
}

/** The sizes of texts, in px. */
export const fontSizes: Readonly<Record<Caption['look'], number>> = { name: 12.5, strong: 12.5, small: 11 }

/** A point, in px. */
export type Point = readonly [x: number, y: number]

const cornerRadius = 7
const headLength = 7
const headHalf = 3.6

/** A line along points whose stretches are level or upright, with round corners. The last point is the arrow's tip. */
export function lineThrough(points: readonly Point[]): Pick<Line, 'path' | 'head'> {
  const kept = points.filter(([x, y], at) => at === 0 || x !== points[at - 1]![0] || y !== points[at - 1]![1])
  const [tipX, tipY] = kept.at(-1)!
  const [fromX, fromY] = kept.at(-2)!
  const [dx, dy] = [Math.sign(tipX - fromX), Math.sign(tipY - fromY)]
  const foot: Point = [tipX - dx * headLength, tipY - dy * headLength]
  const [left, right]: readonly [Point, Point] = [
    [foot[0] - dy * headHalf, foot[1] - dx * headHalf],
    [foot[0] + dy * headHalf, foot[1] + dx * headHalf],
  ]
  const head = `M${at([tipX, tipY])}L${at(left)}L${at(right)}Z`
  return { path: pathThrough([...kept.slice(0, -1), foot]), head }
}

/** The same for a line that runs into another one and has no arrow of its own. */
export function joiningThrough(points: readonly Point[]): Pick<Line, 'path' | 'head'> {
  return { path: pathThrough(points), head: '' }
}

function pathThrough(along: readonly Point[]): string {
  let path = `M${at(along[0]!)}`
  for (let index = 1; index < along.length - 1; index++) {
    const [before, corner, behind] = [along[index - 1]!, along[index]!, along[index + 1]!]
    const radius = Math.min(cornerRadius, lengthOf(before, corner) / 2, lengthOf(corner, behind) / 2)
    path += `L${at(towards(corner, before, radius))}Q${at(corner)} ${at(towards(corner, behind, radius))}`
  }
  return `${path}L${at(along.at(-1)!)}`
}

function towards([x, y]: Point, [toX, toY]: Point, by: number): Point {
  return [x + Math.sign(toX - x) * by, y + Math.sign(toY - y) * by]
}

function lengthOf([x, y]: Point, [toX, toY]: Point): number {
  return Math.abs(toX - x) + Math.abs(toY - y)
}

function at([x, y]: Point): string {
  return `${rounded(x)} ${rounded(y)}`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

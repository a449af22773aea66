import type { DesignMap } from './map-parts.ts'
import { bundlesOf, columnOf, columnTitles, gaps, type Gap } from './map-bundles.ts'
import { routesOf, type Route } from './map-routes.ts'
import { mapRows, type LaneRows, type MapRows, type PartRow } from './map-rows.ts'
import { insetOf, shapeOf } from './outlines.ts'
import { fontSizes, lineThrough, type Area, type Box, type Caption, type Line, type Picture } from './picture.ts'
import { fittingText, widthOfText } from './text-width.ts'

/**
 * A map of a system as it is drawn: a lane for each service, a column for each kind of part, lines that are level or
 * upright and run together where they come from one part or go to one. No box or text lies on another, and no line runs
 * through a box. The same map always gives the same picture.
 */
export function mapPicture(map: DesignMap): Picture {
  const bundles = bundlesOf(map)
  const rows = mapRows(map, bundles)
  const routes = routesOf(bundles, rows)
  const across = columnsOf(rows, routes)
  return {
    width: across.width,
    height: rows.height,
    areas: rows.lanes.map((lane) => areaOf(lane, across)),
    lines: routes.map((route) => lineOf(route, rows, across)),
    boxes: [...rows.parts.values()].map((row) => boxOf(row, across)),
    captions: columnTitles.flatMap((text, column): readonly Caption[] =>
      across.widths[column] === 0 ? [] : [{ x: across.lefts[column]!, y: 20, text, look: 'small' }],
    ),
  }
}

const edge = 14
const trackPitch = 8
const clearance = 14
const plainGap = 32
const widest = 200
const narrowest = 92
const small = { size: fontSizes.small }
const strong = { size: fontSizes.strong, isBold: true }

/** Where columns and uprights stand. */
interface Across {
  readonly width: number
  readonly lefts: readonly number[]
  /** 0 where nothing is in a column. */
  readonly widths: readonly number[]
  readonly labelWidth: number
  trackX(gap: Gap, track: number): number
  backX(track: number): number
}

function columnsOf({ parts, lanes }: MapRows, routes: readonly Route[]): Across {
  const labels = lanes.map(({ service, owner = '' }) => widthOfText(service, strong) + 12 + widthOfText(owner, small))
  const widths = columnTitles.map((title, column) => {
    const own = [...parts.values()].filter(({ part }) => columnOf(part) === column)
    if (own.length === 0) return 0
    const wide = own.map((row) => {
      const { left, right } = shapeOf(row.part.kind, widest, row.height)
      return left + right + widthOfText(labelOf(row), { size: fontSizes.name })
    })
    // Lines come down beside sagas, so the names of services need the room above them.
    const least = column === 0 ? Math.max(narrowest, ...labels) : narrowest
    return Math.min(widest, Math.max(least, widthOfText(title, small), ...wide))
  })
  const backs = Math.max(0, ...routes.map(({ back }) => (back === undefined ? 0 : back.track + 1)))
  const tracks = (gap: Gap): number =>
    Math.max(0, ...routes.map((route) => (route.gap === gap && route.track !== undefined ? route.track + 1 : 0)))
  const lefts: number[] = []
  const gapLefts = new Map<Gap, number>()
  let x = backs === 0 ? edge : edge + (backs - 1) * trackPitch + clearance
  widths.forEach((width, column) => {
    lefts.push(x)
    x += width
    const gap = gaps[column]
    if (gap === undefined) return
    gapLefts.set(gap, x)
    const isBetween = width > 0 && widths.slice(column + 1).some((next) => next > 0)
    const needed = tracks(gap) === 0 ? 0 : 2 * clearance + (tracks(gap) - 1) * trackPitch
    x += Math.max(needed, isBetween ? plainGap : 0)
  })
  const passed = gaps.find((gap) => tracks(gap) > 0)
  const width = Math.max(x + edge, ...(passed === undefined ? labels.map((label) => label + 2 * edge) : []))
  return {
    width,
    lefts,
    widths,
    labelWidth: (passed === undefined ? width : gapLefts.get(passed)!) - 2 * edge,
    trackX: (gap, track) => gapLefts.get(gap)! + clearance + track * trackPitch,
    backX: (track) => edge + (backs - 1 - track) * trackPitch,
  }
}

function areaOf({ service, owner, top, height }: LaneRows, { width, labelWidth }: Across): Area {
  const y = top + 22
  const text = fittingText(service, strong, labelWidth)
  const x = edge + widthOfText(text, strong) + 8
  const room = edge + labelWidth - x
  const by: readonly Caption[] =
    owner === undefined || room < 40 ? [] : [{ x, y, text: fittingText(owner, small, room), look: 'small' }]
  return { x: 0, y: top, width, height, label: [{ x: edge, y, text, look: 'strong' }, ...by] }
}

/** A handler has the name of its command, which stands beside it. */
function labelOf({ part: { kind, name } }: PartRow): string {
  return kind === 'handler' ? 'handler' : name
}

function boxOf(row: PartRow, { lefts, widths }: Across): Box {
  const { part, top, height } = row
  const { id, kind, name, service } = part
  const column = columnOf(part)
  const width = widths[column]!
  const { outline, inner, left, right } = shapeOf(kind, width, height)
  const look = kind === 'handler' ? 'small' : 'name'
  const text = fittingText(labelOf(row), { size: fontSizes[look] }, width - left - right)
  return {
    id,
    kind,
    x: lefts[column]!,
    y: top,
    width,
    height,
    outline,
    ...(inner !== undefined && { inner }),
    texts: [{ x: left, y: height / 2 + 4.5, text, look }],
    title: `${kind} ${name} of ${service}`,
  }
}

function lineOf(route: Route, { parts }: MapRows, across: Across): Line {
  const { from, to, kind, gap, fromY, toY, track, back, touches } = route
  const [source, target] = [parts.get(from)!, parts.get(to)!]
  const sourceX = across.lefts[columnOf(source.part)]! + across.widths[columnOf(source.part)]!
  const inset = insetOf(target.part.kind, target.height, toY - target.top - target.height / 2)
  const tip = across.lefts[columnOf(target.part)]! + inset
  const x = track === undefined ? tip : across.trackX(gap, track)
  const points =
    track === undefined
      ? []
      : back === undefined
        ? [[x, fromY] as const, [x, toY] as const]
        : [
            [x, fromY] as const,
            [x, back.y] as const,
            [across.backX(back.track), back.y] as const,
            [across.backX(back.track), toY] as const,
          ]
  return {
    id: `${kind} ${from} ${to}`,
    kind,
    touches,
    ...lineThrough([[sourceX, fromY], ...points, [tip, toY]]),
  }
}

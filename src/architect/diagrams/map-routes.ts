import { columnOf, gaps, type Bundle, type Gap, type Pair } from './map-bundles.ts'
import { wayBackPitch, type MapRows, type PartRow } from './map-rows.ts'
import type { LineKind } from './picture.ts'
import { tracksOf, type Upright } from './tracks.ts'

/** Everything about a line but where its columns stand. */
export interface Route extends Pair {
  readonly kind: LineKind
  readonly gap: Gap
  readonly fromY: number
  readonly toY: number
  /** Which upright of its gap it takes, from the left; undefined: it goes straight. */
  readonly track: number | undefined
  /** What goes to a column further left goes below its service first, and up again in front of the first column. */
  readonly back: WayBack | undefined
}

/** A way to the left, at a height and on a track that counts from the right. */
export interface WayBack {
  readonly y: number
  readonly track: number
}

/** How close to each other lines arrive at a part, in px. */
const portPitch = 6

/** The ways of all lines, and how many tracks each gap needs. */
export function routesOf(bundles: readonly Bundle[], rows: MapRows): readonly Route[] {
  const straight = (pair: Pair, { gap }: Bundle): boolean =>
    (gap === 'handle' || gap === 'emit') && isBeside(rows.parts.get(pair.from)!, rows.parts.get(pair.to)!)
  const bent = bundles.map((bundle) => ({ ...bundle, pairs: bundle.pairs.filter((pair) => !straight(pair, bundle)) }))
  const ports = portsOf(bent, rows)
  const backs = waysBack(bent, rows)
  const plain = bundles.flatMap((bundle) =>
    bundle.pairs.filter((pair) => straight(pair, bundle)).map((pair) => straightRoute(pair, bundle, rows)),
  )
  const routed = bent.map((bundle, at) =>
    bundle.pairs.map((pair): Route => {
      const { kind, gap } = bundle
      const [fromY, toY] = [ports.out(pair.from, at), ports.in(pair.to, at)]
      return { ...pair, kind, gap, fromY, toY, track: 0, back: backs.get(`${at} ${pair.to}`) }
    }),
  )
  return [...plain, ...gaps.flatMap((gap) => tracked(routed.filter((routes) => routes[0]?.gap === gap)))]
}

/** A command beside who decides it, an event beside who emits it. */
function isBeside(from: PartRow, to: PartRow): boolean {
  const [tall, low] = from.part.kind === 'aggregate' ? [from, to] : [to, from]
  const y = middleOf(low)
  return y > tall.top && y < tall.top + tall.height && tall.part.service === low.part.service
}

function straightRoute(pair: Pair, { kind, gap }: Bundle, { parts }: MapRows): Route {
  const [from, to] = [parts.get(pair.from)!, parts.get(pair.to)!]
  const y = middleOf(from.part.kind === 'aggregate' ? to : from)
  return { ...pair, kind, gap, fromY: y, toY: y, track: undefined, back: undefined }
}

function tracked(bundles: readonly (readonly Route[])[]): readonly Route[] {
  const uprights = bundles.map((routes): Upright => ({
    left: [...routes.map(({ fromY }) => fromY), ...routes.flatMap(({ back }) => back?.y ?? [])],
    right: routes.flatMap(({ toY, back }) => (back === undefined ? [toY] : [])),
  }))
  const tracks = tracksOf(uprights)
  return bundles.flatMap((routes, at) => routes.map((route) => ({ ...route, track: tracks[at]! })))
}

interface Ports {
  out(id: string, bundle: number): number
  in(id: string, bundle: number): number
}

/** Where lines leave and arrive: those of a bundle together, bundles apart, the one from above above. */
function portsOf(bundles: readonly Bundle[], { parts }: MapRows): Ports {
  const y = (id: string): number => middleOf(parts.get(id)!)
  const spread = (id: string, at: number, end: 'from' | 'to', other: 'from' | 'to'): number => {
    const there = bundles.flatMap(({ pairs }, index) => {
      const far = pairs.filter((pair) => pair[end] === id).map((pair) => y(pair[other]))
      return far.length === 0 ? [] : [{ index, far: far.reduce((sum, each) => sum + each, 0) / far.length }]
    })
    there.sort((one, next) => one.far - next.far || one.index - next.index)
    const { height, part } = parts.get(id)!
    const place = there.findIndex(({ index }) => index === at)
    // In the middle of an event arrives the line of the aggregate beside it.
    if (part.kind === 'event' && end === 'to')
      return y(id) + (place + 1) * Math.min(portPitch, (height / 2 - 3) / there.length)
    const pitch = Math.min(portPitch, (height - 10) / Math.max(1, there.length - 1))
    return y(id) + (place - (there.length - 1) / 2) * pitch
  }
  return {
    // What leaves an event or a channel is the same thing, wherever it goes.
    out: (id, at) => (columnOf(parts.get(id)!.part) === 0 ? spread(id, at, 'from', 'to') : y(id)),
    in: (id, at) => spread(id, at, 'to', 'from'),
  }
}

/** By bundle and saga: the lower a saga, the nearer its ways, so that they do not cross those of others. */
function waysBack(bundles: readonly Bundle[], { lanes, parts }: MapRows): ReadonlyMap<string, WayBack> {
  const ways = new Map<string, WayBack>()
  for (const { service, wayBack } of lanes) {
    const found = bundles.flatMap(({ gap, pairs }, at) =>
      [...new Set(pairs.map(({ to }) => to))]
        .map((id) => ({ at, row: parts.get(id)! }))
        .filter(({ row: { part } }) => gap !== 'ask' && columnOf(part) === 0 && part.service === service),
    )
    found.sort((one, other) => other.row.top - one.row.top || one.at - other.at)
    found.forEach(({ at, row: { part } }, track) =>
      ways.set(`${at} ${part.id}`, { y: wayBack + track * wayBackPitch, track }),
    )
  }
  return ways
}

function middleOf({ top, height }: PartRow): number {
  return top + height / 2
}

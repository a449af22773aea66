import type { DesignMap, MapLink, MapPart } from './map-parts.ts'

/** Lines of a map that share an upright, because they come from one part or go to one. */
export interface Bundle {
  readonly kind: MapLink['kind']
  /** Between which columns its upright stands. */
  readonly gap: Gap
  readonly pairs: readonly Pair[]
}

/** A line from a part to another, by their ids. */
export interface Pair {
  readonly from: string
  readonly to: string
  /** Both, and what goes along it from further away. */
  readonly touches: readonly string[]
}

/** The gaps between the columns, from left to right. */
export const gaps = ['ask', 'handle', 'emit', 'publish', 'deliver'] as const
/** A gap between two columns. */
export type Gap = (typeof gaps)[number]

/**
 * The lines of a map. What a channel brings is drawn to the channel and on from it, once for each reader, and not from
 * every event to everybody.
 */
export function bundlesOf({ parts, links }: DesignMap): readonly Bundle[] {
  const known = new Map(parts.map((part) => [part.id, part]))
  const bundles = new Map<string, { kind: MapLink['kind']; gap: Gap; pairs: Map<string, Set<string>> }>()
  const add = (link: MapLink, gap: Gap, shared: string, touches: readonly string[] = []): void => {
    const { kind, from, to } = link
    const key = JSON.stringify([kind, gap, shared])
    const bundle = bundles.get(key) ?? { kind, gap, pairs: new Map<string, Set<string>>() }
    bundles.set(key, bundle)
    const pair = JSON.stringify([from, to])
    bundle.pairs.set(pair, new Set([...(bundle.pairs.get(pair) ?? [from, to]), ...touches]))
  }
  for (const link of links.filter(({ from, to }) => known.has(from) && known.has(to))) {
    const { kind, from, to, over } = link
    const channel = over === undefined ? undefined : known.get(`channel:${over}`)
    if (kind === 'handled by') add(link, 'handle', to)
    else if (kind === 'emits') add(link, 'emit', from)
    else if (kind === 'published on') add(link, 'publish', to, readersOver(links, link))
    else if (kind !== 'feeds') add(link, 'ask', from)
    else if (channel === undefined) add(link, 'publish', to)
    else add({ ...link, from: channel.id }, 'deliver', channel.id, [from])
  }
  return [...bundles.values()].map(({ kind, gap, pairs }) => ({
    kind,
    gap,
    pairs: [...pairs].map(([pair, touches]) => {
      const [from, to] = JSON.parse(pair) as [string, string]
      return { from, to, touches: [...touches] }
    }),
  }))
}

/** The column of a part, from the left: who asks, what is asked, who decides, what happened, on what, who hears. */
export function columnOf({ kind }: Pick<MapPart, 'kind'>): number {
  switch (kind) {
    case 'saga':
      return 0
    case 'command':
      return 1
    case 'aggregate':
    case 'handler':
      return 2
    case 'event':
      return 3
    case 'channel':
      return 4
    case 'projection':
    case 'subscription':
    case 'process':
      return 5
  }
}

/** What stands above the columns. */
export const columnTitles: readonly string[] = [
  'Sagas',
  'Commands',
  'Aggregates, handlers',
  'Events',
  'Channels',
  'Views, subscriptions',
]

function readersOver(links: readonly MapLink[], { from, to }: MapLink): readonly string[] {
  return links.filter((link) => link.from === from && `channel:${link.over}` === to).map((link) => link.to)
}

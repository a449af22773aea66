import { sample } from '../../schema/sample.ts'
import type { AnyChannel } from '../channel.ts'
import type { AnyEvent } from '../definition.ts'
import type { Meta } from '../meta.ts'
import type { AnyProjection } from '../projection.ts'
import type { Finding } from './finding.ts'
import { emittersOf, type Composition } from './parts.ts'

/** A view, and where its events come from. */
export interface ChannelView {
  readonly projection: AnyProjection
  readonly where: string
  readonly feeds: readonly {
    readonly source: string
    /** Undefined for the log. */
    readonly channel: AnyChannel | undefined
    readonly events: readonly AnyEvent[]
  }[]
}

/**
 * What a view of events of another service cannot be. Its rows are written once for each event, by whoever has the
 * partition: so it has one source, of one service, and a row belongs to one key of the channel.
 */
export function channelViewFindings(composition: Composition, view: ChannelView): readonly Finding[] {
  const { projection, where, feeds } = view
  const [feed] = feeds.filter(({ channel }) => channel !== undefined)
  if (feed?.channel === undefined) return []
  const found = (what: string, remedy: string): Finding => ({ code: 'view-of-other-service', where, what, remedy })
  const type = feed.events[0]!.type
  if (projection.mode !== 'async')
    return [found(`Its mode is ${projection.mode}, and ${type} is of another service.`, `Use mode: 'async'.`)]
  const owners = new Set(feed.events.map((event) => emittersOf(composition).get(event.type)))
  if (feeds.length > 1 || owners.size > 1) {
    const sources = feeds.map(({ source }) => source).join(' and ')
    return [
      found(
        `It reads ${sources}, whose events have no order among each other.`,
        'Make a view for each, or one of events that one channel of one service brings.',
      ),
    ]
  }
  const mixed = feed.events.find((event) => mixesKeys(projection, event, feed.channel!))
  if (mixed === undefined) return []
  const { name, key } = feed.channel
  return [
    found(
      `Events ${mixed.type} with different ${key}, the key of the channel ${name}, change the same row.`,
      `Let the key of the row contain ${key}, or subscribe to ${name} and record what matters as events of this service.`,
    ),
  ]
}

const draws = [0.5, 0.35, 0.65, 0.25, 0.75] as const

/** Whether two events that differ in the key of the channel alone are seen to have a row in common. */
function mixesKeys({ key }: AnyProjection, event: AnyEvent, channel: AnyChannel): boolean {
  try {
    const [one, ...others] = draws.map((draw) => sample(event.versions.at(-1)!.node, () => draw)) as Fields[]
    const other = others.find((each) => each[channel.key] !== one![channel.key])
    if (other === undefined) return false
    const before = keysOf(key, one!)
    return keysOf(key, { ...one, [channel.key]: other[channel.key] }).some((each) => before.includes(each))
  } catch {
    // A key that asks for more than the data, or fails for a sample, tells nothing.
    return false
  }
}

type Fields = Readonly<Record<string, unknown>>

const unknowable = new Proxy({} as Meta, {
  get() {
    throw new Error('Nothing is known about a sample beside its data.')
  },
})

function keysOf(key: AnyProjection['key'], data: Fields): readonly string[] {
  const keys = key(data, unknowable)
  return typeof keys === 'string' ? [keys] : keys
}

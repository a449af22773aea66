import type { Clock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { Signal } from '../../base/signal.ts'
import { capabilitiesOf, type Broker, type ChannelMessage } from '../../ports/broker.ts'
import type { OwnershipTable } from '../../ports/ownership.ts'
import { channelFeed, type ChannelFeed } from '../messages/channel-feed.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Progress } from '../loop/progress.ts'
import { keysFor } from './changes.ts'
import type { ViewSource } from './views.ts'

/** What following the changes of a view that a channel feeds needs. */
export interface ChannelChangesOptions {
  readonly view: string
  readonly channel: string
  readonly broker: Broker
  readonly ownership: Pick<OwnershipTable, 'list'>
  readonly progress: Progress
  readonly wake: Signal
  readonly clock: Clock
  readonly stop: AbortSignal
  /** The source at this moment; it changes when a rebuild is swapped in. */
  source(): ViewSource
  event(message: ChannelMessage): Delivery
}

const pageMessages = 500
const lookAgainMs = 1_000

/**
 * Keys of a view that change from this call on, each after the change can be read; now and then one that has changed
 * shortly before. Each reads the channel for itself, beside whoever feeds the view, so any process may do that. Errors,
 * at the first change that is asked for: EW_QUERY where the channel keeps no message that was read, as queues do;
 * EW_MESSAGES_GONE when it has deleted what was not looked at yet.
 */
export function channelChanges(options: ChannelChangesOptions): AsyncGenerator<string> {
  const begin = appliedNow(options)
  // Whoever asks for the first change gets the error; until then nobody listens.
  begin.catch(() => undefined)
  return follow(options, begin)
}

/** Where the view stands: what is read after this has all before it. To ask where a channel ends takes too long. */
async function appliedNow(options: ChannelChangesOptions): Promise<Map<number, number>> {
  const { view, channel, broker, ownership, source } = options
  const rows = ownership.list(source().consumer)
  const [{ replay }, applied] = await Promise.all([capabilitiesOf(broker, channel), rows])
  if (replay) return new Map(applied.map(({ bucket, position }) => [bucket, position]))
  const why = `the channel ${channel} feeds it and keeps no message that was read, in ${broker.name}`
  throw failure('EW_QUERY', `Changes of the view ${view} cannot be watched: ${why}.`, { details: { view, channel } })
}

async function* follow(options: ChannelChangesOptions, begin: Promise<Map<number, number>>): AsyncGenerator<string> {
  const { view, wake, stop, clock, broker, channel, event: open } = options
  const positions = await begin
  const joining = { broker, clock, wake, backstopMs: lookAgainMs, channel, group: `view:${view}@watch`, open }
  const feed = await channelFeed({ ...joining, startAt: 'now' })
  try {
    while (!stop.aborted) {
      const seen = wake.seen()
      const pages = await pagesOf(feed, positions, stop)
      for (const [bucket, page] of pages) {
        const keys = new Set(page.flatMap((event) => keysOfEvent(options, event)))
        const { position } = page.at(-1)!
        positions.set(bucket, position)
        if (keys.size === 0) continue
        while (!stop.aborted && !(await isShown(options, bucket, position))) continue
        if (!stop.aborted) yield* keys
      }
      if (pages.length === 0) await wake.after(seen, lookAgainMs, stop)
    }
  } finally {
    await feed.close()
  }
}

/** By bucket, of those that have something. A broker that is away is waited for, as whoever feeds the view does. */
async function pagesOf(
  { source }: ChannelFeed,
  positions: ReadonlyMap<number, number>,
  stop: AbortSignal,
): Promise<readonly (readonly [bucket: number, page: readonly Delivery[]])[]> {
  const pageOf = async ([bucket, position]: readonly [number, number]) =>
    [bucket, await source.after({ bucket, position }, pageMessages)] as const
  try {
    return (await Promise.all([...positions].map(pageOf))).filter(([, page]) => page.length > 0)
  } catch (error) {
    if (stop.aborted || (isEventwrightError(error) && error.retryable)) return []
    throw error
  }
}

function keysOfEvent({ source }: ChannelChangesOptions, event: Delivery): readonly string[] {
  if (isEventwrightError(event.fault, 'EW_MESSAGES_GONE')) throw event.fault
  return event.fault === undefined ? keysFor(source(), event) : []
}

function isShown(
  { progress, stop, source }: ChannelChangesOptions,
  bucket: number,
  position: number,
): Promise<boolean> {
  const read = source()
  const limits = { bucket, timeoutMs: lookAgainMs, abort: stop, wanted: () => source() === read }
  return progress.reached(read.consumer, position, limits)
}

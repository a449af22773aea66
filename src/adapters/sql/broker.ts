import { failure, isEventwrightError } from '../../base/errors.ts'
import { Watchers } from '../../base/watchers.ts'
import type { Broker, Member, TrimLimits } from '../../ports/broker.ts'
import type { Awaitable, Channels } from './channels.ts'
import { publishLane, type LaneManners, type PublishParts } from './publish-lane.ts'

/** What the broker of a store is made of. */
export interface BrokerParts {
  readonly name: string
  readonly tables: Channels
  readonly publish: PublishParts
  readonly manners: LaneManners
  /** Waits between two transactions that are not urgent. */
  pause(): Promise<void>
  /** Calls back soon after another process has committed. */
  watchOthers(listener: () => void): () => void
}

/**
 * The broker in the database of a store. Messages are on its disk before they are acknowledged. That the store is busy
 * or cannot be reached is told as the store itself tells it; the runtime is patient with both. Whatever else the
 * database refuses is EW_BROKER_FAILED.
 */
export function embeddedBroker({ name, tables, publish, manners, pause, watchOthers }: BrokerParts): Broker {
  const watchers = new Watchers<ReadonlySet<string>>()
  let closed = false
  const attempt = async <T>(work: () => Awaitable<T>): Promise<T> => {
    if (closed) throw failure('EW_CLOSED', `The broker in ${name} is closed, and it was called.`)
    return mapped(work)
  }
  const lane = publishLane(async (parts) => {
    const results = await publish(parts)
    watchers.tell(new Set(parts.flatMap(({ messages }) => messages.map(({ channel }) => channel))))
    return results
  }, manners)
  return {
    name,
    capabilities: { replay: true, assignment: 'store' },
    ensure: (channels) => attempt(() => tables.ensure(channels)),
    publish: (messages) => attempt(() => lane.add(messages)),
    join: (channel) => attempt(() => memberOf(tables, channel, attempt)),
    bounds: (channel) => attempt(() => tables.bounds(channel)),
    offsetAt: (channel, partition, timeMs) => attempt(() => tables.offsetAt(channel, partition, timeMs)),
    watch: (listener) => watchers.add(listener, watchOthers),
    trim: (nowMs, limits = {}) => trim(tables, nowMs, limits, { attempt, pause }),
    async remove(channel) {
      await attempt(() => tables.remove(channel))
      await sweep(tables, { attempt, pause })
    },
    async close() {
      closed = true
      watchers.close()
      await lane.idle()
    },
  }
}

type Attempt = <T>(work: () => Awaitable<T>) => Promise<T>

interface Steps {
  readonly attempt: Attempt
  readonly pause: () => Promise<void>
}

/** Groups are nothing that the store knows of: positions are in the ownership table, and reading changes nothing. */
async function memberOf(tables: Channels, channel: string, attempt: Attempt): Promise<Member> {
  const bounds = await tables.bounds(channel)
  const partitions = bounds.map(({ partition }) => partition)
  let left = false
  return {
    assigned: () => partitions,
    async read(partition, from, limit) {
      if (left) throw failure('EW_CLOSED', `A reader of the channel ${channel} has left its group and was called.`)
      return attempt(() => tables.read(channel, partition, from, limit))
    },
    async done() {},
    async close() {
      left = true
    },
  }
}

/** Deletes what is too old, in small transactions with pauses between them, so that nobody waits long for a lock. */
async function trim(tables: Channels, nowMs: number, limits: TrimLimits, { attempt, pause }: Steps): Promise<number> {
  const { limit = Infinity } = limits
  let count = 0
  await sweep(tables, { attempt, pause })
  for (const { channel, partition } of await attempt(() => tables.expired(nowMs))) {
    for (let deleted = 1; deleted > 0 && count < limit; await pause()) {
      deleted = await attempt(() => tables.trimSome(channel, partition, nowMs, { ...limits, limit: limit - count }))
      count += deleted
    }
  }
  return count
}

/** Deletes what channels that were removed have left, in the same way. */
async function sweep(tables: Channels, { attempt, pause }: Steps): Promise<void> {
  while (await attempt(() => tables.sweepSome())) await pause()
}

async function mapped<T>(work: () => Awaitable<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isEventwrightError(error, 'EW_STORE_FAILED') && !isEventwrightError(error, 'EW_STORE_FULL')) throw error
    throw failure('EW_BROKER_FAILED', error.message, { details: error.details, cause: error })
  }
}

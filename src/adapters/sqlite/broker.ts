import { systemClock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { nextTurn } from '../../base/next-turn.ts'
import { Watchers } from '../../base/watchers.ts'
import type { Broker, Member, TrimLimits } from '../../ports/broker.ts'
import { ChannelTables } from './channel-tables.ts'
import type { SqliteConnection } from './driver.ts'
import type { OtherWriters } from './other-writers.ts'
import { publishLane } from './publish-lane.ts'

/** What the broker shares with the store whose file it lives in. */
export interface BrokerParts {
  readonly name: string
  readonly connection: SqliteConnection
  readonly others: OtherWriters
  readonly now: () => number
  /** Calls back soon after another process has committed to the file. */
  readonly watchOthers: (listener: () => void) => () => void
}

/**
 * The broker in the file of a store. Messages are on the disk before they are acknowledged. While other processes hold
 * the lock, what writes rejects by EW_STORE_BUSY with nothing done, as the store itself does; the runtime is patient
 * with both. Whatever else the file refuses is EW_BROKER_FAILED.
 */
export function sqliteBroker({ name, connection, others, now, watchOthers }: BrokerParts): Broker {
  const tables = new ChannelTables(connection)
  const watchers = new Watchers()
  let closed = false
  const attempt = <T>(work: () => T): T => {
    if (closed) throw failure('EW_CLOSED', `The broker in ${name} is closed, and it was called.`)
    return mapped(work)
  }
  const pause = async (): Promise<void> => {
    // Node may run a timer that is due already in the turn in which it was set.
    await nextTurn()
    await systemClock.sleep(Math.max(pauseMs, others.turnMs()))
  }
  const lane = publishLane(
    (parts) => {
      const results = published(() => tables.publish(parts, now(), () => void others.noticed()), others)
      watchers.tell()
      return results
    },
    () => others.turnMs(),
  )
  return {
    name,
    capabilities: { replay: true, assignment: 'store' },
    ensure: async (channels) => attempt(() => tables.ensure(channels)),
    publish: async (messages) => attempt(() => lane.add(messages)),
    join: async (channel) => attempt(() => memberOf(tables, channel, attempt)),
    bounds: async (channel) => attempt(() => tables.bounds(channel)),
    offsetAt: async (channel, partition, timeMs) => attempt(() => tables.offsetAt(channel, partition, timeMs)),
    watch: (listener) => watchers.add(listener, watchOthers),
    trim: async (nowMs, limits = {}) => trim(tables, nowMs, limits, { attempt, pause }),
    async remove(channel) {
      attempt(() => tables.remove(channel))
      await sweep(tables, attempt, pause)
    },
    async close() {
      closed = true
      watchers.close()
      await lane.idle()
    },
  }
}

type Attempt = <T>(work: () => T) => T
type Pause = () => Promise<void>

// Deleting is not urgent; back to back it would keep the lock from other processes, which ask at random moments.
const pauseMs = 2

/** Groups are nothing that the file knows of: positions are in the ownership table, and reading changes nothing. */
function memberOf(tables: ChannelTables, channel: string, attempt: Attempt): Member {
  const partitions = tables.bounds(channel).map(({ partition }) => partition)
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

/** Deletes what is too old, in small transactions with pauses between them, so that nobody waits long for the lock. */
async function trim(
  tables: ChannelTables,
  nowMs: number,
  limits: TrimLimits,
  { attempt, pause }: { readonly attempt: Attempt; readonly pause: Pause },
): Promise<number> {
  const { limit = Infinity } = limits
  let count = 0
  await sweep(tables, attempt, pause)
  for (const { channel, partition } of attempt(() => tables.expired(nowMs))) {
    for (let deleted = 1; deleted > 0 && count < limit; await pause()) {
      deleted = attempt(() => tables.trimSome(channel, partition, nowMs, { ...limits, limit: limit - count }))
      count += deleted
    }
  }
  return count
}

/** Deletes what channels that were removed have left, in the same way. */
async function sweep(tables: ChannelTables, attempt: Attempt, pause: Pause): Promise<void> {
  while (attempt(() => tables.sweepSome())) await pause()
}

function published<T>(work: () => T, others: OtherWriters): T {
  try {
    return mapped(work)
  } catch (error) {
    if (isEventwrightError(error, 'EW_STORE_BUSY')) others.busy()
    throw error
  }
}

function mapped<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isEventwrightError(error, 'EW_STORE_FAILED') && !isEventwrightError(error, 'EW_STORE_FULL')) throw error
    throw failure('EW_BROKER_FAILED', error.message, { details: error.details, cause: error })
  }
}

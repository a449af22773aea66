import { failure } from '../../base/errors.ts'
import { Watchers } from '../../base/watchers.ts'
import type { Broker, Member } from '../../ports/broker.ts'
import type { MemoryChannels } from './channels.ts'

/** What the broker shares with the store that it belongs to. */
export interface BrokerParts {
  readonly channels: MemoryChannels
  readonly now: () => number
  /** Tells the other stores that are open on the same data. */
  readonly published: () => void
  /** Calls back soon after one of the others has committed. */
  readonly watchOthers: (listener: () => void) => () => void
}

/** The broker of a memory store: as it is, without files and without a wait. */
export function memoryBroker({ channels, now, published, watchOthers }: BrokerParts): Broker {
  const watchers = new Watchers<ReadonlySet<string>>()
  let closed = false
  const check = (): MemoryChannels => {
    if (closed) throw failure('EW_CLOSED', 'The broker in memory is closed, and it was called.')
    return channels
  }
  return {
    name: 'memory',
    capabilities: { replay: true, assignment: 'store' },
    ensure: async (specs) => check().ensure(specs),
    async publish(messages) {
      const outcomes = check().publish(messages, now())
      watchers.tell(new Set(messages.map(({ channel }) => channel)))
      published()
      return outcomes
    },
    join: async (channel) => memberOf(check, channel),
    bounds: async (channel) => check().bounds(channel),
    offsetAt: async (channel, partition, timeMs) => check().offsetAt(channel, partition, timeMs),
    watch: (listener) => watchers.add(listener, watchOthers),
    trim: async (nowMs, limits = {}) => check().trim(nowMs, limits),
    remove: async (channel) => check().remove(channel),
    async close() {
      closed = true
      watchers.close()
    },
  }
}

function memberOf(check: () => MemoryChannels, channel: string): Member {
  const partitions = check()
    .bounds(channel)
    .map(({ partition }) => partition)
  let left = false
  return {
    assigned: () => partitions,
    async read(partition, from, limit) {
      if (left) throw failure('EW_CLOSED', `A reader of the channel ${channel} has left its group and was called.`)
      return check().read(channel, partition, from, limit)
    },
    async done() {},
    async close() {
      left = true
    },
  }
}

import { systemClock } from '../../base/clock.ts'
import { nextTurn } from '../../base/next-turn.ts'
import type { Broker } from '../../ports/broker.ts'
import { embeddedBroker } from '../sql/broker.ts'
import { ChannelTables } from './channel-tables.ts'
import { ChannelWrites } from './channel-writes.ts'
import type { PostgresDriver } from './driver.ts'
import type { Listeners } from './listen.ts'

/** What the broker shares with the store in whose schema it lives. */
export interface BrokerParts {
  readonly name: string
  readonly driver: PostgresDriver
  /** Calls back soon after another process has committed. */
  readonly watchOthers: (listener: () => void) => () => void
  readonly listeners: Listeners
}

/**
 * The broker in the schema of a store. A partition is locked from the first message of a batch to its commit, so that
 * readers who go by offsets miss nothing, whichever process publishes.
 */
export function postgresBroker({ name, driver, watchOthers, listeners }: BrokerParts): Broker {
  const writes = new ChannelWrites(driver, listeners)
  return embeddedBroker({
    name,
    tables: new ChannelTables(driver),
    publish: (parts) => writes.publish(parts),
    // The server has others wait their turn, and is busy only after it has waited itself.
    manners: { turnMs: () => 0, patience: 2 },
    async pause() {
      await nextTurn()
      await systemClock.sleep(pauseMs)
    },
    watchOthers,
  })
}

// Deleting is not urgent; back to back it would have a server's disk for itself.
const pauseMs = 2

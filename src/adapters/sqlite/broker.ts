import { systemClock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import { nextTurn } from '../../base/next-turn.ts'
import type { Broker } from '../../ports/broker.ts'
import { embeddedBroker } from '../sql/broker.ts'
import { ChannelTables } from './channel-tables.ts'
import type { SqliteConnection } from './driver.ts'
import type { OtherWriters } from './other-writers.ts'

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
 * The broker in the file of a store. While other processes hold the lock, what writes rejects by EW_STORE_BUSY with
 * nothing done, as the store itself does.
 */
export function sqliteBroker({ name, connection, others, now, watchOthers }: BrokerParts): Broker {
  const tables = new ChannelTables(connection)
  return embeddedBroker({
    name,
    tables,
    publish: (parts) => noticingBusy(() => tables.publish(parts, now(), () => void others.noticed()), others),
    manners: { turnMs: () => others.turnMs(), patience: 400 },
    async pause() {
      // Node may run a timer that is due already in the turn in which it was set.
      await nextTurn()
      await systemClock.sleep(Math.max(pauseMs, others.turnMs()))
    },
    watchOthers,
  })
}

// Deleting is not urgent; back to back it would keep the lock from other processes, which ask at random moments.
const pauseMs = 2

function noticingBusy<T>(work: () => T, others: OtherWriters): T {
  try {
    return work()
  } catch (error) {
    if (isEventwrightError(error, 'EW_STORE_BUSY')) others.busy()
    throw error
  }
}

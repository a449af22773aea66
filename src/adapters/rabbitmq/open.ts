import type { Clock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { Watchers } from '../../base/watchers.ts'
import type { Broker } from '../../ports/broker.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import { RabbitmqBroker } from './broker.ts'
import { brokerFailed, Connection, loadDriver } from './connection.ts'
import { Hints } from './hints.ts'
import { Publisher } from './publisher.ts'
import type { Settings } from './settings.ts'
import { Topology } from './topology.ts'

/**
 * One connection to send and one to read, so that a server that takes no more still gives. Errors: EW_DRIVER_MISSING,
 * EW_BROKER_FAILED, EW_BROKER_DENIED.
 */
export async function openBroker(
  settings: Settings,
  { clock, codec }: { readonly clock: Clock; readonly codec?: MessageCodec },
): Promise<Broker> {
  const driver = await loadDriver()
  const watchers = new Watchers<ReadonlySet<string>>()
  const speaking = new Connection(driver, settings, 'sends')
  const hearing = new Connection(driver, settings, 'reads', () => watchers.tell())
  const hints = new Hints({ speaking, hearing, self: newId() }, (channels) => watchers.tell(channels))
  const topology = new Topology(hearing, settings)
  const publisher = new Publisher(speaking, settings)
  const broker = new RabbitmqBroker({ settings, clock, codec, topology, publisher, hearing, speaking, hints, watchers })
  try {
    await hints.listen()
  } catch (error) {
    await broker.close()
    throw isEventwrightError(error) ? error : brokerFailed(settings.name, error)
  }
  return broker
}

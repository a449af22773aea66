import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { channelMessages } from '../../design/channel-messages.ts'
import type { AnySystem } from '../../design/system.ts'
import type { BrokerAdapter } from '../../ports/broker-adapter.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import type { RegistryAdapter } from '../../ports/registry.ts'
import type { Store, StoreAdapter } from '../../ports/store.ts'
import { numbersOf } from '../log/released.ts'

/** Where a system keeps its events, and where its messages travel. */
export interface Places {
  readonly store: StoreAdapter
  readonly broker: BrokerAdapter | undefined
  readonly registry: RegistryAdapter | undefined
  readonly lockFile: string | URL | undefined
  readonly services: ReadonlySet<string>
  readonly clock: Clock
}

/** A store with the channels of a broker outside of it where there is one, and how their messages are written. */
export interface OpenPlaces {
  readonly store: Store
  readonly codec: MessageCodec | undefined
}

/** Opens a store, with the channels of a broker outside of it where there is one; both close together. */
export async function openWithBroker(system: AnySystem, places: Places): Promise<OpenPlaces> {
  const { store: adapter, broker, clock } = places
  const codec = broker === undefined ? undefined : await codecOf(system, broker, places)
  const store = await adapter.open({ clock })
  if (broker === undefined) return { store, codec }
  try {
    const outside = await broker.open({ clock, ...(codec !== undefined && { codec }) })
    const close = async (): Promise<void> => {
      try {
        await outside.close()
      } finally {
        await store.close()
      }
    }
    return { store: { ...store, broker: outside, close }, codec }
  } catch (error) {
    await store.close().catch(() => undefined)
    throw error
  }
}

async function codecOf(
  system: AnySystem,
  broker: BrokerAdapter,
  { registry, services, lockFile }: Places,
): Promise<MessageCodec | undefined> {
  const channels = channelMessages(system.graph, services)
  if (registry !== undefined) {
    const numbers = lockFile === undefined ? {} : await numbersOf(lockFile)
    return registry.open(channels, { numbers })
  }
  const schemas = channels
    .filter(({ format }) => format !== 'json')
    .map(({ channel, format }) => `${channel} (${format})`)
  if (schemas.length === 0) return undefined
  const which = `${broker.name}: ${schemas.join(', ')}`
  throw failure('EW_CONFIG', `start needs a registry for the channels that have schemas in ${which}.`, {
    details: { channels: schemas },
  })
}

import { Admin } from '@platformatic/kafka'
import { systemClock, type BrokerAdapter } from 'eventwright'
import { kafka } from 'eventwright/kafka'
import { rabbitmq } from 'eventwright/rabbitmq'
import type { ChannelSpec } from 'eventwright/ports'
import type { BrokerKind } from './places.ts'

/** Where a row has its channels. */
export interface BrokerPlace {
  readonly broker: BrokerKind
  readonly place: string
  /** Before the name of everything that is made there. */
  readonly prefix: string
}

/** The same as options of a variant. */
export type BrokerOptions = BrokerPlace & Readonly<Record<string, number | string | boolean>>

/** Our adapter. */
export function brokerAt({ broker, place, prefix }: BrokerPlace): BrokerAdapter {
  return broker === 'kafka' ? kafka({ brokers: place.split(','), prefix }) : rabbitmq(place, { prefix })
}

let made = 0

/** Names that nobody else uses; what was made under them is gone at the end. */
export async function withPrefix<T>(
  at: Omit<BrokerPlace, 'prefix'>,
  channels: readonly ChannelSpec[],
  work: (at: BrokerPlace) => Promise<T>,
): Promise<T> {
  const own: BrokerPlace = { ...at, prefix: `ew-bench-${Date.now().toString(36)}${process.pid}-${made++}-` }
  try {
    return await work(own)
  } finally {
    await (at.broker === 'kafka' ? dropTopics(own) : dropQueues(own, channels))
  }
}

async function dropTopics({ place, prefix }: BrokerPlace): Promise<void> {
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers: place.split(','), retries: 5 })
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  } finally {
    await admin.close()
  }
}

/** Its groups are known from what a channel is made of, so it is made once more. */
async function dropQueues(at: BrokerPlace, channels: readonly ChannelSpec[]): Promise<void> {
  const broker = await brokerAt(at).open({ clock: systemClock })
  try {
    await broker.ensure(channels)
    for (const { name } of channels) await broker.remove(name)
  } finally {
    await broker.close()
  }
}

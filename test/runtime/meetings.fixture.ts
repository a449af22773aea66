import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  memory,
  systemClock,
  type AnyProjection,
  type MessageFormat,
  type StartOptions,
  type StoreAdapter,
} from 'eventwright'
import { schemaRegistry } from 'eventwright/schema-registry'
import { sqlite } from 'eventwright/sqlite'
import type { BrokerAdapter } from '../../src/ports/broker-adapter.ts'
import type { Broker } from '../../src/ports/broker.ts'
import type { Store } from '../../src/ports/store.ts'
import { folderFor } from '../fixtures/folder.ts'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { freshMongodb } from '../fixtures/fresh-mongodb.ts'
import { freshRabbitmq } from '../fixtures/fresh-rabbitmq.ts'
import { kafkaBrokers } from '../fixtures/kafka.ts'
import { memoryViews } from '../fixtures/memory-views.ts'
import { mongodbUrl } from '../fixtures/mongodb.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { rabbitmqUrl } from '../fixtures/rabbitmq.ts'
import { registryUrl } from '../fixtures/registry.ts'
import { counting, type Counting } from './refeed.fixture.ts'
import { running, type RunningOf } from './running.fixture.ts'

type Service = 'counter' | 'shown'

/** Where two services meet, and how a channel forgets there. */
export interface Meeting {
  /** Starts a service as a process of its own would. */
  open(view: AnyProjection, service: Service, options?: Partial<StartOptions>): Promise<RunningOf<Counting>>
  /** The store of a service as an operator has it open, with the broker that it uses. */
  look(service: Service): Promise<Store>
  /** Deletes every message that a channel has, as its broker does it when they are old. */
  expire(channel: string): Promise<void>
}

interface Parts {
  readonly stores: Readonly<Record<Service, StoreAdapter>>
  readonly options: Pick<StartOptions, 'broker' | 'views' | 'registry'>
  /** How the channel that feeds the view is written; default: JSON. */
  readonly format?: MessageFormat
  expire(channel: string, broker: Broker): Promise<void>
}

function meetingOf(t: TestContext, { stores, options, format, expire }: Parts): Meeting {
  const look = async (service: Service): Promise<Store> => {
    const store = await stores[service].open({ clock: systemClock })
    const broker = options.broker && (await options.broker.open({ clock: systemClock }))
    t.after(async () => {
      await broker?.close()
      await store.close()
    })
    return broker === undefined ? store : { ...store, broker }
  }
  return {
    look,
    open(view, service, more) {
      const { views, ...rest } = options
      // A database of rows belongs to one store.
      const end = new AbortController()
      // A start that waits must not outlive a test that has failed.
      t.after(() => end.abort())
      const own = {
        signal: end.signal,
        store: stores[service],
        ...rest,
        ...(service === 'shown' && views && { views }),
      }
      return running(t, counting(view as never, format), { ...own, ...more, services: [service] }) as never
    },
    expire: async (channel) => expire(channel, (await look('counter')).broker!),
  }
}

/** What is embedded in the store deletes what is older than an hour, and hears that it is later. */
async function trimAll(_channel: string, broker: Broker): Promise<void> {
  await broker.trim(Date.now() + 24 * 3_600_000)
}

const embedded = (store: StoreAdapter, views?: StartOptions['views']): Parts => ({
  stores: { counter: store, shown: store },
  options: { ...(views !== undefined && { views }) },
  expire: trimAll,
})

const outside = (broker: BrokerAdapter, expire: Parts['expire'], views?: StartOptions['views']): Parts => ({
  stores: { counter: memory(), shown: memory() },
  options: { broker, ...(views !== undefined && { views }) },
  expire,
})
const topics = (): Parts => {
  const kafka = freshKafka()
  return outside(kafka.adapter, async (channel, broker) => {
    for (const { partition, next } of await broker.bounds(channel)) await kafka.expire(channel, partition, next)
  })
}
const queues = (views?: StartOptions['views']): Parts => outside(freshRabbitmq().adapter, async () => undefined, views)

/** The services apart as in production: each in a schema of its own, and the messages in the form of a registry. */
const inSchemas = (parts: Parts, format: MessageFormat): Parts => ({
  ...parts,
  stores: { counter: freshPostgres().adapter, shown: freshPostgres().adapter },
  options: {
    ...parts.options,
    registry: schemaRegistry(registryUrl()!, { subjects: ({ name }) => `${format}-${name}` }),
  },
  format,
})
const hasSchemas = postgresUrl() !== undefined && registryUrl() !== undefined

const kinds: Record<string, (t: TestContext) => Parts> = {
  memory: () => embedded(memory()),
  sqlite: (t) => embedded(sqlite(join(folderFor(t), 'store.db'))),
  'memory, rows apart': () => embedded(memory(), memoryViews()),
  ...(postgresUrl() !== undefined && { postgres: () => embedded(freshPostgres().adapter) }),
  ...(mongodbUrl() !== undefined && {
    'memory, rows in MongoDB': (t: TestContext) => {
      const { adapter, drop } = freshMongodb()
      t.after(drop)
      return embedded(memory(), adapter)
    },
  }),
  ...(kafkaBrokers() !== undefined && {
    kafka: topics,
    ...(hasSchemas && { 'postgres, kafka in Avro': () => inSchemas(topics(), 'avro') }),
  }),
  // Queues keep nothing for a reader who has not begun, and their positions say nothing.
  ...(rabbitmqUrl() !== undefined && {
    rabbitmq: () => queues(),
    'rabbitmq, rows apart': () => queues(memoryViews()),
    ...(hasSchemas && { 'postgres, rabbitmq in Protobuf': () => inSchemas(queues(), 'protobuf') }),
  }),
}

/** The same test wherever services can meet here. */
export function overMeetings(sentence: string, run: (t: TestContext, meeting: Meeting) => Promise<void>): void {
  for (const [name, make] of Object.entries(kinds)) test(`${sentence} [${name}]`, (t) => run(t, meetingOf(t, make(t))))
}

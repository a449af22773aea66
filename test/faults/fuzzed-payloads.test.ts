import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { test, type TestContext } from 'node:test'
import {
  aggregate,
  channel,
  command,
  event,
  memory,
  service,
  subscription,
  system,
  t as t_,
  type BrokerAdapter,
} from 'eventwright'
import { schemaRegistry } from 'eventwright/schema-registry'
import { newId } from '../../src/base/ids.ts'
import type { ShownDeadLetter } from '../../src/testing/contracts/broker-case.ts'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { freshRabbitmq } from '../fixtures/fresh-rabbitmq.ts'
import { hostileValues, type HostileMessage, type StrangeSchemas, type WireFormat } from '../fixtures/hostile-values.ts'
import { bombBatch, sendBatch } from '../fixtures/kafka-bombs.ts'
import { kafkaBrokers } from '../fixtures/kafka.ts'
import { rabbitmqUrl } from '../fixtures/rabbitmq.ts'
import { registryUrl } from '../fixtures/registry.ts'
import { kafkaDeadLetters, rabbitmqDeadLetters } from '../fixtures/shown-dead-letters.ts'
import { kafkaStranger, rabbitmqStranger, type Stranger } from '../fixtures/strangers.ts'
import { running, until } from '../runtime/running.fixture.ts'

const limitMs = 120_000
/** By how much the process may have grown at its largest, with everything that the test itself holds. */
const growthMiB = 400

/** A shop whose orders are read by a subscription that notes what it was given. */
function shopIn(format: WireFormat, name: string, given: string[]) {
  const Placed = event('OrderPlaced', {
    orderId: t_.string().number(1),
    total: t_.decimal(12, 2).number(2),
    tags: t_.array(t_.string()).number(3),
  })
  const Place = command('Place', { orderId: t_.string() })
  const Order = aggregate('Order', { events: [Placed], commands: [Place], id: (c) => c.orderId, initial: () => 0 })
    .evolve({ OrderPlaced: () => 1 })
    .decide({ Place: (c) => Placed({ ...c, total: '12.30' as never, tags: ['a', 'b'] }) })
  const orders = channel(name, { carries: [Placed], key: 'orderId', format, kafka: { partitions: 1 } })
  const reading = subscription('reading', { from: orders, retry: { maxAttempts: 1 } }).on({
    OrderPlaced: (e) => void given.push(e.orderId),
  })
  const design = system('shop', {
    services: [service('orders', { parts: [Order], publishes: [orders] }), service('readers', { parts: [reading] })],
  })
  return { design, Place }
}

interface Place {
  readonly adapter: BrokerAdapter
  stranger(t: TestContext, channel: string): Promise<Stranger>
  shown(channel: string, group: string): Promise<readonly ShownDeadLetter[]>
  /** What only this broker brings; how many dead letters come of it. */
  more(channel: string): Promise<number>
}

function kafkaPlace(): Place {
  const fresh = freshKafka()
  return {
    adapter: fresh.adapter,
    stranger: (t, name) => kafkaStranger(t, fresh, name),
    shown: (name, group) => kafkaDeadLetters(fresh, name, group),
    async more(name) {
      const [broker, topic] = [fresh.brokers[0]!, `${fresh.prefix}${name}`]
      await sendBatch(broker, topic, await bombBatch('gzip', 256))
      await sendBatch(broker, topic, await bombBatch('zstd', 1_024))
      return 2
    },
  }
}

function rabbitmqPlace(): Place {
  const fresh = freshRabbitmq()
  return {
    adapter: fresh.adapter,
    stranger: (t, name) => rabbitmqStranger(t, fresh, name),
    shown: (name, group) => rabbitmqDeadLetters(fresh, name, group),
    more: async () => 0,
  }
}

const brokers: readonly (readonly [string, () => Place])[] = [
  ...(kafkaBrokers() === undefined ? [] : [['kafka', kafkaPlace] as const]),
  ...(rabbitmqUrl() === undefined ? [] : [['rabbitmq', rabbitmqPlace] as const]),
]
const formats: readonly WireFormat[] = registryUrl() === undefined ? ['json'] : ['json', 'avro', 'protobuf']
const consumer = 'readers/subscription:reading'

for (const [broker, open] of brokers) {
  for (const format of formats) {
    test(`${broker}, ${format}: what nobody can read is a dead letter with its reason and its bytes, and the rest flows`, async (t) => {
      const { adapter, stranger: enter, shown, more } = open()
      const name = `fuzzed-${newId()}`
      const given: string[] = []
      const { design, Place } = shopIn(format, name, given)
      const registry = format === 'json' ? {} : { registry: schemaRegistry(registryUrl()!) }
      const shop = await running(t, design, { store: memory(), broker: adapter, ...registry })
      const stranger = await enter(t, name)
      const place = (orderId: string) => shop.execute(Place({ orderId }))
      await place('before')
      await until('it flows before', () => given.includes('before'), limitMs)
      const [whole] = await stranger.seen()
      const values = hostileValues(format, whole!, format === 'json' ? none : await strangeSchemas(format))
      const hostile = [
        ...values.map((each) => ({ ...each, headers: headersFor(each.name, format) })),
        ...strangeHeaders(whole!, format),
      ]

      const before = process.resourceUsage().maxRSS
      await stranger.send(hostile.slice(0, hostile.length / 2))
      await place('between')
      await stranger.send(hostile.slice(hostile.length / 2))
      const count = hostile.length + (await more(name))
      await place('after')
      const letters = () => shop.inspect.deadLetters.list({ consumer, limit: 200 })
      await until('all are dead letters', async () => (await letters()).length >= count, limitMs)
      await until('the others flow', () => given.length >= 3, limitMs)
      assert.deepEqual(given, ['before', 'between', 'after'])
      const found = await letters()
      assert.equal(found.length, count)
      for (const { key, code, message } of found) {
        assert.match(code, /^EW_(MESSAGE_UNREADABLE|VALIDATION|EVENT_\w+)$/, `${key}: ${code} ${message}`)
        assert.ok(message.length > 20 && message.length <= 2_000, `${key}: ${message}`)
      }
      const why = (key: string) => found.find((each) => each.key === key)?.message ?? ''
      assert.match(why('no headers'), /has no header.* ce_type/)

      let told: readonly ShownDeadLetter[] = []
      const all = async (): Promise<boolean> => (told = await shown(name, consumer)).length >= count
      await until('the broker shows all of them', all, limitMs)
      for (const { name: key, value } of hostile) {
        const letter = told.find((each) => each.key === key)
        assert.ok(
          letter !== undefined && letter.value.equals(value ?? Buffer.alloc(0)),
          `${key} is shown with its bytes`,
        )
        assert.equal(letter.headers['ew-dl-reason'], 'poison')
      }
      const grown = (process.resourceUsage().maxRSS - before) / 1024
      t.diagnostic(`grown by ${Math.round(grown)} MiB`)
      assert.ok(grown < growthMiB, `the process has grown by ${Math.round(grown)} MiB`)
    })
  }
}

/** Headers of an event that the channel carries. */
function headersFor(name: string, format: WireFormat): Readonly<Record<string, string>> {
  return {
    ce_specversion: '1.0',
    ce_id: name,
    ce_source: 'orders',
    ce_type: 'orders.OrderPlaced',
    ce_time: '2026-01-31T09:30:00.000Z',
    ce_subject: `Order/${name}`,
    'content-type': `application/${format}`,
    ew_schemaversion: '1',
    ew_version: '1',
    ew_position: '1',
  }
}

/** What is wrong beside the value, which anybody can read. */
function strangeHeaders(value: Buffer, format: WireFormat): readonly HostileMessage[] {
  const good = (name: string) => headersFor(name, format)
  return [
    { name: 'no headers', value },
    // With a schema of the registry nobody needs a version.
    ...(format === 'json'
      ? [{ name: 'no version', value, headers: { ...good('no version'), ew_schemaversion: '-1' } }]
      : []),
    { name: 'a huge header', value: Buffer.from('?'), headers: { ...good('a huge header'), note: 'x'.repeat(60_000) } },
    {
      name: 'many headers',
      value: gzipSync(value),
      headers: {
        ...good('many headers'),
        ...Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`h${n}`, ''])),
      },
    },
  ]
}

const none: StrangeSchemas = { nothings: 0, chain: 0, text: 0 }

/** Schemas that somebody else has registered. */
async function strangeSchemas(format: 'avro' | 'protobuf'): Promise<StrangeSchemas> {
  const schemaType = format.toUpperCase()
  const schemas =
    format === 'avro'
      ? {
          nothings: '{"type":"array","items":"null"}',
          chain: '{"type":"record","name":"Chain","fields":[{"name":"next","type":["null","Chain"]}]}',
          text: '"string"',
        }
      : {
          nothings: 'syntax = "proto3"; message Nothings { repeated Nothing all = 1; } message Nothing {}',
          chain: 'syntax = "proto3"; message Chain { Chain next = 1; }',
          text: 'syntax = "proto3"; message Text { string text = 1; }',
        }
  const ids = await Promise.all(
    Object.entries(schemas).map(async ([name, schema]) => {
      const response = await fetch(`${registryUrl()}/subjects/strange-${newId()}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema, schemaType }),
      })
      assert.ok(response.ok, await response.clone().text())
      return [name, ((await response.json()) as { id: number }).id] as const
    }),
  )
  return Object.fromEntries(ids) as unknown as StrangeSchemas
}

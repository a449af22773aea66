import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  aggregate,
  channel,
  command,
  event,
  memory,
  service,
  start,
  subscription,
  system,
  t as t_,
  type AnySystem,
  type BrokerAdapter,
  type MessageFormat,
} from 'eventwright'
import { schemaRegistry } from 'eventwright/schema-registry'
import { systemClock } from '../../../src/base/clock.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { byteBroker } from '../../fixtures/byte-broker.ts'
import { registryDouble } from '../../fixtures/registry-double.ts'
import { all, running, until } from '../running.fixture.ts'

const fields = {
  orderId: t_.string().number(1),
  customer: t_.string().number(2),
  total: t_.decimal(12, 2).number(3),
}
const PlacedV1 = event('OrderPlaced', fields)
const PlacedV2 = PlacedV1.next({ ...fields, gift: t_.boolean().default(false).number(4) }, (old) => ({
  ...old,
  gift: old.customer === 'zoe',
}))

/** A shop that writes its orders in a format, and sends letters as commands in the same. */
function shopIn(format: MessageFormat, Placed: typeof PlacedV1 = PlacedV1) {
  const Place = command('Place', { orderId: t_.string().number(1), customer: t_.string().number(2) })
  const SendLetter = command('SendLetter', { to: t_.string().number(1), text: t_.string().number(2) })
  const LetterSent = event('LetterSent', { to: t_.string(), text: t_.string() })
  const Order = aggregate('Order', {
    events: [Placed],
    commands: [Place],
    id: (c) => c.orderId,
    initial: () => ({}),
  })
    .evolve({ OrderPlaced: (state) => state })
    .decide({ Place: (c) => Placed({ ...c, total: '12.30' as never }) })
  const Mailbox = aggregate('Mailbox', {
    events: [LetterSent],
    commands: [SendLetter],
    id: (c) => c.to,
    initial: () => ({}),
  })
    .evolve({ LetterSent: (state) => state })
    .decide({ SendLetter: (c) => LetterSent(c) })
  const orders = channel('orders', { carries: [Placed], key: 'orderId', format })
  const letters = channel('mail.commands', { carries: [SendLetter], key: 'to', format })
  const thanks = subscription('thanks', { from: orders, retry: { maxAttempts: 1 } }).on({
    OrderPlaced: (e, { send }) => {
      const { gift } = e as { gift?: boolean }
      send(SendLetter({ to: e.customer, text: `${e.orderId} ${e.total}${gift === undefined ? '' : ` ${gift}`}` }))
    },
  })
  const design = system('shop', {
    services: [
      service('orders', { parts: [Order], publishes: [orders] }),
      service('mail', { parts: [Mailbox, thanks], publishes: [letters] }),
    ],
  })
  return { design, Place }
}

const brokers: readonly [string, (t: TestContext) => BrokerAdapter][] = [
  ['bytes', () => byteBroker(memory())],
  ...(kafkaBrokers() === undefined ? [] : [['kafka', () => freshKafka().adapter] as [string, () => BrokerAdapter]]),
]

const lettersOf = async (
  open: { events: { stream(name: string): AsyncIterable<{ data: unknown }> } },
  person: string,
) => (await all(open.events.stream(`Mailbox/${person}`))).map(({ data }) => (data as { text: string }).text).sort()

for (const [name, brokerOf] of brokers) {
  for (const format of ['avro', 'protobuf'] as const) {
    test(`${name}, ${format}: services of two releases understand each other's events and commands`, async (t) => {
      const broker = brokerOf(t)
      const registry = schemaRegistry((await registryDouble(t)).url)
      const old = shopIn(format)
      const young = shopIn(format, PlacedV2 as never)
      const stores = { orders: memory(), mail: memory() }
      const run = (design: AnySystem, at: 'orders' | 'mail') =>
        running(t, design, { store: stores[at], broker, registry, services: [at] as never })
      // The old release writes, the young one reads.
      const writer = await run(old.design, 'orders')
      const mail = await run(young.design, 'mail')
      await writer.execute(old.Place({ orderId: '1', customer: 'ada' }) as never)
      await writer.execute(old.Place({ orderId: '2', customer: 'zoe' }) as never)
      for (const person of ['ada', 'zoe'])
        await until('a letter', async () => (await lettersOf(mail, person)).length === 1)
      assert.deepEqual(
        [await lettersOf(mail, 'ada'), await lettersOf(mail, 'zoe')],
        [['1 12.30 false'], ['2 12.30 true']],
      )
      await mail.stop()
      await writer.stop()
      // And the other way.
      const next = await run(young.design, 'orders')
      const behind = await run(old.design, 'mail')
      await next.execute(young.Place({ orderId: '3', customer: 'ada' }) as never)
      await until('the letter', async () => (await lettersOf(behind, 'ada')).length === 2)
      assert.deepEqual(await lettersOf(behind, 'ada'), ['1 12.30 false', '3 12.30'])
    })
  }
}

test('what cannot be decoded is parked with its bytes; once its schema is known a replay reads it', async (t) => {
  const channels = memory()
  const broker = byteBroker(channels)
  const double = await registryDouble(t)
  const registry = schemaRegistry(double.url)
  const { design, Place } = shopIn('avro')
  const shop = await running(t, design, { store: memory(), broker, registry })
  const consumer = 'mail/subscription:thanks'
  await shop.execute(Place({ orderId: '1', customer: 'ada' }) as never)
  await until('the letter', async () => (await lettersOf(shop, 'ada')).length === 1)
  const { value, headers } = broker.sent.find((each) => each.channel === 'orders')!
  // The same message as from a registry that gave its schema another id.
  const id = 40
  const bytes = Buffer.from(value)
  bytes.writeUInt32BE(id, 1)
  const other = { ...headers, ce_id: 'x', ce_subject: 'Order/x', ew_version: '1' }
  const store = await channels.open({ clock: systemClock })
  t.after(() => store.close())
  const raw = { channel: 'orders', key: 'x', id: 'x', headers: JSON.stringify(other), value: bytes.toString('base64') }
  await store.broker!.publish([raw])
  await until('a dead letter', async () => (await shop.inspect.deadLetters.list({ consumer, limit: 9 })).length === 1)
  const letter = (await shop.inspect.deadLetters.get(consumer, 'x'))!
  assert.equal(letter.code, 'EW_MESSAGE_UNREADABLE')
  assert.match(letter.message, /kept as it came, in base64: .*no schema with the id 40/)
  assert.equal(letter.type, 'OrderPlaced')
  const content = letter.content as { value: string; headers: Record<string, string> }
  assert.deepEqual(Buffer.from(content.value, 'base64'), bytes)
  assert.match(content.headers['ew_undecoded']!, /no schema with the id 40/)
  // Others flow meanwhile.
  await shop.execute(Place({ orderId: '2', customer: 'ada' }) as never)
  await until('the letter', async () => (await lettersOf(shop, 'ada')).length === 2)

  double.aliases.set(id, value[4]!)
  await new Promise((resolve) => setTimeout(resolve, 2_100))
  await shop.operate.deadLetters.replay(consumer, 'x')
  await until('no dead letter', async () => (await shop.inspect.deadLetters.list({ consumer, limit: 9 })).length === 0)
  await until('the letter', async () => (await lettersOf(shop, 'ada')).length === 3)
})

test('a channel with schemas needs a registry on an outside broker, and none inside of a store', async (t) => {
  const { design } = shopIn('avro')
  const broker = byteBroker(memory())
  await assert.rejects(
    start(design as never, { store: memory(), broker } as never),
    (error: Error & { code?: string }) => {
      assert.match(error.message, /registry .*bytes: orders \(avro\), mail\.commands \(avro\)/)
      return error.code === 'EW_CONFIG'
    },
  )
  await assert.rejects(start(design as never, { store: memory(), registry: { kind: 'store' } } as never), {
    code: 'EW_CONFIG',
  })
  await running(t, design, { store: memory() })
})

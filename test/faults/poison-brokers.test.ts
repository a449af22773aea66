import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  aggregate,
  channel,
  command,
  event,
  memory,
  projection,
  service,
  subscription,
  system,
  t as t_,
  type BrokerAdapter,
  type StoreAdapter,
} from 'eventwright'
import { deadChannel } from '../../src/adapters/kafka/dead-topic.ts'
import { consoleConsumer, managementGet, type PrintedLetter } from '../fixtures/broker-tools.ts'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { freshRabbitmq } from '../fixtures/fresh-rabbitmq.ts'
import { kafkaBrokers } from '../fixtures/kafka.ts'
import { rabbitmqUrl } from '../fixtures/rabbitmq.ts'
import { running, until } from '../runtime/running.fixture.ts'

const Noted = event('Noted', { id: t_.string(), n: t_.int() })
const Note = command('Note', { id: t_.string(), n: t_.int() })
const Book = aggregate('Book', { events: [Noted], commands: [Note], id: (c) => c.id, initial: () => 0 })
  .evolve({ Noted: (_, e) => e.n })
  .decide({ Note: (c) => Noted(c) })
const notes = channel('notes', { carries: [Noted], key: 'id' })

/** A service that tells what it notes, and one that reads it, by a subscription and into a view. */
function library(poison: (id: string, n: number) => boolean, calls: string[] = []) {
  const refuse = ({ id, n }: { readonly id: string; readonly n: number }): void => {
    if (poison(id, n)) throw new TypeError(`poison in ${id}${n}`)
  }
  const Calls = subscription('calls', { from: notes, retry: { maxAttempts: 2, initial: '1ms' } }).on({
    Noted(e) {
      refuse(e)
      calls.push(`${e.id}${e.n}`)
    },
  })
  const Shelf = projection('shelf', {
    from: [Noted],
    key: (e) => e.id,
    row: { id: t_.string(), all: t_.string() },
  }).on({
    Noted(row, e) {
      refuse(e)
      return { id: e.id, all: `${row?.all ?? ''}${e.n},` }
    },
  })
  return system('library', {
    services: [service('books', { parts: [Book], publishes: [notes] }), service('readers', { parts: [Calls, Shelf] })],
  })
}

interface Place {
  readonly adapter: BrokerAdapter
  /** What the broker's own tool prints of the dead letters of a group. */
  printed(group: string, count: number): Promise<readonly PrintedLetter[]>
}

const brokers: readonly (readonly [name: string, open: () => Place])[] = [
  ...(kafkaBrokers() === undefined ? [] : [['kafka', kafkaPlace] as const]),
  ...(rabbitmqUrl() === undefined ? [] : [['rabbitmq', rabbitmqPlace] as const]),
]

function kafkaPlace(): Place {
  const { adapter, prefix, brokers: at } = freshKafka()
  const printed: Place['printed'] = (group, count) =>
    consoleConsumer(at.join(), `${prefix}${deadChannel('notes', group, prefix)}`, count)
  return { adapter, printed }
}

function rabbitmqPlace(): Place {
  const { adapter, prefix, url } = freshRabbitmq()
  const printed: Place['printed'] = async (group, count) => {
    let found: readonly PrintedLetter[] = []
    const enough = async (): Promise<boolean> => {
      found = await managementGet(url, `${prefix}notes.${group}.dead`, 10)
      return found.length >= count
    }
    await until('the queue has them', enough, 60_000)
    return found
  }
  return { adapter, printed }
}

const calling = 'readers/subscription:calls'

async function started(
  t: TestContext,
  adapter: BrokerAdapter,
  store: StoreAdapter,
  design: ReturnType<typeof library>,
) {
  const open = await running(t, design, { store, broker: adapter, services: ['readers'] })
  const parked = async () => {
    const list = await open.inspect.deadLetters.list({ limit: 10 })
    return list.map(({ consumer, key, message, behind }) => ({ consumer, key, message, behind }))
  }
  const row = async (id: string) => (await open.views.shelf.get(id))?.all
  return { open, parked, row }
}

for (const [name, open] of brokers) {
  test(`${name}: a poison message parks its key, others flow, the broker's tools show it, and a replay is in order`, async (t) => {
    const { adapter, printed } = open()
    const store = memory()
    const calls: string[] = []
    const sick = library((id, n) => id === 'bad' && n === 2, calls)
    const books = await running(t, sick, { store: memory(), broker: adapter, services: ['books'] })
    const note = async (n: number) => {
      for (const id of ['good', 'bad']) await books.execute(Note({ id, n }))
    }
    const first = await started(t, adapter, store, sick)
    for (const n of [1, 2, 3]) await note(n)
    const waiting = async (behind: number) =>
      (await first.parked()).filter((each) => each.behind === behind).length === 2
    await until('the key is parked in both', () => waiting(1), 60_000)
    await note(4)
    await until('what comes later waits as well', () => waiting(2), 60_000)
    await until('the other key flows', async () => (await first.row('good')) === '1,2,3,4,', 60_000)
    await until('the other key is called', () => calls.includes('good4'), 60_000)
    assert.deepEqual(
      calls.filter((call) => call.startsWith('bad')),
      ['bad1'],
    )
    assert.equal(await first.row('bad'), '1,')
    const parked = await first.parked()
    assert.ok(parked.every(({ key, message }) => key === 'bad' && message === 'poison in bad2'))
    assert.ok(parked.some(({ consumer }) => consumer === calling))

    for (const { consumer } of parked) {
      const [letter, ...others] = await printed(consumer, 1)
      assert.deepEqual(others, [])
      assert.deepEqual([letter!.key, JSON.parse(letter!.value)], ['bad', { id: 'bad', n: 2 }])
      for (const header of [
        `ew-dl-group:${consumer}`,
        'ew-dl-original-destination:notes',
        'ew-dl-error-type:TypeError',
        'ew-dl-error-message:poison in bad2',
        'ew-dl-reason:poison',
      ])
        assert.ok(letter!.headers.split(',').includes(header), `${header} in ${letter!.headers}`)
      assert.match(letter!.headers, /(ce_|cloudEvents:)type:books\.Noted/)
    }
    await first.open.stop()

    const again: string[] = []
    const well = await started(
      t,
      adapter,
      store,
      library(() => false, again),
    )
    for (const { consumer, key } of parked) await well.open.operate.deadLetters.replay(consumer, key)
    await until('nothing is parked', async () => (await well.parked()).length === 0, 60_000)
    await note(5)
    await until('the view has all of it', async () => (await well.row('bad')) === '1,2,3,4,5,', 60_000)
    await until('of the other key too', async () => (await well.row('good')) === '1,2,3,4,5,', 60_000)
    await until('the subscription too', () => again.includes('bad5') && again.includes('good5'), 60_000)
    assert.deepEqual(
      again.filter((call) => call.startsWith('bad')),
      ['bad2', 'bad3', 'bad4', 'bad5'],
    )
  })
}

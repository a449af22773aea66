import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { memory, systemClock, type StartOptions, type StoreAdapter } from 'eventwright'
import { failure } from '../../../src/base/errors.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { freshRabbitmq } from '../../fixtures/fresh-rabbitmq.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { Close, Count, counting, Stock, type Counting } from '../refeed.fixture.ts'
import { running, until, type RunningOf } from '../running.fixture.ts'
import { altered } from '../stores.fixture.ts'

type Place = Pick<StartOptions, 'broker'> & { readonly stores: Readonly<Record<'counter' | 'shown', StoreAdapter>> }

const inOne = (store: StoreAdapter): Place => ({ stores: { counter: store, shown: store } })
const apart = (broker: StartOptions['broker']): Place => ({ stores: { counter: memory(), shown: memory() }, broker })

const kept: Record<string, () => Place> = {
  memory: () => inOne(memory()),
  ...(kafkaBrokers() !== undefined && { kafka: () => apart(freshKafka().adapter) }),
  ...(rabbitmqUrl() !== undefined && {
    'streams of rabbitmq': () => apart(freshRabbitmq({ queue: 'stream' }).adapter),
  }),
}

function open(t: TestContext, { stores, broker }: Place, service: 'counter' | 'shown'): Promise<RunningOf<Counting>> {
  return running(t, counting(Stock), {
    store: stores[service],
    services: [service],
    ...(broker && { broker }),
  } as never)
}

interface Watcher {
  readonly seen: ReadonlyMap<string, string | undefined>
  readonly end: AbortController
  error: unknown
  over: Promise<void>
}

/** What a watcher has seen last of each key, and how it has ended. */
function watching(t: TestContext, of: RunningOf<Counting>, where?: { sum: { gt: number } }): Watcher {
  const end = new AbortController()
  t.after(() => end.abort())
  const seen = new Map<string, string | undefined>()
  const changes = of.views.stock.watch(where, { signal: end.signal })
  const watcher: Watcher = { seen, end, error: undefined, over: Promise.resolve() }
  watcher.over = (async () => {
    for await (const { key, row } of changes) seen.set(key, row?.course)
  })().catch((error: unknown) => void (watcher.error = error))
  return watcher
}

for (const [name, make] of Object.entries(kept))
  test(`changes of a view that a channel feeds are seen once they can be read, and over a swap [${name}]`, async (t) => {
    const place = make()
    const owner = await open(t, place, 'counter')
    // Two processes share the partitions; each sees what the other one has written.
    const [reader, other] = [await open(t, place, 'shown'), await open(t, place, 'shown')]
    const { receipt } = await owner.execute(Count({ itemId: 'before', by: 1 }))
    await reader.views.stock.get('before', { after: receipt, timeout: '60s' })
    const [one, two] = [watching(t, reader), watching(t, other, { sum: { gt: 9 } })]
    const items = Array.from({ length: 12 }, (_, n) => `i${n}`)
    for (const [n, itemId] of items.entries()) await owner.execute(Count({ itemId, by: n }))
    await until('all are seen', () => items.every((itemId) => one.seen.has(itemId) && two.seen.has(itemId)))
    assert.deepEqual(
      items.map((itemId) => one.seen.get(itemId)),
      items.map((_, n) => `,${n}`),
    )
    assert.deepEqual([two.seen.get('i2'), two.seen.get('i10')], [undefined, ',10'])
    await owner.execute(Close({ itemId: 'i3' }))
    await until('a row that goes is seen', () => one.seen.get('i3') === undefined)
    const generation = await reader.operate.rebuild('stock')
    const isRead = async (of: RunningOf<Counting>): Promise<boolean> =>
      (await of.inspect.views()).some((each) => each.generation === generation && each.read)
    await until('the new one is read', async () => (await isRead(reader)) && (await isRead(other)))
    await owner.execute(Count({ itemId: 'i10', by: 5 }))
    await until('it is seen', () => one.seen.get('i10') === ',10,5' && two.seen.get('i10') === ',10,5')
    for (const each of [one, two]) each.end.abort()
    await Promise.all([one.over, two.over])
    assert.deepEqual([one.error, two.error], [undefined, undefined])
  })

test('a watcher waits for a broker that is away, and is told when the channel has deleted what it has not seen', async (t) => {
  let isAway = false
  const store = altered(memory(), ({ broker }) => ({
    broker: {
      ...broker!,
      async join(channel, group) {
        const member = await broker!.join(channel, group)
        if (!group.endsWith('@watch')) return member
        const read: typeof member.read = async (...which) => {
          if (isAway) throw failure('EW_BROKER_FAILED', 'It is away.')
          return member.read(...which)
        }
        return { ...member, read }
      },
    },
  }))
  const place = inOne(store)
  const both = await running(t, counting(Stock), { store })
  const watcher = watching(t, both)
  const { seen } = watcher
  isAway = true
  const { receipt } = await both.execute(Count({ itemId: 'i0', by: 1 }))
  await both.views.stock.get('i0', { after: receipt, timeout: '60s' })
  assert.equal(seen.size, 0)
  isAway = false
  await until('it is seen', () => seen.get('i0') === ',1')
  isAway = true
  const late = await both.execute(Count({ itemId: 'i0', by: 2 }))
  await both.views.stock.get('i0', { after: late.receipt, timeout: '60s' })
  const channels = await place.stores.shown.open({ clock: systemClock })
  t.after(() => channels.close())
  await channels.broker!.trim(Date.now() + 24 * 3_600_000)
  await both.execute(Count({ itemId: 'i0', by: 3 }))
  isAway = false
  await until('it is told', () => watcher.error !== undefined)
  assert.equal((watcher.error as { code?: string }).code, 'EW_MESSAGES_GONE')
})

if (rabbitmqUrl() !== undefined)
  test('a view that queues feed cannot be watched, since they keep nothing for whoever looks beside', async (t) => {
    const place = apart(freshRabbitmq().adapter)
    await open(t, place, 'counter')
    const reader = await open(t, place, 'shown')
    const watcher = watching(t, reader)
    await until('it is told', () => watcher.error !== undefined)
    const { code, message } = watcher.error as { code?: string; message: string }
    assert.equal(code, 'EW_QUERY')
    assert.match(message, /view stock cannot be watched: the channel stock feeds it and keeps no message/)
  })

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { start, systemClock, type BrokerAdapter } from 'eventwright'
import type { Broker } from '../../src/ports/broker.ts'
import type { Store } from '../../src/ports/store.ts'
import { startChild, type Child } from '../fixtures/child.ts'
import { storeAt } from '../fixtures/counting-store.ts'
import { folderFor } from '../fixtures/folder.ts'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { freshRabbitmq } from '../fixtures/fresh-rabbitmq.ts'
import { kafkaBrokers } from '../fixtures/kafka.ts'
import { patience } from '../fixtures/patience.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { rabbitmqUrl } from '../fixtures/rabbitmq.ts'
import { Counted, counting, isEqual, Item, replayed, shown, Stock } from '../runtime/refeed.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'

const keys = Array.from({ length: 20 }, (_, n) => `i${n}`)
const events = 3_000
/** What each of the first processes sends again at most, and at least, since it comes in pages. */
const room = 1_000
const some = 500

/** Where services meet that run in processes of their own. */
interface Place {
  readonly name: string
  /** What `storeAt` opens. */
  readonly files: Readonly<Record<'counter' | 'shown', string>>
  readonly broker?: BrokerAdapter
  readonly prefix?: string
  forget(broker: Broker): Promise<void>
}

const places: Record<string, (folder: string) => Omit<Place, 'name'>> = {
  embedded: (folder) => ({
    files: { counter: join(folder, 'both.db'), shown: join(folder, 'both.db') },
    forget: async (broker) => void (await broker.trim(Date.now() + 24 * 3_600_000)),
  }),
  ...(kafkaBrokers() !== undefined && {
    kafka: (folder: string) => {
      const { adapter, prefix, expire } = freshKafka()
      const forget = async (broker: Broker): Promise<void> => {
        for (const { partition, next } of await broker.bounds('stock')) await expire('stock', partition, next)
      }
      const server = postgresUrl() !== undefined
      const files = server
        ? { counter: freshPostgres().schema, shown: freshPostgres().schema }
        : { counter: join(folder, 'c.db'), shown: join(folder, 's.db') }
      return { files, broker: adapter, prefix, forget }
    },
  }),
  ...(rabbitmqUrl() !== undefined && {
    rabbitmq: (folder: string) => {
      const { adapter, prefix } = freshRabbitmq()
      const files = { counter: join(folder, 'c.db'), shown: join(folder, 's.db') }
      return { files, broker: adapter, prefix, forget: async () => undefined }
    },
  }),
}

/** Many events of the owner, which the channel has forgotten. */
async function prepared({ files, broker, forget }: Place): Promise<void> {
  const options = { store: storeAt(files.counter), ...(broker && { broker }), services: ['counter' as const] }
  const owner = await start(counting(Stock), options)
  try {
    for (let n = 0; n < events; n += 100) {
      const itemId = keys[(n / 100) % 20]!
      await owner.append(
        Item,
        itemId,
        Array.from({ length: 100 }, (_, index) => Counted({ itemId, by: n + index })),
      )
    }
    assert.ok(await owner.caughtUp(patience), JSON.stringify(await owner.inspect.consumers()))
  } finally {
    await owner.stop()
  }
  const store = await options.store.open({ clock: systemClock })
  const outside = await broker?.open({ clock: systemClock })
  await forget(outside ?? store.broker!)
  await outside?.close()
  await store.close()
}

async function opened(t: TestContext, file: string): Promise<Store> {
  const store = await storeAt(file).open({ clock: systemClock })
  t.after(() => store.close())
  return store
}

/** How far a consumer is whose name begins so: the sum of its positions; undefined while there is none. */
async function positionOf(store: Store, name: string): Promise<number | undefined> {
  const rows = (await store.ownership.list()).filter(({ consumer }) => consumer.startsWith(name))
  return rows.length === 0 ? undefined : rows.reduce((sum, { position }) => sum + position, 0)
}

for (const [name, make] of Object.entries(places))
  test(
    `a view is whole although the owner of its events and its own service are killed while they are sent again [${name}]`,
    { timeout: 400_000 },
    async (t) => {
      const place: Place = { name, ...make(folderFor(t)) }
      await prepared(place)
      const [owners, readers] = [await opened(t, place.files.counter), await opened(t, place.files.shown)]
      const children = new Set<Child>()
      t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
      const begin = (service: 'counter' | 'shown', most: number | 'all' = 'all'): Child => {
        const { files, prefix = '' } = place
        const child = startChild('counting-process', files[service], service, name, String(most), prefix)
        children.add(child)
        return child
      }
      const kill = async (child: Child): Promise<void> => {
        child.process.kill('SIGKILL')
        await child.ended
      }
      const sent = () => positionOf(owners, 'counter/refeed:')
      const read = () => positionOf(readers, 'view:stock#1@refeed')
      const assertPartial = async (): Promise<void> => {
        assert.deepEqual(
          (await readers.builds.list('stock')).map(({ state }) => state),
          ['building'],
        )
      }

      let [owner, reader] = [begin('counter', room), begin('shown')]
      await until('a part is sent', async () => ((await sent()) ?? 0) >= some)
      await until('and read', async () => ((await read()) ?? 0) >= some)
      await kill(owner)
      const before = (await sent())!
      await assertPartial()
      owner = begin('counter', room)
      await until('he goes on from there', async () => (await sent())! >= before + some)
      await kill(reader)
      await kill(owner)
      await assertPartial()
      reader = begin('shown')
      await until('what is there is read', async () => (await read())! >= 2 * some)
      owner = begin('counter')
      await reader.until(1)
      for (const child of [owner, reader]) child.process.stdin!.end()
      assert.deepEqual(await Promise.all([owner.ended, reader.ended]), [0, 0])

      const outside = place.broker && { broker: place.broker }
      const [both, same] = await Promise.all(
        (['counter', 'shown'] as const).map((service) =>
          running(t, counting(Stock), { store: storeAt(place.files[service]), ...outside, services: [service] }),
        ),
      )
      await until('it is as a replay', () => isEqual(same! as never, both! as never, keys))
      assert.deepEqual(await shown(same! as never, keys), await replayed(both! as never))
      assert.deepEqual(
        (await same!.inspect.views()).map(({ generation, state }) => `${generation} ${state}`),
        ['1 active'],
      )
      // The owner tells the end first, and forgets then how far it was.
      await until('nothing is left of what was sent', async () => (await sent()) === undefined)
    },
  )

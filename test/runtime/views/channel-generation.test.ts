import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { memory, systemClock, type AnyProjection, type StartOptions, type StoreAdapter } from 'eventwright'
import { failure } from '../../../src/base/errors.ts'
import type { Broker } from '../../../src/ports/broker.ts'
import { brokenOff, Count, counting, isEqual, replayed, shown, Stock, stockView } from '../refeed.fixture.ts'
import type { Counting } from '../refeed.fixture.ts'
import { listening, running, until, type RunningOf } from '../running.fixture.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { altered } from '../stores.fixture.ts'

const keys = Array.from({ length: 20 }, (_, n) => `i${n}`)

/** How many more messages derived channels take before they fail, whether nobody reads, and a key that is refused. */
interface Room {
  left: number
  isHeld?: boolean
  refused?: string | undefined
}

/** One store for both services, whose derived channels have so much room. */
function narrow(room: Room, shared = false): StoreAdapter {
  return altered(memory(), ({ broker }) => ({ shared, broker: narrowBroker(broker!, room) }))
}

function narrowBroker(broker: Broker, room: Room): Broker {
  const publish: Broker['publish'] = async (messages) => {
    if (!messages.some(({ channel }) => channel.includes('.refeed.'))) return broker.publish(messages)
    if (room.refused !== undefined) {
      const isTaken = ({ key }: { readonly key: string }): boolean => key !== room.refused
      const first = messages.findIndex((each) => !isTaken(each))
      await broker.publish(messages.filter(isTaken))
      return messages.map((each, index) =>
        isTaken(each) ? { kind: 'ok' } : index === first ? { kind: 'refused', reason: 'a test' } : { kind: 'skipped' },
      )
    }
    const some = messages.slice(0, room.left)
    room.left -= some.length
    const outcomes = await broker.publish(some)
    if (some.length === messages.length) return outcomes
    await until('there is room for more', () => room.left > 0)
    throw failure('EW_BROKER_FAILED', 'There was no room for all of them.')
  }
  const join: Broker['join'] = async (channel, group) => {
    const member = await broker.join(channel, group)
    const read: typeof member.read = async (...place) => (room.isHeld === true ? [] : member.read(...place))
    return { ...member, read }
  }
  return new Proxy(broker, {
    get(target, name) {
      if (name === 'publish') return publish
      if (name === 'join') return join
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function open(
  t: TestContext,
  store: StoreAdapter,
  view: AnyProjection,
  services: ('counter' | 'shown')[],
  more: Partial<StartOptions> = {},
): Promise<RunningOf<Counting>> {
  // A start that waits must not outlive a test that has failed.
  const end = new AbortController()
  t.after(() => end.abort())
  return running(t, counting(view as typeof Stock), { store, services, signal: end.signal, ...more } as StartOptions)
}

/** Counts of every item, relayed and forgotten by the channel. */
async function forgotten(owner: RunningOf<Counting>, store: StoreAdapter, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await owner.execute(Count({ itemId: `i${n % 20}`, by: n }))
  const opened = await store.open({ clock: systemClock })
  await until(
    'all is relayed',
    async () => {
      const rows = await opened.ownership.list('counter/relay:stock')
      return rows.length > 0 && rows.every(({ position }) => position >= to)
    },
    patienceMs,
  )
  await opened.broker!.trim(Date.now() + 24 * 3_600_000)
  await opened.close()
}

async function states(of: RunningOf<Counting>): Promise<readonly string[]> {
  const views = await of.inspect.views()
  return views.map(({ generation, state, waitsFor = '' }) => `${generation} ${state} ${waitsFor}`.trim())
}

/** How many messages of its derived channel a generation has read. */
async function read(of: RunningOf<Counting>, generation: number): Promise<number> {
  return (await of.inspect.views()).find((each) => each.generation === generation)?.position ?? 0
}

test('rows are not swapped in before the last event has come, and nobody reads them', async (t) => {
  const room = { left: 0 }
  const store = narrow(room)
  const owner = await open(t, store, Stock, ['counter'])
  const before = await open(t, store, Stock, ['shown'])
  for (let n = 0; n < 10; n++) await owner.execute(Count({ itemId: 'i0', by: n }))
  await until('the first version is there', () => isEqual(before, owner, keys))
  await forgotten(owner, store, 0, 200)
  await until('it has followed', () => isEqual(before, owner, keys))
  room.left = 150
  const log = listening()
  // The start gives up waiting when nothing comes any more.
  const after = await open(t, store, stockView(2), ['shown'], { log })
  assert.ok(log.said.includes('warn: a view waits for its events to be sent again'))
  assert.equal(await read(after, 2), 150)
  assert.deepEqual(await states(after), ['1 active', '2 building refeed'])
  await assert.rejects(after.views.stock.get('i0'), { code: 'EW_VIEW_WAITING' })
  assert.equal(await after.caughtUp({ timeoutMs: 0 }), false)
  assert.deepEqual(await shown(before, keys), await replayed(owner))
  room.left = Infinity
  await until('it is swapped in', async () => (await states(after)).join() === '1 retired,2 active')
  assert.deepEqual(await shown(after, keys), await replayed(owner))
  assert.ok(await after.caughtUp({ timeoutMs: patienceMs }))
})

test('a generation whose channel loses what came while everything was sent again is begun anew', async (t) => {
  const room = { left: 0 }
  const store = narrow(room)
  const owner = await open(t, store, Stock, ['counter'])
  await forgotten(owner, store, 0, 100)
  const log = listening()
  const opening = open(t, store, Stock, ['shown'], { log })
  await until('it waits', async () => (await states(owner)).join() === '1 building refeed')
  await forgotten(owner, store, 100, 200)
  room.left = Infinity
  const reader = await opening
  await until('it is as a replay', () => isEqual(reader, owner, keys))
  assert.deepEqual(await states(reader), ['2 active'])
  assert.ok(log.said.includes('warn: a view is begun anew: its channel has lost events'))
  assert.deepEqual(await reader.inspect.deadLetters.list({ limit: 9 }), [])
  assert.deepEqual(
    (await reader.inspect.consumers()).filter(({ name }) => name.includes('#1')),
    [],
  )
})

test('what was lost to rows in use is told, and a rebuild mends it', async (t) => {
  const room = { left: Infinity }
  const store = narrow(room)
  const owner = await open(t, store, Stock, ['counter'])
  await forgotten(owner, store, 0, 20)
  const first = await open(t, store, Stock, ['shown'])
  await until('it is there', () => isEqual(first, owner, keys))
  await first.stop()
  await forgotten(owner, store, 20, 60)
  const reader = await open(t, store, Stock, ['shown'])
  const codes = async () => (await reader.inspect.deadLetters.list({ limit: 9 })).map(({ code }) => code)
  await until('it is told', async () => (await codes()).includes('EW_MESSAGES_GONE'))
  assert.equal(await reader.operate.rebuild('stock'), 2)
  await until('it is swapped in', async () => (await states(reader)).join() === '1 retired,2 active')
  await until('it is as a replay', () => isEqual(reader, owner, keys))
})

test('two processes of a service share the work, and one goes on when the other ends in the middle', async (t) => {
  const room = { left: 120 }
  const store = narrow(room, true)
  const owner = await open(t, store, Stock, ['counter'])
  await forgotten(owner, store, 0, 200)
  const other = new AbortController()
  const [one, two] = [
    open(t, store, Stock, ['shown'], { signal: other.signal }),
    open(t, store, Stock, ['shown'], { leaseMs: 2_000 }),
  ]
  const both = async (): Promise<boolean> => {
    const fed = (await owner.inspect.consumers()).find(({ name }) => name === 'view:stock#1@refeed')
    return fed?.position === 120 && fed.owners.length === 2
  }
  await until('both have some of it', both)
  other.abort(new Error('it ends'))
  await brokenOff(one, /it ends/)
  room.left = Infinity
  const reader = await two
  await until('it is as a replay', () => isEqual(reader, owner, keys))
  assert.deepEqual(await states(reader), ['1 active'])
})

test('what is on its way twice counts once, and the order of an item is that of its owner', async (t) => {
  const room = { left: 50 }
  const store = narrow(room)
  const owner = await open(t, store, Stock, ['counter'])
  await forgotten(owner, store, 0, 100)
  const opening = open(t, store, Stock, ['shown'])
  await until('half has come', async () => (await read(owner, 1)) === 50)
  // All of this comes with the rest of the refeed, and over the channel as well.
  for (let n = 100; n < 200; n++) await owner.execute(Count({ itemId: `i${n % 20}`, by: n }))
  room.left = Infinity
  const reader = await opening
  await until('it is as a replay', () => isEqual(reader, owner, keys))
  assert.ok(await reader.caughtUp({ timeoutMs: patienceMs }))
  assert.deepEqual(await shown(reader, keys), await replayed(owner))
})

test('events that come behind many repeats are not taken for repeats', async (t) => {
  const store = narrow({ left: Infinity })
  const both = await open(t, store, Stock, ['counter', 'shown'])
  await both.execute(Count({ itemId: 'i0', by: 1 }))
  const { broker } = await store.open({ clock: systemClock })
  const member = await broker!.join('stock', 'observer')
  const read = async () => (await Promise.all([0, 1, 2, 3].map((partition) => member.read(partition, 0, 9)))).flat()
  await until('it is relayed', async () => (await read()).length === 1)
  const [message] = await read()
  await broker!.publish(Array(50).fill(message))
  await both.execute(Count({ itemId: 'i0', by: 2 }))
  await until('it is as a replay', () => isEqual(both, both, keys))
  assert.equal((await both.views.stock.get('i0'))?.course, ',1,2')
})

test('a generation that was built here tells what it loses, like any other in use', async (t) => {
  const room: Room = { left: Infinity, isHeld: false }
  const store = narrow(room)
  const owner = await open(t, store, Stock, ['counter'])
  await forgotten(owner, store, 0, 20)
  const reader = await open(t, store, Stock, ['shown'])
  await until('it is there', () => isEqual(reader, owner, keys))
  room.isHeld = true
  await forgotten(owner, store, 20, 60)
  room.isHeld = false
  await owner.execute(Count({ itemId: 'i0', by: 60 }))
  const codes = async () => (await reader.inspect.deadLetters.list({ limit: 9 })).map(({ code }) => code)
  await until('it is told', async () => (await codes()).includes('EW_MESSAGES_GONE'))
  await until('it goes on', async () => (await reader.views.stock.get('i0'))?.course === ',0,60')
  assert.deepEqual(await states(reader), ['1 active'])
})

test('the end is not told while the broker has refused an event, and is when that is mended', async (t) => {
  const room: Room = { left: Infinity, refused: 'i5' }
  const store = narrow(room)
  const owner = await open(t, store, Stock, ['counter'])
  await forgotten(owner, store, 0, 100)
  const opening = open(t, store, Stock, ['shown'])
  const letters = async () => (await owner.inspect.deadLetters.list({ limit: 9 })).map(({ code }) => code).join()
  await until('it is set aside', async () => (await letters()) === 'EW_MESSAGE_REFUSED')
  const reader = await opening
  await until('the rest is there', async () => (await read(reader, 1)) === 95)
  assert.deepEqual(await states(reader), ['1 building refeed'])
  room.refused = undefined
  const [letter] = await owner.inspect.deadLetters.list({ limit: 9 })
  assert.match(letter!.consumer, /^counter\/refeed:stock\.refeed\.stock\.1-/)
  await owner.operate.deadLetters.replay(letter!.consumer, letter!.key)
  await until('it is as a replay', async () => (await states(reader)).join() === '1 active')
  assert.deepEqual(await shown(reader, keys), await replayed(owner))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError } from 'eventwright'
import type { ParkedKey } from '../../../src/ports/parked.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { StoredEvent } from '../../../src/ports/stored-event.ts'
import { replayPlan } from '../../../src/runtime/parking/replay-plan.ts'
import { patience } from '../../fixtures/patience.ts'
import { bookOf, depotOf, Pack, PackedNow } from '../dead-letters.fixture.ts'
import { running, until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const post = 'post/subscription:post'

overStores(
  'a plan of a replay tells which letters, whose handler, and what waits behind them, and marks nothing',
  async (t, store) => {
    const failing = depotOf(({ grams }) => {
      if (grams === 1) throw new TypeError('too light')
    })
    const open = await running(t, failing, { store })
    for (const [parcel, grams] of [
      ['a', 1],
      ['a', 2],
      ['b', 1],
      ['a', 3],
      ['c', 5],
    ] as const)
      await open.execute(Pack({ parcel, grams }) as never)
    assert.ok(await open.caughtUp(patience))
    const { planReplay, list } = open.inspect.deadLetters
    const before = await list({ consumer: post, limit: 9 })
    const plan = await planReplay({ consumer: post })
    const { items, ...counts } = plan
    assert.deepEqual(counts, {
      consumer: post,
      handler: { kind: 'subscription', name: 'post', service: 'post' },
      owners: 1,
      letters: 2,
      replayed: 2,
      behind: 2,
      inVain: 0,
      replaying: 0,
      read: 2,
      unreadable: 0,
    })
    assert.deepEqual(
      items.map(({ key, type, code, behind, verdict }) => [key, type, code, behind, verdict]),
      [
        ['a', 'Packed', 'TypeError', 2, 'replayed'],
        ['b', 'Packed', 'TypeError', 0, 'replayed'],
      ],
    )
    assert.equal((await planReplay({ consumer: post, code: 'Other' })).letters, 0)
    assert.equal((await planReplay({ consumer: post, key: 'b' })).letters, 1)
    const head = before.find(({ key }) => key === 'b')!
    const only = await planReplay({
      consumer: post,
      only: new Map([
        ['b', head.position],
        ['a', 99],
      ]),
    })
    assert.deepEqual(
      only.items.map(({ key }) => key),
      ['b'],
    )
    const short = await planReplay({ consumer: post, mostRead: 1, mostTold: 1 })
    assert.deepEqual([short.letters, short.read, short.items.length], [2, 1, 1])
    await assert.rejects(planReplay({ consumer: post, key: 'c' }), (error) => isEventwrightError(error, 'EW_PARKED'))
    assert.deepEqual(await list({ consumer: post, limit: 9 }), before)

    // Three replays in vain: what a replay would leave alone, the plan does not promise.
    for (let replays = 1; replays <= 3; replays++) {
      await open.operate.deadLetters.replay(post, 'b')
      await until('it has failed again', async () => {
        const letter = await open.inspect.deadLetters.get(post, 'b')
        return letter?.replays === replays && letter.state === 'parked'
      })
    }
    const vain = await planReplay({ consumer: post })
    assert.deepEqual([vain.replayed, vain.inVain, vain.items[1]?.verdict], [1, 1, 'in vain'])
    assert.deepEqual([(await planReplay({ consumer: post, force: true })).replayed], [2])
    await open.stop()
  },
)

overStores('a plan says which letters this release cannot read, of a channel and of the log', async (t, store) => {
  const packed = depotOf(
    () => {
      throw new Error('no such address')
    },
    { packed: PackedNow },
  )
  const newer = await running(t, packed, { store })
  await newer.execute(Pack({ parcel: 'a', grams: 1 }) as never)
  assert.ok(await newer.caughtUp(patience))
  await newer.stop()
  const older = await running(
    t,
    depotOf(() => undefined),
    { store, services: ['shelf'] },
  )
  const { unreadable, read, items, owners } = await older.inspect.deadLetters.planReplay({ consumer: post })
  assert.deepEqual([unreadable, read, owners], [1, 1, 0])
  assert.match(items[0]!.problem!, /Packed.*version 2/)
})

overStores('a plan of letters of the log reads their events', async (t, store) => {
  const open = await running(
    t,
    bookOf((text) => text === 'bad1'),
    { store },
  )
  for (const grams of [1, 2]) await open.execute(Pack({ parcel: 'bad', grams }))
  assert.ok(await open.caughtUp(patience))
  const consumers = (await open.inspect.deadLetters.list({ limit: 9 })).map(({ consumer }) => consumer)
  const plans = await Promise.all(consumers.map((consumer) => open.inspect.deadLetters.planReplay({ consumer })))
  assert.deepEqual(
    plans.map(({ handler, read, unreadable, behind }) => [handler?.kind, handler?.name, read, unreadable, behind]),
    [
      ['subscription', 'post', 1, 0, 1],
      ['projection', 'book', 1, 0, 1],
    ],
  )
})

test('events of letters are read many at once, and each letter is told of its own', async () => {
  const letters = Array.from({ length: 60 }, (_, at) => {
    const place = { consumer: post, source: 'log', bucket: 0, key: `p${at + 100}`, position: 60 - at }
    const facts = { id: null, type: 'Packed', schemaVersion: 1, correlationId: null }
    const counts = { attempts: 1, replays: 0, vainReplays: 0, edits: 0, waiting: 1 }
    const when = { parkedAtMs: 0, failedAtMs: 0 }
    return { ...place, ...facts, ...counts, ...when, code: 'X', message: '', resuming: false } satisfies ParkedKey
  })
  const stored = (position: number): StoredEvent => {
    const schemaVersion = [7, 33].includes(position) ? 9 : 1
    const event = { id: `e${position}`, type: 'Packed', schemaVersion, data: '{"parcel":"a","grams":1}', meta: '{}' }
    const place = { stream: 'Parcel/a', version: position, partition: 0, position } as const
    return { ...event, ...place, occurredAtMs: 0, recordedAtMs: 0, checksum: 0, deleted: false }
  }
  const reads: number[] = []
  const store = {
    parked: { list: async () => letters },
    log: {
      at: async (positions: readonly number[]) => {
        reads.push(positions.length)
        // The event of one letter is gone.
        return [...positions]
          .sort((a, b) => a - b)
          .filter((position) => position !== 20)
          .map(stored)
      },
    },
    ownership: { list: async () => [] },
    now: async () => 0,
  } as unknown as Store
  const { graph } = bookOf(() => false)
  const plan = await replayPlan({ store, live: undefined, graph }, { consumer: post })
  assert.deepEqual(
    plan.items.filter(({ problem }) => problem !== undefined).map(({ position }) => position),
    [33, 7],
  )
  assert.deepEqual([plan.letters, plan.read, plan.unreadable], [60, 60, 2])
  assert.deepEqual(reads, [25, 25, 10])
})

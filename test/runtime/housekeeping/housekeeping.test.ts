import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { newId } from '../../../src/base/ids.ts'
import type { Log } from '../../../src/base/log.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { startHousekeeping, type Housekeeping } from '../../../src/runtime/housekeeping/housekeeping.ts'
import { housekeepingReports } from '../../../src/runtime/housekeeping/round.ts'
import { keepMs, type Keep } from '../../../src/runtime/housekeeping/keep.ts'
import { append, commitOne, inbox, unit, won } from '../../../src/testing/contracts/store-case.ts'
import { fakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { bazaar } from '../housekeeping.fixture.ts'
import { listening, until } from '../running.fixture.ts'
import { altered, overLocalStores } from '../stores.fixture.ts'

const day = 24 * 60 * 60_000

interface Kept {
  readonly store: Store
  readonly clock: FakeClock
  readonly said: readonly string[]
  readonly housekeeping: Housekeeping
  /** Lets days pass, each with its round. */
  days(count: number): Promise<void>
}

async function kept(t: TestContext, adapter: StoreAdapter, keep: Keep = {}, clock = fakeClock()): Promise<Kept> {
  const store = await adapter.open({ clock })
  const log = listening()
  const housekeeping = started(store, clock, log, keep)
  t.after(async () => {
    await housekeeping.stop()
    await store.close()
  })
  return {
    store,
    clock,
    said: log.said,
    housekeeping,
    async days(count) {
      for (let n = 0; n < count; n++) await round(store, clock)
    },
  }
}

function started(store: Store, clock: FakeClock, log: Log, keep: Keep): Housekeeping {
  const commit = async (single: Unit) => (await store.commit([single]))[0]!
  const { graph } = bazaar
  const options = { graph, store, queue: { commit }, owner: newId(), leaseMs: 10 * day, clock, log }
  return startHousekeeping({ ...options, keep: keepMs({ every: '1d', ...keep }) })
}

/** Lets a day pass and waits until each job has been done at its end. */
async function round(store: Store, clock: FakeClock, processes = 1): Promise<void> {
  // A server answers when it likes; a day that passed while the round before was at work would be no round of its own.
  await until('everybody sleeps', () => clock.sleepers >= 2 * processes)
  const before = clock.now()
  await clock.advance(day)
  const done = async (): Promise<boolean> => {
    const jobs = await housekeepingReports(store)
    return jobs.length === 4 && jobs.every(({ doneAt = '' }) => Date.parse(doneAt) > before)
  }
  await until('every job is done', done)
}

const message = (id: string, service: string) => {
  return { id, service, channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }
}

/** A consumer that has come to a position, and that nobody runs. */
async function consumerAt(store: Store, consumer: string, source: string, position: number): Promise<void> {
  await store.ownership.ensure(consumer, source, 1, position)
}

async function movedTo(store: Store, consumer: string, source: string, to: number): Promise<void> {
  const [row] = await store.ownership.claim(consumer, source, 'somebody', 10_000)
  const { epoch, position: from } = row!
  won(await commitOne(store, { positions: [{ consumer, source, bucket: 0, epoch, from, to, ttlMs: 10_000 }] }))
  await store.ownership.release([row!])
}

const has = async (store: Store, consumer: string, key: string): Promise<boolean> =>
  (await store.inbox.get('shop', consumer, key)) !== undefined

overLocalStores(
  'what a service has sent goes when its relay is past it, whatever other relays do',
  async (t, adapter) => {
    const { store, clock } = await kept(t, adapter)
    const outbox = ['m1 orders', 'm2 stock', 'm3 orders', 'm4 gone', 'm5 stock'].map((text) => {
      const [id, service] = text.split(' ') as [string, string]
      return message(id, service)
    })
    won(await commitOne(store, { ...unit('A/1'), outbox }))
    await consumerAt(store, 'orders/outbox', 'outbox', 2)
    await consumerAt(store, 'stock/outbox', 'outbox', 5)
    await consumerAt(store, 'gone/outbox', 'outbox', 3)
    await round(store, clock)
    assert.deepEqual(
      (await store.outbox.after(0, 10)).map(({ id }) => id),
      ['m3', 'm4'],
    )
    await movedTo(store, 'orders/outbox', 'outbox', 5)
    await round(store, clock)
    assert.deepEqual(
      (await store.outbox.after(0, 10)).map(({ id }) => id),
      ['m4'],
    )
    assert.equal(await store.outbox.head(), 5)
  },
)

overLocalStores(
  'messages go when they are older than their channel keeps them, those that are unread only when much older',
  async (t, adapter) => {
    const { store, days } = await kept(t, adapter, { unread: '9d' })
    const broker = store.broker!
    await broker.ensure([{ name: 'c', partitions: 1, retentionMs: 2 * day }])
    const publish = async (count: number): Promise<void> => {
      const messages = Array.from({ length: count }, () => ({
        channel: 'c',
        key: 'k',
        id: newId(),
        headers: '{}',
        value: '1',
      }))
      await broker.publish(messages)
    }
    const range = async (): Promise<number[]> => (await broker.bounds('c')).flatMap(({ first, next }) => [first, next])
    await publish(700)
    await consumerAt(store, 'fast', 'c', 700)
    await consumerAt(store, 'slow', 'c', 600)
    await days(1)
    await publish(5)
    assert.deepEqual(await range(), [0, 705])
    await days(2)
    assert.deepEqual(await range(), [600, 705], 'slow has not read on')
    await movedTo(store, 'slow', 'c', 650)
    await days(1)
    assert.deepEqual(await range(), [650, 705])
    await days(7)
    assert.deepEqual(await range(), [705, 705], 'nobody has come for 9 days')
  },
)

overLocalStores(
  'keys go by their age, those of steps not while a saga is open that may ask for them',
  async (t, adapter) => {
    const { store, days } = await kept(t, adapter, { keys: '8d' })
    const steps = (key: string) => inbox(key, { consumer: 'participant' })
    const saga = { saga: 'approval', service: 'orders', definitionVersion: 1, dueAtMs: null, state: '{}' }
    await days(3)
    won(await commitOne(store, { inbox: [inbox('k'), steps('before')] }))
    await days(1)
    const row = {
      ...saga,
      id: 'approval/1',
      status: 'running',
      closed: false,
      version: 1,
      startedAtMs: await store.now(),
    }
    won(await commitOne(store, { appends: [append('approval/1', 0, 1, 1)], sagas: [row] }))
    won(await commitOne(store, { inbox: [steps('during')] }))
    await days(6)
    assert.deepEqual([await has(store, 'commands', 'k'), await has(store, 'participant', 'before')], [true, true])
    await days(2)
    assert.deepEqual([await has(store, 'commands', 'k'), await has(store, 'participant', 'before')], [false, true])
    await days(20)
    assert.deepEqual(
      [await has(store, 'participant', 'before'), await has(store, 'participant', 'during')],
      [true, true],
    )
    const closed = { ...row, status: 'completed', closed: true, version: 2 }
    won(await commitOne(store, { appends: [append('approval/1', 1, 1, 1)], sagas: [closed] }))
    await days(1)
    assert.deepEqual(
      [await has(store, 'participant', 'before'), await has(store, 'participant', 'during')],
      [false, false],
    )
  },
)

overLocalStores(
  'no key goes while a relay or a reader is far behind, nor until a quarter of the age after it has caught up',
  async (t, adapter) => {
    const { store, days, said } = await kept(t, adapter, { keys: '8d' })
    await store.broker!.ensure([{ name: 'orders', partitions: 1, retentionMs: 100 * day }])
    await days(3)
    won(await commitOne(store, { ...unit('Order/1'), inbox: [inbox('k')], outbox: [message('m', 'orders')] }))
    await store.broker!.publish([{ channel: 'orders', key: 'k', id: 'm', headers: '{}', value: '1' }])
    const all = [
      ['orders/outbox', 'outbox'],
      ['orders/relay:orders', 'log'],
      ['stock/subscription:letters', 'orders'],
    ] as const
    for (const [consumer, source] of all) await consumerAt(store, consumer, source, 0)
    for (const [consumer, source] of all) {
      await days(9)
      assert.equal(await has(store, 'commands', 'k'), true, consumer)
      assert.ok(said.at(-1)!.includes('far behind'), said.join())
      await movedTo(store, consumer, source, 1)
    }
    await days(1)
    assert.equal(await has(store, 'commands', 'k'), true, 'what was sent again may still be unread')
    await days(3)
    assert.equal(await has(store, 'commands', 'k'), false)
  },
)

overLocalStores('consumers that the design has lost hold no key back', async (t, adapter) => {
  const { store, days } = await kept(t, adapter, { keys: '8d' })
  await store.broker!.ensure([{ name: 'orders', partitions: 1, retentionMs: 100 * day }])
  await days(3)
  won(await commitOne(store, { ...unit('Order/1'), inbox: [inbox('k')], outbox: [message('m', 'gone')] }))
  await store.broker!.publish([{ channel: 'orders', key: 'k', id: 'm', headers: '{}', value: '1' }])
  await consumerAt(store, 'gone/outbox', 'outbox', 0)
  await consumerAt(store, 'orders/relay:gone', 'log', 0)
  await consumerAt(store, 'stock/subscription:gone', 'orders', 0)
  await consumerAt(store, 'orders/timers', 'timers', 0)
  await days(10)
  assert.equal(await has(store, 'commands', 'k'), false)
})

overLocalStores(
  'after a time in which nobody looked, keys wait until it is sure that all flows',
  async (t, adapter) => {
    const clock = fakeClock()
    const first = await kept(t, adapter, { keys: '8d' }, clock)
    await first.days(4)
    won(await commitOne(first.store, { inbox: [inbox('k')] }))
    await first.housekeeping.stop()
    await clock.advance(20 * day)
    const { store, days } = await kept(t, adapter, { keys: '8d' }, clock)
    await days(1)
    assert.equal(await has(store, 'commands', 'k'), true)
    await days(3)
    assert.equal(await has(store, 'commands', 'k'), false)
  },
)

overLocalStores('keys of used mail go by their age, and what waits in vain', async (t, adapter) => {
  const { store, days } = await kept(t, adapter, { keys: '8d' })
  const mail = (key: string, kind: string) => ({ saga: 'approval', address: 'approved=1', key, kind, body: '{}' })
  await days(3)
  const pieces = Array.from({ length: 600 }, (_, n) => mail(`used${n}`, 'reply'))
  const waiting = [mail('early', 'awaited'), mail('unread', 'reply')]
  won(await commitOne(store, { ...unit('A/1'), mail: [...pieces, ...waiting], mailUsed: pieces }))
  const left = async (): Promise<string[]> => (await store.sagas.mail('approval', 0, 1_000)).map(({ key }) => key)
  await days(7)
  won(await commitOne(store, { ...unit('A/1'), mail: pieces }))
  assert.deepEqual(await left(), ['early', 'unread'])
  await days(2)
  assert.deepEqual(await left(), ['unread'])
  won(await commitOne(store, { ...unit('A/1'), mail: [mail('used599', 'reply')] }))
  assert.deepEqual(await left(), ['unread', 'used599'])
})

overLocalStores('rows of sagas go when they have ended long ago; their streams stay', async (t, adapter) => {
  const { store, days } = await kept(t, adapter, { sagas: '5d' })
  const saga = { saga: 'approval', service: 'orders', definitionVersion: 1, dueAtMs: null, state: '{}' }
  const nowMs = await store.now()
  const row = (id: string, closed: boolean, version: number) => {
    return { ...saga, id, status: closed ? 'completed' : 'running', closed, version, startedAtMs: nowMs }
  }
  const write = async (id: string, closed: boolean, version = 1): Promise<void> =>
    void won(await commitOne(store, { appends: [append(id, version - 1, 1, 1)], sagas: [row(id, closed, version)] }))
  const many = Array.from({ length: 250 }, (_, n) => `approval/a${n}`)
  for (const id of many) await write(id, true)
  for (const id of ['approval/open', 'approval/late']) await write(id, false)
  await days(4)
  await write('approval/late', true, 2)
  await days(2)
  assert.deepEqual(
    (await store.sagas.list({ limit: 10 })).map(({ id }) => id),
    ['approval/late', 'approval/open'],
  )
  await days(4)
  assert.deepEqual(
    (await store.sagas.list({ limit: 10 })).map(({ id }) => id),
    ['approval/open'],
  )
  assert.equal(await store.log.version('approval/a7'), 1)
})

overLocalStores('of several processes one does a round, and another one when it is gone', async (t, adapter) => {
  const clock = fakeClock()
  const trims: string[] = []
  const counted = (name: string): StoreAdapter =>
    altered(adapter, ({ sagas }) => ({
      sagas: { ...sagas, list: (page) => (trims.push(name), sagas.list(page)) },
    }))
  const first = await kept(t, counted('a'), {}, clock)
  await kept(t, counted('b'), {}, clock)
  for (let n = 1; n <= 4; n++) {
    await round(first.store, clock, 2)
    assert.equal(trims.length, n, trims.join(''))
  }
  await first.housekeeping.stop()
  const before = trims.length
  await round(first.store, clock)
  assert.deepEqual(trims.slice(before), ['b'])
})

overLocalStores(
  'a job that fails is told, tried again in the next round, and keeps no other from its work',
  async (t, adapter) => {
    let fails = true
    const broken = altered(adapter, ({ outbox }) => ({
      outbox: {
        ...outbox,
        trim: (...args) => (fails ? Promise.reject(new Error('no')) : outbox.trim(...args)),
      },
    }))
    const { store, clock, said, days } = await kept(t, broken, { keys: '8d' })
    await consumerAt(store, 'orders/outbox', 'outbox', 9)
    won(await commitOne(store, { inbox: [inbox('k')], outbox: [message('m', 'orders')] }))
    await clock.advance(day)
    const jobs = async () => (await housekeepingReports(store)).flatMap(({ job, doneAt }) => (doneAt ? [job] : []))
    await until('the others are done', async () => (await jobs()).length === 3)
    assert.deepEqual(await jobs(), ['channels', 'keys', 'sagas'])
    assert.ok(said.includes('warn: housekeeping will try again'), said.join())
    fails = false
    await days(1)
    assert.equal((await store.outbox.after(0, 1)).length, 0)
  },
)

overLocalStores('a stop ends after the batch in hand, and whoever comes next goes on', async (t, adapter) => {
  const clock = fakeClock()
  let stopping: Promise<void> | undefined
  const slow = altered(adapter, ({ outbox }) => ({
    outbox: {
      ...outbox,
      async trim(...args) {
        const count = await outbox.trim(...args)
        stopping ??= first.housekeeping.stop()
        return count
      },
    },
  }))
  const first = await kept(t, slow, {}, clock)
  const { store } = first
  const outbox = Array.from({ length: 2_000 }, (_, n) => message(`m${n}`, 'orders'))
  won(await commitOne(store, { ...unit('A/1'), outbox }))
  await consumerAt(store, 'orders/outbox', 'outbox', 2_000)
  await clock.advance(day)
  await until('it is stopped', () => stopping !== undefined)
  await stopping
  assert.equal((await store.outbox.after(0, 5_000)).length, 1_500)
  const rows = await store.ownership.list('housekeeping:outbox')
  assert.deepEqual(
    rows.map(({ owner, position }) => [owner, position]),
    [
      [null, 0],
      [null, 0],
    ],
  )
  const second = await kept(t, adapter, {}, clock)
  await round(second.store, clock)
  assert.equal((await store.outbox.after(0, 1)).length, 0)
})

overLocalStores('what is set wrongly is refused', async () => {
  const isConfig = (error: unknown): boolean => isEventwrightError(error, 'EW_CONFIG')
  for (const keep of [{ keys: '0d' }, { sagas: 'never' }, { unread: 5 }, { every: 'forever' }, { every: '0ms' }])
    assert.throws(() => keepMs(keep as never), isConfig, JSON.stringify(keep))
  const forever = { keys: 'forever', sagas: 'forever', unread: 'forever', every: '5s' } as const
  assert.deepEqual(keepMs(forever), { keysMs: Infinity, sagasMs: Infinity, unreadMs: Infinity, everyMs: 5_000 })
})

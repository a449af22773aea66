import assert from 'node:assert/strict'
import type { StoreAdapter } from 'eventwright'
import { systemClock as clock } from '../../../src/base/clock.ts'
import { silentLog } from '../../../src/base/log.ts'
import { signal } from '../../../src/base/signal.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import type { Consumer } from '../../../src/runtime/loop/consumer.ts'
import type { Bundle } from '../../../src/runtime/loop/bundle.ts'
import type { Bucket } from '../../../src/runtime/ownership.ts'
import { space, type Space, type SpaceOptions } from '../../../src/runtime/loop/space.ts'
import { gate, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

const leaseMs = 100

async function opened(
  adapter: StoreAdapter,
  owner: string,
  choices: Partial<Pick<SpaceOptions, 'wake' | 'held'>> = {},
): Promise<Space> {
  const shared = { clock, log: silentLog, leaseMs, backstopMs: 50, wake: signal(), limits: commitLimits }
  return space({ ...shared, store: await adapter.open({ clock }), owner, reader: () => ({}) as never, ...choices })
}

const nothing = { name: 'nothing', starts: [0], source: { after: async () => [] } }
const kept = (key: string) => ({ inbox: [{ service: 's', consumer: 'c', key, fingerprint: '', outcome: '{}' }] })

overStores('a replaced owner commits nothing beside its position, and its bucket is lost', async (t, adapter) => {
  // As a process that sleeps past its lease: it renews nothing, and nobody tells it.
  const asleep = altered(adapter, ({ ownership }) => ({ ownership: { ...ownership, renew: async (held) => held } }))
  const [work, other] = [await opened(asleep, 'old'), await adapter.open({ clock })]
  let held: Bucket | undefined
  const aside = async ({ buckets: [bucket] }: Bundle) => (held ??= bucket) === undefined
  const handler = { handle: async () => ({}), park: () => ({}), aside }
  const consumer = await work.consume({ name: 'c', handler: () => handler, pageEvents: 1, from: nothing })
  t.after(async () => {
    await consumer.stop()
    await work.close()
    await other.close()
  })
  await until('it has its bucket', () => held !== undefined)
  assert.equal((await work.commitAside(held!, kept('own'))).ok, true)
  const steal = () => other.ownership.claim('c', 'nothing', 'new', 600_000)
  await until('another one has it', async () => (await steal()).length > 0)
  const outcome = await work.commitAside(held!, kept('late'))
  assert.deepEqual([outcome.ok, !outcome.ok && outcome.reason, held!.lost], [false, 'owner', true])
  assert.equal(await other.inbox.get('s', 'c', 'late'), undefined)
  assert.notEqual(await other.inbox.get('s', 'c', 'own'), undefined)
})

/** A consumer that does nothing but look, and how often it has. */
async function looking(work: Space, name: string): Promise<{ readonly consumer: Consumer; looks(): number }> {
  let looks = 0
  const handler = { handle: async () => ({}), park: () => ({}), aside: async () => ++looks < 0 }
  const consumer = await work.consume({ name, handler: () => handler, pageEvents: 1, from: nothing })
  return { consumer, looks: () => looks }
}

overStores('a consumer of a space that is held owns and does nothing until it begins', async (t, adapter) => {
  const wake = signal()
  const [held, free] = [await opened(adapter, 'held', { wake, held: true }), await opened(adapter, 'free', { wake })]
  const [late, early] = [await looking(held, 'late'), await looking(free, 'early')]
  t.after(async () => {
    await Promise.all([late.consumer.stop(), early.consumer.stop()])
    await Promise.all([held.close(), free.close()])
  })
  for (let times = 0; times < 5; times++) {
    const before = early.looks()
    wake.raise()
    await until('the other one was woken', () => early.looks() > before)
  }
  const owner = async () => (await held.store.ownership.list('late')).map((row) => row.owner)
  assert.deepEqual([late.looks(), late.consumer.status.state, await owner()], [0, 'waiting', [null]])
  held.begin()
  await until('it has begun', () => late.looks() > 0)
  assert.deepEqual([late.consumer.status.state, await owner()], ['running', ['held']])
})

overStores('a consumer that never began can be stopped', async (t, adapter) => {
  const work = await opened(adapter, 'held', { held: true })
  t.after(() => work.close())
  const { consumer, looks } = await looking(work, 'late')
  await consumer.stop()
  work.begin()
  // Twice as long as it takes until a consumer looks by itself.
  await clock.sleep(100)
  assert.equal(looks(), 0)
})

overStores('every consumer of a space stops with it, also one that nobody knows any more', async (t, adapter) => {
  const work = await opened(adapter, 'one')
  t.after(() => work.close())
  const [first, second] = [await looking(work, 'first'), await looking(work, 'second')]
  await until('both are at work', () => first.looks() > 0 && second.looks() > 0)
  await work.stopConsumers()
  const owners = async () => (await work.store.ownership.list()).map((row) => row.owner)
  assert.deepEqual(await owners(), [null, null])
  const before = [first.looks(), second.looks()]
  for (let times = 0; times < 3; times++) work.begin()
  await new Promise((resolve) => setTimeout(resolve, 120))
  assert.deepEqual([first.looks(), second.looks()], before)
})

overStores('a space that is closed has ended its consumers and takes no more', async (t, adapter) => {
  const [asked, goOn] = [gate(), gate()]
  let ensures = 0
  const slow = altered(adapter, ({ ownership }) => ({
    ownership: {
      ...ownership,
      async ensure(...args) {
        if (++ensures > 1) {
          asked.open()
          await goOn.passed
          // The rows are made; only then has the space been closed.
          return
        }
        return ownership.ensure(...args)
      },
    },
  }))
  const [work, other] = [await opened(slow, 'one'), await adapter.open({ clock })]
  t.after(async () => {
    await work.stopConsumers()
    await other.close()
  })
  const running = await looking(work, 'running')
  await until('it is at work', () => running.looks() > 0)
  const beginning = looking(work, 'beginning')
  await asked.passed
  await work.close()
  goOn.open()
  await assert.rejects(beginning, { code: 'EW_CLOSED' })
  await assert.rejects(looking(work, 'late'), { code: 'EW_CLOSED' })
  assert.equal(ensures, 2)
  assert.deepEqual(
    (await other.ownership.list()).map(({ consumer, owner }) => [consumer, owner]),
    [['running', null]],
  )
})

overStores('a consumer that has stopped is forgotten', async (t, adapter) => {
  const wake = signal()
  let raised = 0
  const counted = {
    ...wake,
    raise() {
      raised++
      wake.raise()
    },
  }
  const work = await opened(adapter, 'one', { wake: counted, held: true })
  t.after(() => work.close())
  for (let times = 0; times < 3; times++) await (await looking(work, `c${times}`)).consumer.stop()
  const kept = await looking(work, 'kept')
  const before = raised
  await work.stopConsumers()
  assert.deepEqual([raised - before, kept.looks()], [1, 0])
})

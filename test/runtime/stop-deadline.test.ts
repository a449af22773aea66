import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError, memory, start } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { fakeClock } from 'eventwright/testing'
import { failure } from '../../src/base/errors.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Store } from '../../src/ports/store.ts'
import { commitQueue } from '../../src/runtime/commits/queue.ts'
import { commitLimits } from '../../src/runtime/commits/limits.ts'
import { patientStore } from '../../src/runtime/loop/patient-store.ts'
import { stopDeadline, stopPatienceMs } from '../../src/runtime/stop-deadline.ts'
import { rejects, unit } from '../../src/testing/contracts/store-case.ts'
import { cutProxy } from '../fixtures/cut-proxy.ts'
import { patienceMs } from '../fixtures/patience.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { PlaceOrder, shop } from './orders.fixture.ts'
import { running, until } from './running.fixture.ts'

/** A store whose server answers while `isUp`, and how often it was asked. */
async function server(): Promise<{ readonly store: Store; isUp: boolean; asked: number }> {
  const real = await memory().open({ clock: systemClock })
  const state = {
    isUp: true,
    asked: 0,
    store: {
      ...real,
      async commit(units) {
        asked()
        return real.commit(units)
      },
      ownership: {
        ...real.ownership,
        async list(consumer) {
          asked()
          return real.ownership.list(consumer)
        },
      },
    } satisfies Store,
  }
  const asked = (): void => {
    state.asked++
    if (!state.isUp) throw failure('EW_STORE_UNREACHABLE', 'It is away.')
  }
  return state
}

test('before a stop the patience is that of each call, from a stop on all have one end', async () => {
  const [clock, away] = [fakeClock(), await server()]
  away.isUp = false
  const deadline = stopDeadline(clock)
  const store = patientStore(away.store, clock, 30_000, deadline)
  const queue = commitQueue(store, clock, { ...commitLimits, busyDeadlineMs: 30_000 }, undefined, deadline)
  const begunMs = clock.now()
  const endsMs: number[] = []
  const ended = (call: Promise<unknown>): Promise<unknown> =>
    rejects(call, 'EW_STORE_UNREACHABLE').finally(() => endsMs.push(clock.now() - begunMs))
  const calls = [ended(store.ownership.list()), ended(queue.commit(unit('A/1')))]
  await clock.advance(20_000)
  assert.deepEqual(endsMs, [])
  deadline.begin()
  await clock.advance(stopPatienceMs - 1_000)
  calls.push(ended(store.ownership.list()), ended(queue.commit(unit('A/2'))))
  deadline.begin()
  await clock.advance(3_000)
  await Promise.all(calls)
  assert.equal(endsMs.length, 4)
  for (const endMs of endsMs) assert.ok(endMs >= 20_000 + stopPatienceMs && endMs <= 22_000 + stopPatienceMs)
  // Whatever a stop would still do is not asked of a server that has been given up, though it were back.
  away.isUp = true
  const before = away.asked
  await rejects(store.ownership.list(), 'EW_STORE_UNREACHABLE')
  await rejects(queue.commit(unit('A/3')), 'EW_STORE_UNREACHABLE')
  assert.equal(away.asked, before)
})

test('a stop that takes longer than its patience still works with a store that answers', async () => {
  const [clock, up] = [fakeClock(), await server()]
  const deadline = stopDeadline(clock)
  const store = patientStore(up.store, clock, 30_000, deadline)
  const queue = commitQueue(store, clock, commitLimits, undefined, deadline)
  deadline.begin()
  await clock.advance(stopPatienceMs * 10)
  assert.deepEqual(await store.ownership.list(), [])
  assert.equal((await queue.commit(unit('A/1'))).ok, true)
})

if (postgresUrl() !== undefined)
  test('a stop whose server is gone ends after its patience, says what became of a command, and others go on', async (t) => {
    const { url, schema } = freshPostgres()
    const proxy = await cutProxy(url)
    t.after(() => proxy.close())
    const through = postgres(proxy.url, { schema, poolSize: 4 })
    const open = await start(shop, { store: through, leaseMs: 2_000 })
    const placed = (orderId: string) => PlaceOrder({ orderId, customer: 'Ann', total: '1' })
    await open.execute(placed('a'))
    assert.ok(await open.caughtUp({ timeoutMs: patienceMs }))
    proxy.refuse = true
    proxy.cutAll()
    const inFlight = open.execute(placed('b'), { idempotencyKey: 'b' }).catch((error: unknown) => error)
    const begunMs = performance.now()
    await open.stop()
    const tookMs = performance.now() - begunMs
    assert.ok(tookMs < 3 * stopPatienceMs, `the stop took ${tookMs} ms`)
    assert.ok(isEventwrightError(await inFlight, 'EW_STORE_UNREACHABLE'), String(await inFlight))

    proxy.refuse = false
    const next = await running(t, shop, { store: through, leaseMs: 2_000 })
    for (const repeated of [false, true])
      assert.equal((await next.execute(placed('b'), { idempotencyKey: 'b' })).repeated, repeated)
    await until('both are shipped', async () => (await next.views.orders.get('b'))?.status === 'shipped')
    assert.equal(await next.views.orders.count(), 2)
  })

import assert from 'node:assert/strict'
import { systemClock, type Clock } from 'eventwright'
import { ownership } from '../../src/runtime/ownership.ts'
import { commitQueue } from '../../src/runtime/commits/queue.ts'
import { until } from './running.fixture.ts'
import { overStores } from './stores.fixture.ts'

/** A clock that a test puts forward; `sleep` returns at the next step. */
function steered(): Clock & { nowMs: number; step(ms: number): Promise<void> } {
  const sleepers = new Set<() => void>()
  return {
    nowMs: 1_000_000,
    now() {
      return this.nowMs
    },
    // Whoever has yet to hear what the store answered is about to sleep.
    async step(ms) {
      await until('somebody sleeps', () => sleepers.size > 0)
      this.nowMs += ms
      for (const wake of [...sleepers]) wake()
    },
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(wake)
          resolve()
        }
        if (signal?.aborted) return wake()
        sleepers.add(wake)
        signal?.addEventListener('abort', wake, { once: true })
      }),
  }
}

overStores(
  'one owner at a time; after its lease another takes over, and the first can no longer commit',
  async (t, adapter) => {
    const clock = steered()
    const store = await adapter.open({ clock })
    const queue = commitQueue(store, systemClock)
    t.after(async () => {
      await queue.close()
      await store.close()
    })
    const [first, second] = [ownership(store, 'one', 1_000, clock), ownership(store, 'two', 1_000, clock)]
    await first.ensure('reader', 'log', 1, 0)
    const [held] = await first.claim('reader', 'log')
    assert.deepEqual(await second.claim('reader', 'log'), [])
    assert.ok((await queue.commit({ positions: [first.move(held!, 5)] })).ok)
    held!.position = 5
    clock.nowMs += 999
    assert.deepEqual(await second.claim('reader', 'log'), [])
    clock.nowMs += 1
    const [taken] = await second.claim('reader', 'log')
    assert.deepEqual([taken?.position, taken!.epoch > held!.epoch], [5, true])
    const zombie = await queue.commit({ positions: [first.move(held!, 9)] })
    assert.deepEqual(zombie, { ok: false, reason: 'owner', consumer: 'reader', bucket: 0, position: 5 })
    assert.ok((await queue.commit({ positions: [second.move(taken!, 6)] })).ok)
    await first.release([held!])
    assert.deepEqual(
      (await store.ownership.list('reader')).map(({ owner, position }) => [owner, position]),
      [['two', 6]],
    )
  },
)

overStores('what a claim passes over since it is just being renewed stays held', async (t, adapter) => {
  const clock = steered()
  const store = await adapter.open({ clock })
  t.after(() => store.close())
  const table = store.ownership
  let isRenewed = false
  const passing: typeof table = {
    ...table,
    claim: async (...claim) => (await table.claim(...claim)).filter(({ bucket }) => !isRenewed || bucket !== 1),
  }
  const leases = ownership({ ownership: passing, now: store.now }, 'one', 1_000, clock)
  await leases.ensure('reader', 'log', 4, 0)
  assert.equal((await leases.claim('reader', 'log')).length, 4)
  isRenewed = true
  const again = await leases.claim('reader', 'log')
  assert.deepEqual(
    again.map(({ bucket, lost }) => [bucket, lost]),
    [0, 1, 2, 3].map((bucket) => [bucket, false]),
  )
  again[1]!.lose()
  assert.deepEqual(
    (await leases.claim('reader', 'log')).map(({ bucket }) => bucket),
    [0, 2, 3],
  )
})

overStores('the heartbeat keeps what is held, and drops what it has lost', async (t, adapter) => {
  const clock = steered()
  const store = await adapter.open({ clock })
  t.after(() => store.close())
  const [first, second] = [ownership(store, 'one', 900, clock), ownership(store, 'two', 900, clock)]
  await first.ensure('reader', 'log', 1, 0)
  const [held] = await first.claim('reader', 'log')
  const ending = new AbortController()
  const beating = first.heartbeat(ending.signal)
  for (let beat = 0; beat < 6; beat++) {
    await clock.step(300)
    const wanted = clock.nowMs + 900
    await until('the lease is renewed', async () => (await store.ownership.list('reader'))[0]?.untilMs === wanted)
  }
  assert.deepEqual(await second.claim('reader', 'log'), [])
  assert.equal(held!.lost, false)
  clock.nowMs += 901
  assert.equal((await second.claim('reader', 'log')).length, 1)
  await clock.step(1)
  await until('the loss is noticed', () => held!.lost)
  ending.abort()
  await beating
})

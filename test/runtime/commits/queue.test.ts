import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { isEventwrightError, systemClock, type StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { failure } from '../../../src/base/errors.ts'
import { newId } from '../../../src/base/ids.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Outcome, Unit } from '../../../src/ports/unit-of-work.ts'
import { commitLimits, type CommitLimits } from '../../../src/runtime/commits/limits.ts'
import { commitQueue, type CommitQueue } from '../../../src/runtime/commits/queue.ts'
import { won } from '../../../src/testing/contracts/store-case.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { gate, listening } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'
import { appending, idsOf } from '../units.fixture.ts'

async function open(
  t: TestContext,
  adapter: StoreAdapter,
  limits: Partial<CommitLimits> = {},
): Promise<{ store: Store; queue: CommitQueue }> {
  const store = await adapter.open({ clock: systemClock })
  const queue = commitQueue(store, systemClock, { ...commitLimits, ...limits })
  t.after(async () => {
    await queue.close()
    await store.close()
  })
  return { store, queue }
}

/** Notes the units of every call. */
function counting(adapter: StoreAdapter, sizes: number[]): StoreAdapter {
  return altered(adapter, (store) => ({
    commit(units) {
      sizes.push(units.length)
      return store.commit(units)
    },
  }))
}

const versionsOf = (outcomes: readonly Outcome[]): unknown[] =>
  outcomes.map((outcome) => (outcome.ok ? outcome.appends[0]?.version : outcome.reason))

overStores('units of one lane are decided in the order of the calls, in batches of at most 256', async (t, adapter) => {
  const sizes: number[] = []
  const { queue } = await open(t, counting(adapter, sizes))
  const outcomes = await Promise.all(Array.from({ length: 600 }, () => queue.commit(appending('Work/1'))))
  assert.deepEqual(
    versionsOf(outcomes),
    Array.from({ length: 600 }, (_, i) => i + 1),
  )
  // What comes while batches are on their way may be divided among the next ones.
  assert.deepEqual([sizes[0], Math.max(...sizes), sizes.reduce((sum, size) => sum + size)], [256, 256, 600])
  assert.deepEqual(queue.statistics(), { batches: sizes.length, units: 600, busyRetries: 0 })
})

overStores(
  'a batch ends before the unit that would break one of its limits; a unit over a limit travels alone',
  async (t, adapter) => {
    const sizes: number[] = []
    const { queue } = await open(t, counting(adapter, sizes), { batchEvents: 10, batchBytes: 1_000, unitBytes: 5_000 })
    const units = [4, 4, 4, 30, 1].map((events) => appending('Work/1', 'any', events))
    await Promise.all(units.map((unit) => queue.commit(unit)))
    assert.deepEqual(sizes.splice(0), [2, 1, 1, 1])
    const long = (bytes: number): Unit => appending('Work/2', 'any', 1, JSON.stringify('x'.repeat(bytes)))
    await Promise.all([long(600), long(600), long(3_000), long(10)].map((unit) => queue.commit(unit)))
    assert.deepEqual(sizes, [1, 1, 1, 1])
    await assert.rejects(queue.commit(long(6_000)), { code: 'EW_UNIT' })
  },
)

overStores('a full queue pushes back by EW_BUSY and goes on with what it has accepted', async (t, adapter) => {
  const { queue, store } = await open(t, adapter, { waitingUnits: 10 })
  const settled = await Promise.allSettled(Array.from({ length: 15 }, () => queue.commit(appending('Work/1'))))
  assert.equal(settled.filter((each) => each.status === 'fulfilled').length, 10)
  const refused = settled.filter((each) => each.status === 'rejected')
  assert.ok(refused.every((each) => isEventwrightError(each.reason, 'EW_BUSY')))
  assert.equal(await store.log.version('Work/1'), 10)
})

overStores('one poisonous unit among 64 fails alone: seven calls fail, 63 units win', async (t, adapter) => {
  let failed = 0
  const noting = altered(adapter, (store) => ({
    commit: (units) =>
      store.commit(units).catch((error: unknown) => {
        failed++
        throw error
      }),
  }))
  const { queue, store } = await open(t, noting)
  const poison = { ...appending('Work/poison'), statements: [{ sql: 'insert into nowhere values (1)', params: [] }] }
  const units = Array.from({ length: 64 }, (_, i) => (i === 41 ? poison : appending('Work/1')))
  const settled = await Promise.allSettled(units.map((unit) => queue.commit(unit)))
  assert.deepEqual(
    settled.flatMap((each, i) => (each.status === 'rejected' ? [i] : [])),
    [41],
  )
  assert.equal(failed, 7)
  assert.deepEqual(
    [await store.log.version('Work/1'), await store.log.version('Work/poison'), await store.log.head(0)],
    [63, 0, 63],
  )
})

overStores(
  'units that come again are recognised by their event ids: all, some or none of them stored',
  async (t, adapter) => {
    const { queue, store } = await open(t, adapter)
    const first = appending('Work/1', 0, 2)
    const taken = await queue.commit(first)
    const again = await Promise.all([
      queue.commit(first),
      queue.commit({ appends: [{ ...first.appends![0]!, expected: 'any' }] }),
      queue.commit(appending('Work/1', 'any', [idsOf(first)[0]!, newId()])),
      queue.commit(appending('Work/other', 'any', idsOf(first))),
      queue.commit(appending('Work/1', 0, 1)),
      queue.commit(appending('Work/2', 'any', 1)),
    ])
    assert.deepEqual(won(taken).appends, [{ version: 2, position: 2 }])
    const replayed = { ok: true, replay: true, appends: [{ version: 2, position: 2 }] }
    assert.deepEqual(again.slice(0, 5), [
      replayed,
      replayed,
      { ok: false, reason: 'ids', stream: 'Work/1' },
      { ok: false, reason: 'ids', stream: 'Work/other' },
      { ok: false, reason: 'conflict', stream: 'Work/1', current: 2 },
    ])
    assert.ok(again[5]?.ok)
    assert.equal(await store.log.head(0), 3)
  },
)

overStores(
  'the same event id in two waiting units is stored once, and twice in one unit is refused',
  async (t, adapter) => {
    const { queue, store } = await open(t, adapter)
    const unit = appending('Work/1', 'any', 1)
    const twice = idsOf(appending('Work/1')).flatMap((id) => [id, id])
    const [one, two, inOne, after] = await Promise.allSettled([
      queue.commit(unit),
      queue.commit(structuredClone(unit)),
      queue.commit(appending('Work/2', 'any', twice)),
      queue.commit(appending('Work/3')),
    ])
    assert.deepEqual(one.status === 'fulfilled' && won(one.value).appends, [{ version: 1, position: 1 }])
    assert.deepEqual(two, {
      status: 'fulfilled',
      value: { ok: true, replay: true, appends: [{ version: 1, position: 1 }] },
    })
    assert.ok(inOne.status === 'rejected' && isEventwrightError(inOne.reason, 'EW_UNIT'))
    assert.ok(after.status === 'fulfilled' && after.value.ok)
    assert.equal(await store.log.head(0), 2)
  },
)

overStores(
  'a busy store is tried again until the deadline, then the units reject by EW_STORE_BUSY',
  async (t, adapter) => {
    let busy = 5
    const contended = altered(adapter, (store) => ({
      async commit(units) {
        if (busy-- > 0) throw failure('EW_STORE_BUSY', 'Another process holds the lock.')
        return store.commit(units)
      },
    }))
    const { queue, store } = await open(t, contended, { busyDeadlineMs: 1_500 })
    assert.deepEqual(won(await queue.commit(appending('Work/1'))).appends, [{ version: 1, position: 1 }])
    assert.equal(queue.statistics().busyRetries, 5)
    busy = Infinity
    const settled = await Promise.allSettled([queue.commit(appending('Work/1')), queue.commit(appending('Work/2'))])
    assert.ok(settled.every((each) => each.status === 'rejected' && isEventwrightError(each.reason, 'EW_STORE_BUSY')))
    busy = 0
    assert.ok((await queue.commit(appending('Work/1'))).ok)
    assert.equal(await store.log.head(0), 2)
  },
)

overStores(
  'what was committed before the connection broke is answered as committed, not stored again',
  async (t, adapter) => {
    let cuts = 1
    const cut = altered(adapter, (store) => ({
      async commit(units) {
        const outcomes = await store.commit(units)
        if (cuts-- > 0) throw new Error('the connection was cut')
        return outcomes
      },
    }))
    const { queue, store } = await open(t, cut)
    const outcomes = await Promise.all(
      [appending('Work/1', 0), appending('Work/1', 1), appending('Work/2', 'any')].map((unit) => queue.commit(unit)),
    )
    assert.deepEqual(versionsOf(outcomes), [1, 2, 1])
    assert.ok(outcomes.every((outcome) => outcome.ok && outcome.replay))
    assert.equal(await store.log.head(0), 3)
  },
)

overStores('an answer is not lost when looking event ids up fails: a conflict stays a conflict', async (t, adapter) => {
  const blind = altered(adapter, (store) => ({
    log: { ...store.log, places: () => Promise.reject(new Error('the read failed')) },
  }))
  const { queue } = await open(t, blind)
  await queue.commit(appending('Work/1', 0))
  assert.deepEqual(await queue.commit(appending('Work/1', 0)), {
    ok: false,
    reason: 'conflict',
    stream: 'Work/1',
    current: 1,
  })
})

overStores('units without appends do not wait for a batch of appends', async (t, adapter) => {
  const door = gate()
  const slow = altered(adapter, (store) => ({
    async commit(units) {
      if (units.some((unit) => unit.appends !== undefined)) await door.passed
      return store.commit(units)
    },
  }))
  const { queue, store } = await open(t, slow)
  await store.ownership.ensure('reader', 'log', 1, 0)
  const [bucket] = await store.ownership.claim('reader', 'log', 'me', 10_000)
  let appended = false
  const append = queue.commit(appending('Work/1')).then(() => (appended = true))
  const move = { consumer: 'reader', source: 'log', bucket: 0, epoch: bucket!.epoch, from: 0, to: 7, ttlMs: 10_000 }
  assert.ok((await queue.commit({ positions: [move] })).ok)
  assert.equal(appended, false)
  door.open()
  await append
})

overStores('closing refuses new units, and every unit that was accepted is answered', async (t, adapter) => {
  const { queue, store } = await open(t, adapter)
  const accepted = Array.from({ length: 300 }, () => queue.commit(appending('Work/1')))
  const closed = queue.close()
  await assert.rejects(queue.commit(appending('Work/1')), { code: 'EW_CLOSED' })
  await closed
  assert.equal((await Promise.all(accepted)).filter((outcome) => outcome.ok).length, 300)
  assert.equal(await store.log.head(0), 300)
})

overStores('a unit that could not be recognised when it comes again is refused', async (t, adapter) => {
  const { queue } = await open(t, adapter)
  await assert.rejects(queue.commit({}), { code: 'EW_UNIT' })
  await assert.rejects(queue.commit(appending('Work/1', 0, 0)), { code: 'EW_UNIT' })
})

test('a full disk rejects by EW_STORE_FULL and takes nothing back that was acknowledged', async (t) => {
  const { queue, store } = await open(t, sqlite(join(folderFor(t), 'small.db'), { maxPages: 120 }))
  let acknowledged = 0
  const text = JSON.stringify('x'.repeat(4_000))
  await assert.rejects(
    async () => {
      for (;;) {
        await queue.commit(appending('Work/1', acknowledged, 1, text))
        acknowledged++
      }
    },
    { code: 'EW_STORE_FULL' },
  )
  assert.ok(acknowledged > 0)
  assert.equal(await store.log.version('Work/1'), acknowledged)
})

overStores('a listener that fails costs no commit and keeps nobody else from hearing of it', async (t, adapter) => {
  const sizes: number[] = []
  const store = await counting(adapter, sizes).open({ clock: systemClock })
  const log = listening()
  const queue = commitQueue(store, systemClock, commitLimits, log)
  t.after(async () => {
    await queue.close()
    await store.close()
  })
  const heard: string[] = []
  queue.onCommit(() => {
    throw new Error('deaf')
  })
  const forget = queue.onCommit(() => void heard.push('first'))
  queue.onCommit(() => void heard.push('second'))
  const outcomes = await Promise.all([1, 2].map(() => queue.commit(appending('Work/1'))))
  assert.deepEqual([versionsOf(outcomes), sizes, heard], [[1, 2], [2], ['first', 'second']])
  assert.deepEqual(log.said, ['error: a listener to commits has failed'])
  forget()
  await queue.commit(appending('Work/1'))
  assert.deepEqual(heard, ['first', 'second', 'second'])
})

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { isEventwrightError, systemClock, type StoreAdapter } from 'eventwright'
import { failure } from '../../../src/base/errors.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { InboxRow, Outcome, Unit } from '../../../src/ports/unit-of-work.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import { commitQueue, type CommitQueue } from '../../../src/runtime/commits/queue.ts'
import { altered, overStores } from '../stores.fixture.ts'
import { appending } from '../units.fixture.ts'

const lost = (): Error => failure('EW_STORE_UNREACHABLE', 'The connection broke.')

/** Answers of the first calls are lost on their way: `done` after the commit, `undone` before it. */
async function open(
  t: TestContext,
  adapter: StoreAdapter,
  answers: readonly ('done' | 'undone')[],
  limits = {},
): Promise<{ store: Store; queue: CommitQueue; calls: () => number }> {
  let calls = 0
  const breaking = altered(adapter, (store) => ({
    async commit(units) {
      const fate = answers[calls++]
      if (fate === 'undone') throw lost()
      const outcomes = await store.commit(units)
      if (fate === 'done') throw lost()
      return outcomes
    },
  }))
  const store = await breaking.open({ clock: systemClock })
  const queue = commitQueue(store, systemClock, { ...commitLimits, ...limits })
  t.after(async () => {
    await queue.close()
    await store.close()
  })
  return { store, queue, calls: () => calls }
}

const inbox = (key: string, outcome = '{"status":"done"}'): InboxRow => {
  return { service: 'shop', consumer: 'commands', key, fingerprint: 'f', outcome }
}
const summary = (outcomes: readonly Outcome[]): unknown[] =>
  outcomes.map((outcome) => (outcome.ok ? outcome.appends.map(({ version }) => version) : outcome.reason))

overStores(
  'a batch whose answer was lost is sent again, and every unit hears of its first outcome',
  async (t, adapter) => {
    const { store, queue, calls } = await open(t, adapter, ['done', 'undone', 'done'])
    const units: Unit[] = [
      appending('Work/1', 'noStream', 2),
      appending('Work/1', 2),
      { ...appending('Work/2', 'any'), inbox: [inbox('a')] },
      { inbox: [inbox('b')] },
      appending('Work/1', 7),
      appending('Work/3', 'any'),
    ]
    const outcomes = await Promise.all(units.map((unit) => queue.commit(unit)))
    assert.deepEqual(summary(outcomes), [[2], [3], [1], [], 'conflict', [1]])
    assert.ok(calls() >= 4)
    assert.equal(await store.log.head(0), 5)
  },
)

overStores(
  'a position that was moved before the answer was lost counts as moved, another one not',
  async (t, adapter) => {
    const { store, queue } = await open(t, adapter, ['done'])
    await store.ownership.ensure('views', 'log', 2, 0)
    const [first, second] = await store.ownership.claim('views', 'log', 'worker', 60_000)
    const move = ({ consumer, source, bucket, epoch }: typeof first & object, to: number) => {
      return { consumer, source, bucket, epoch, from: 0, to, ttlMs: 60_000 }
    }
    const outcomes = await Promise.all([
      queue.commit({ positions: [move(first!, 5)] }),
      queue.commit({ positions: [{ ...move(second!, 5), epoch: 99 }] }),
      queue.commit({ positions: [move(second!, 6)] }),
      queue.commit({ positions: [{ ...move(second!, 7), from: 3 }] }),
    ])
    assert.deepEqual(summary(outcomes), [[], 'owner', [], 'owner'])
  },
)

overStores('a key that somebody else has taken meanwhile is theirs', async (t, adapter) => {
  const other = await adapter.open({ clock: systemClock })
  t.after(() => other.close())
  let isTaken = false
  const taking = altered(adapter, (store) => ({
    async commit(units) {
      if (isTaken) return store.commit(units)
      isTaken = true
      await other.commit([{ inbox: [inbox('x')] }, { inbox: [inbox('a', '{"status":"refused"}')] }])
      throw lost()
    },
  }))
  const { queue, calls } = await open(t, taking, [])
  assert.deepEqual(summary([await queue.commit({ inbox: [inbox('a')] })]), ['inbox'])
  assert.ok(calls() > 1, 'it was tried again')
})

overStores(
  'whoever cannot be told rejects by EW_STORE_UNREACHABLE, and the same unit may come again',
  async (t, adapter) => {
    const { store, queue } = await open(t, adapter, ['done'], { busyDeadlineMs: 0 })
    const unit = appending('Work/1', 'noStream')
    await assert.rejects(queue.commit(unit), (error) => isEventwrightError(error, 'EW_STORE_UNREACHABLE'))
    assert.deepEqual(summary([await queue.commit(unit)]), [[1]])
    assert.equal(await store.log.head(0), 1)
  },
)

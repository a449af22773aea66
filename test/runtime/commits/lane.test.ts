import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { failure } from '../../../src/base/errors.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import { commitQueue, type CommitQueue } from '../../../src/runtime/commits/queue.ts'
import { appending } from '../units.fixture.ts'

/** A store that works elsewhere, whose commits wait until the test lets them go. */
async function held(remote = true): Promise<{ store: Store; sent: Unit[][]; answer(error?: Error): Promise<void> }> {
  const opened = await memory().open({ clock: systemClock })
  const sent: Unit[][] = []
  const answers: ((error?: Error) => void)[] = []
  const store: Store = {
    ...opened,
    remote,
    async commit(units) {
      sent.push([...units])
      const error = await new Promise<Error | undefined>((resolve) => answers.push(resolve))
      if (error !== undefined) throw error
      return opened.commit(units)
    },
  }
  const answer = async (error?: Error): Promise<void> => {
    answers.shift()!(error)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return { store, sent, answer }
}

const queueOf = (store: Store, batchUnits = 40): CommitQueue =>
  commitQueue(store, systemClock, { ...commitLimits, batchUnits })

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a batch that has filled leaves before those of the last one hear, where the store works elsewhere', async () => {
  for (const remote of [true, false]) {
    const { store, sent, answer } = await held(remote)
    const queue = queueOf(store)
    const sentWhenHeard: number[] = []
    const committed = Array.from({ length: 80 }, (_, n) =>
      queue.commit(appending(`Work/${n}`)).then(() => sentWhenHeard.push(sent.length)),
    )
    await turns()
    assert.deepEqual(
      sent.map(({ length }) => length),
      [40],
    )
    await answer()
    assert.equal(sentWhenHeard[0], remote ? 2 : 1)
    await answer()
    await Promise.all(committed)
    await queue.close()
  }
})

test('a few that wait do not leave before the others hear, since more will come with what these do next', async () => {
  const { store, sent, answer } = await held()
  const queue = queueOf(store)
  const more: Promise<unknown>[] = []
  const first = Array.from({ length: 50 }, (_, n) =>
    queue.commit(appending(`Work/${n}`)).then(() => void more.push(queue.commit(appending(`More/${n}`)))),
  )
  await turns()
  await answer()
  assert.deepEqual(
    sent.map(({ length }) => length),
    [40, 40],
  )
  await answer()
  await answer()
  await Promise.all(first)
  await Promise.all(more)
  await queue.close()
})

test('after a batch that failed nothing overtakes what is tried again', async () => {
  const { store, sent, answer } = await held()
  const queue = queueOf(store)
  const committed = Array.from({ length: 80 }, (_, n) => queue.commit(appending('Work/1', n)))
  await turns()
  await answer(failure('EW_UNIT', 'refused'))
  // Halves of the first batch, one after the other, before the second batch.
  await answer()
  await answer()
  await answer()
  assert.deepEqual(
    sent.map(({ length }) => length),
    [40, 20, 20, 40],
  )
  const outcomes = await Promise.all(committed)
  assert.ok(outcomes.every(({ ok }) => ok))
  await queue.close()
})

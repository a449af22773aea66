import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memory } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { failure } from '../../../src/base/errors.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import { commitQueue, type CommitQueue } from '../../../src/runtime/commits/queue.ts'
import { appending } from '../units.fixture.ts'

/** A store that works elsewhere, whose commits wait until the test lets them go. */
async function held(remote = true): Promise<{
  store: Store
  sent: Unit[][]
  /** Lets one of the commits go that wait; it fails if it has more than one unit and there is an error. */
  answer(error?: Error, which?: number): Promise<void>
  answered(): number
}> {
  const opened = await memory().open({ clock: systemClock })
  const sent: Unit[][] = []
  const answers: ((error?: Error) => void)[] = []
  const store: Store = {
    ...opened,
    remote,
    prepare: () => undefined,
    async commit(units) {
      sent.push([...units])
      const error = await new Promise<Error | undefined>((resolve) => answers.push(resolve))
      if (error !== undefined && units.length > 1) throw error
      return opened.commit(units)
    },
  }
  const answer = async (error?: Error, which = 0): Promise<void> => {
    answers.splice(which % answers.length, 1)[0]!(error)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return { store, sent, answer, answered: () => sent.length - answers.length }
}

const queueOf = (store: Store, batchUnits = 40): CommitQueue =>
  commitQueue(store, systemClock, { ...commitLimits, batchUnits })

/** A unit that does more than append. */
const inboxed = (n: number): Unit => ({
  ...appending(`Work/${n}`),
  inbox: [{ service: 's', consumer: 'c', key: String(n), fingerprint: 'f', outcome: '{}' }],
})

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a batch that has filled leaves before those of the last one hear, where the store works elsewhere', async () => {
  for (const remote of [true, false]) {
    const { store, sent, answer } = await held(remote)
    const queue = queueOf(store)
    const sentWhenHeard: number[] = []
    const committed = Array.from({ length: 80 }, () =>
      queue.commit(appending('Work/1')).then(() => sentWhenHeard.push(sent.length)),
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
  const first = Array.from({ length: 50 }, () =>
    queue.commit(appending('Work/1')).then(() => void more.push(queue.commit(appending('Work/2')))),
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

test('two batches of appends to other streams are on their way, and what touches these waits', async () => {
  const { store, sent, answer } = await held()
  const queue = queueOf(store)
  const streams = [...Array(20).keys(), ...Array(20).keys(), ...Array.from({ length: 40 }, (_, n) => 20 + n)]
  const committed = streams.map((n) => queue.commit(appending(`Work/${n}`)))
  await turns()
  const named = sent.map((units) => units.map(({ appends }) => appends![0]!.stream))
  assert.deepEqual(
    named.map(({ length }) => length),
    [40, 40],
  )
  assert.ok(named[1]!.every((stream) => !named[0]!.includes(stream)))
  committed.push(...Array.from({ length: 20 }, (_, n) => queue.commit(appending(`Work/${n}`))))
  await turns()
  assert.equal(sent.length, 2)
  await answer(undefined, 1)
  assert.equal(sent.length, 2)
  await answer()
  assert.equal(sent.length, 3)
  await answer()
  await Promise.all(committed)
  await queue.close()
})

test('many that wait are halved only where the other half can be ahead', async () => {
  const lengths: number[][] = []
  for (const unitOf of [(n: number) => appending(`Work/${n}`), () => appending('Work/1'), inboxed]) {
    const { store, sent, answer } = await held()
    const queue = queueOf(store, 1_000)
    const committed = Array.from({ length: 300 }, (_, n) => queue.commit(unitOf(n)))
    await turns()
    lengths.push(sent.map(({ length }) => length))
    for (let answers = 0; answers < 2; answers++) if (answers < sent.length) await answer()
    await Promise.all(committed)
    await queue.close()
  }
  assert.deepEqual(lengths, [[150, 150], [300], [150]])
})

test('a batch of units that do more than append is alone on its way', async () => {
  const { store, sent, answer, answered } = await held()
  const queue = queueOf(store)
  const committed = Array.from({ length: 20 }, (_, n) => queue.commit(appending(`Work/${n}`)))
  await turns()
  committed.push(...Array.from({ length: 40 }, (_, n) => queue.commit(inboxed(20 + n))))
  await turns()
  assert.equal(sent.length, 1)
  committed.push(...Array.from({ length: 40 }, (_, n) => queue.commit(appending(`Other/${n}`))))
  await turns()
  assert.equal(sent.length, 1)
  await answer()
  assert.equal(sent.length, 2)
  await answer()
  assert.equal(sent.flat().length, 100)
  while (answered() < sent.length) await answer()
  await Promise.all(committed)
  await queue.close()
})

test('as much as is on its way is made ready, and goes as it was made; what comes later goes behind', async () => {
  const { store, sent, answer, answered } = await held()
  const prepared: Unit[][] = []
  const given: (readonly Unit[])[] = []
  const preparing: Store = {
    ...store,
    prepare: (units) => void prepared.push([...units]),
    commit: (units) => (given.push(units), store.commit(units)),
  }
  const queue = queueOf(preparing)
  const units = Array.from({ length: 80 }, (_, n) => inboxed(n))
  const committed = units.slice(0, 20).map((unit) => queue.commit(unit))
  await turns()
  committed.push(...units.slice(20, 39).map((unit) => queue.commit(unit)))
  assert.deepEqual(prepared, [])
  committed.push(...units.slice(39, 55).map((unit) => queue.commit(unit)))
  assert.deepEqual(prepared, [units.slice(20, 40)])
  await answer(failure('EW_UNIT', 'refused'))
  while (answered() < sent.length) await answer()
  assert.deepEqual(
    sent.map(({ length }) => length),
    [20, 10, 10, 20, 15],
  )
  assert.deepEqual(sent.slice(1).flat(), units.slice(0, 55))
  committed.push(...units.slice(55).map((unit) => queue.commit(unit)))
  while (answered() < sent.length || sent.flat().length < 100) {
    await turns()
    if (answered() < sent.length) await answer()
  }
  for (const outcome of await Promise.all(committed)) assert.ok(outcome.ok)
  await queue.close()
})

test('whatever is answered first, and whatever fails, units of a stream stay in their order', async () => {
  const step = fc.record({ which: fc.nat(1), fails: fc.constantFrom(false, false, false, true) })
  const touched = fc.uniqueArray(fc.nat(150), { minLength: 1, maxLength: 2 })
  const streams = fc.array(touched, { minLength: 30, maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(streams, fc.array(step, { maxLength: 12 }), fc.array(fc.boolean()), async (list, steps, more) => {
      const { store, sent, answer, answered } = await held()
      const queue = queueOf(store)
      const next = new Map<number, number>()
      const committed = list.map((streams, n) =>
        queue.commit({
          ...(more[n] === true && inboxed(n)),
          appends: streams.flatMap((stream) => {
            const version = next.get(stream) ?? 0
            next.set(stream, version + 1)
            return appending(`Work/${stream}`, version).appends!
          }),
        }),
      )
      await turns()
      for (const { which, fails } of steps)
        if (answered() < sent.length) await answer(fails ? failure('EW_UNIT', 'refused') : undefined, which)
      while (answered() < sent.length) await answer()
      // Each expects the version that the one before it leaves, so one out of order would lose.
      for (const outcome of await Promise.all(committed)) assert.ok(outcome.ok)
      assert.ok(sent.every((units) => units.length <= 40))
      await queue.close()
    }),
    { numRuns: 60 },
  )
})

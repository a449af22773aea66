import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from 'eventwright'
import { failure } from '../../../src/base/errors.ts'
import { KeyedRunner, type KeyedEvent, type KeyedRunOptions } from '../../../src/runtime/parking/keyed-run.ts'

const retry = { maxAttempts: 3, firstMs: 1, factor: 1, maxMs: 1, jitter: 0 }

/** Entries of a page, `key` and a number; the runner does not look into events. */
const page = (...entries: readonly (readonly [key: string, n: number])[]): KeyedEvent[] =>
  entries.map(([key, n]) => ({ key, event: { position: n } as never }))

const options = (apply: KeyedRunOptions['apply'], more: Partial<KeyedRunOptions> = {}): KeyedRunOptions => ({
  retry,
  concurrency: 4,
  stuckAfter: 100,
  clock: systemClock,
  signal: new AbortController().signal,
  apply,
  ...more,
})

test('inside a key events come in order and none after one that failed, whatever fails how often', async () => {
  const entry = fc.record({ key: fc.constantFrom('a', 'b', 'c'), failures: fc.constantFrom(0, 0, 0, 1, 2, 9) })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 20 }), fc.boolean(), async (entries, waits) => {
      const left = entries.map(({ failures }) => failures)
      const applied = new Map<string, number[]>()
      const apply = (key: string, event: { position: number }): Promise<void> | void => {
        const work = (): void => {
          if (left[event.position]!-- > 0) throw new Error(`no ${event.position}`)
          applied.set(key, [...(applied.get(key) ?? []), event.position])
        }
        return waits ? Promise.resolve().then(work) : work()
      }
      const failed = await new KeyedRunner().run(
        page(...entries.map(({ key }, n) => [key, n] as const)),
        options(apply as never),
      )
      for (const key of ['a', 'b', 'c']) {
        const own = entries.flatMap((each, n) => (each.key === key ? [n] : []))
        const bad = own.findIndex((n) => entries[n]!.failures >= retry.maxAttempts)
        const good = bad < 0 ? own : own.slice(0, bad)
        assert.deepEqual(applied.get(key) ?? [], good)
        const parked = failed.find((each) => each.key === key)
        assert.deepEqual(
          parked && [parked.event.position, ...parked.rest.map((each) => each.position)],
          bad < 0 ? undefined : own.slice(bad),
        )
        assert.equal(parked?.attempts, bad < 0 ? undefined : retry.maxAttempts)
      }
    }),
  )
})

test('what is not for the handler to answer for ends the run, and no handler is left at work', async () => {
  for (const code of ['EW_EVENT_NEWER', 'EW_OWNERSHIP_LOST', 'EW_STORE_FULL', 'EW_STORE_BUSY'] as const) {
    let atWork = 0
    const apply = async (key: string): Promise<void> => {
      atWork++
      await new Promise((resolve) => setTimeout(resolve, key === 'a' ? 1 : 20))
      atWork--
      if (key === 'a') throw failure(code, 'no')
      if (key === 'b') throw new Error('of the handler')
    }
    const patient = { retry: { ...retry, maxAttempts: Infinity, firstMs: 60_000, maxMs: 60_000 } }
    await assert.rejects(new KeyedRunner().run(page(['a', 1], ['b', 2], ['c', 3]), options(apply, patient)), { code })
    assert.equal(atWork, 0, code)
  }
})

test('a stop during a pause ends the run at once, and no key has failed', async () => {
  const ending = new AbortController()
  const apply = (): void => {
    setImmediate(() => ending.abort())
    throw new Error('of the handler')
  }
  const patient = { signal: ending.signal, retry: { ...retry, maxAttempts: Infinity, firstMs: 60_000, maxMs: 60_000 } }
  await assert.rejects(new KeyedRunner().run(page(['a', 1], ['b', 2]), options(apply, patient)), { name: 'AbortError' })
})

test('keys that fail one after the other are counted over committed pages, and a success forgets them', async () => {
  const apply = (key: string): void => {
    if (key !== 'ok') throw new Error('broken')
  }
  const counting = options(apply, { stuckAfter: 4, retry: { ...retry, maxAttempts: 1 } })
  const runner = new KeyedRunner()
  for (const entries of [page(['a', 1], ['b', 2], ['c', 3]), page(['ok', 4]), page(['d', 5], ['e', 6], ['f', 7])]) {
    await runner.run(entries, counting)
    runner.committed()
  }
  // A page whose commit was refused has proved nothing.
  await runner.run(page(['ok', 8]), counting)
  assert.throws(() => runner.refused(['ok'], new Error('refused'), 4), { code: 'EW_STUCK' })
  await runner.run(page(['f', 9]), counting)
  runner.committed()
  await assert.rejects(runner.run(page(['g', 10]), counting), { code: 'EW_STUCK' })
})

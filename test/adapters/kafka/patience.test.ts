import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '../../../src/base/errors.ts'
import { passes, patiently } from '../../../src/adapters/kafka/patience.ts'

const refused = Object.assign(new Error('a wrong password'), { canRetry: false })

test('an error passes unless something in it, however deep, says that it does not', () => {
  assert.ok(passes(new Error('broken')))
  assert.ok(passes(Object.assign(new Error('broken'), { canRetry: true })))
  assert.ok(!passes(refused))
  assert.ok(!passes(new Error('broken', { cause: new Error('inside', { cause: refused }) })))
  assert.ok(!passes(new AggregateError([new Error('one'), refused])))
  assert.ok(!passes(failure('EW_CHANNEL_UNKNOWN', 'A trial.')))
})

test('work is tried again until it succeeds, and not when the error stays', async () => {
  let calls = 0
  const seen: unknown[] = []
  const broken = new Error('broken')
  const work = async (): Promise<number> => {
    if (++calls < 3) throw broken
    return calls
  }
  assert.equal(await patiently(60_000, work, (error) => seen.push(error)), 3)
  assert.deepEqual(seen, [broken, broken])
  await assert.rejects(
    patiently(60_000, () => Promise.reject(refused)),
    refused,
  )
  await assert.rejects(
    patiently(0, () => Promise.reject(broken)),
    broken,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishLane, type PublishCalls } from '../../../src/adapters/sqlite/publish-lane.ts'
import { series } from '../../../src/testing/contracts/broker-case.ts'

const call = (name: string, count = 1) => series('channel', name, count)

/** Groups as they were published: the first key and the number of messages of each call. */
function recorder(): { readonly groups: string[][]; readonly publish: PublishCalls } {
  const groups: string[][] = []
  return {
    groups,
    publish(calls) {
      groups.push(calls.map((messages) => `${messages[0]!.key} ${messages.length}`))
      return calls.map((messages) => messages.map(() => ({ kind: 'ok' })))
    },
  }
}

test('calls of one turn share a transaction in their order, later ones have the next', async () => {
  const { groups, publish } = recorder()
  const lane = publishLane(publish, () => 0)
  const both = [lane.add(call('a')), lane.add(call('b', 2))]
  assert.deepEqual(groups, [])
  assert.deepEqual(
    (await Promise.all(both)).map(({ length }) => length),
    [1, 2],
  )
  await lane.add(call('c'))
  assert.deepEqual(groups, [['a 1', 'b 2'], ['c 1']])
})

test('a transaction takes 2,000 messages, and a call with more goes alone', async () => {
  const { groups, publish } = recorder()
  const lane = publishLane(publish, () => 0)
  for (const [key, count] of Object.entries({ a: 1_500, b: 500, c: 1, d: 3_000, e: 1 })) void lane.add(call(key, count))
  await lane.idle()
  assert.deepEqual(groups, [['a 1500', 'b 500'], ['c 1'], ['d 3000'], ['e 1']])
})

test('an error of one call is its own, an error of the transaction is that of all its calls, and the lane goes on', async () => {
  const down = new Error('down')
  const own = new Error('own')
  let turns = 0
  const lane = publishLane(
    (calls) => {
      if (turns++ === 0) throw down
      return calls.map((messages) => (messages[0]!.key === 'bad' ? own : messages.map(() => ({ kind: 'ok' }))))
    },
    () => 0,
  )
  const settled = (keys: readonly string[]) => Promise.allSettled(keys.map((key) => lane.add(call(key))))
  assert.deepEqual(await settled(['a', 'b']), Array(2).fill({ status: 'rejected', reason: down }))
  const [good, bad] = await settled(['good', 'bad'])
  assert.equal(good!.status, 'fulfilled')
  assert.deepEqual(bad, { status: 'rejected', reason: own })
})

test('after a transaction the lane leaves the lock to others as long as it is told to', async () => {
  const { groups, publish } = recorder()
  const lane = publishLane(publish, () => 20)
  await lane.add(call('a'))
  const started = performance.now()
  await lane.add(call('b'))
  assert.ok(performance.now() - started >= 15)
  assert.deepEqual(groups, [['a 1'], ['b 1']])
})

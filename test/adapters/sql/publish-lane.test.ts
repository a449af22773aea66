import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '../../../src/base/errors.ts'
import { nextTurn } from '../../../src/base/next-turn.ts'
import { publishLane, type PublishParts } from '../../../src/adapters/sql/publish-lane.ts'
import { series } from '../../../src/testing/contracts/broker-case.ts'

const manners = { turnMs: () => 0, patience: 400 }

const call = (name: string, count = 1) => series('channel', name, count)

/** Groups as they were published: the first key and the number of messages of each part of a call. */
function recorder(): { readonly groups: string[][]; readonly publish: PublishParts } {
  const groups: string[][] = []
  return {
    groups,
    publish(parts) {
      groups.push(parts.map(({ messages }) => `${messages[0]!.key} ${messages.length}`))
      return parts.map(() => undefined)
    },
  }
}

test('calls of one turn share a transaction in their order, later ones have the next', async () => {
  const { groups, publish } = recorder()
  const lane = publishLane(publish, manners)
  const both = [lane.add(call('a')), lane.add(call('b', 2))]
  assert.deepEqual(groups, [])
  assert.deepEqual(
    (await Promise.all(both)).map(({ length }) => length),
    [1, 2],
  )
  await lane.add(call('c'))
  assert.deepEqual(groups, [['a 1', 'b 2'], ['c 1']])
})

test('a transaction takes 500 messages or 1 MiB, and a call with more takes several', async () => {
  const { groups, publish } = recorder()
  const lane = publishLane(publish, manners)
  const calls = Object.entries({ a: 300, b: 200, c: 1, d: 1_200, e: 1 }).map(([key, count]) =>
    lane.add(call(key, count)),
  )
  const large = call('f', 3).map((each) => ({ ...each, value: 'x'.repeat(600_000) }))
  calls.push(lane.add(large))
  assert.deepEqual(
    (await Promise.all(calls)).map(({ length }) => length),
    [300, 200, 1, 1_200, 1, 3],
  )
  assert.deepEqual(groups, [
    ['a 300', 'b 200'],
    ['c 1'],
    ['d 500'],
    ['d 500'],
    ['d 200', 'e 1', 'f 1'],
    ['f 1'],
    ['f 1'],
  ])
})

test('between the transactions of a large call everything else gets its turn', async () => {
  const seen: number[] = []
  let turns = 0
  const lane = publishLane((parts) => {
    seen.push(turns)
    return parts.map(() => undefined)
  }, manners)
  let ended = false
  const tick = (): void => {
    turns++
    if (!ended) setImmediate(tick)
  }
  setImmediate(tick)
  await lane.add(call('a', 2_000))
  ended = true
  assert.equal(new Set(seen).size, 4, seen.join())
})

test('a call names all its channels with its first part, and its outcomes are those of the whole call', async () => {
  const channels: string[][] = []
  const lane = publishLane((parts) => {
    channels.push(parts.flatMap((part) => [...part.channels]))
    return parts.map(() => undefined)
  }, manners)
  const [bad, other] = [
    { ...call('b')[0]!, value: '\u0000' },
    { ...call('b')[0]!, channel: 'other' },
  ]
  const outcomes = await lane.add([bad, ...call('a', 600), other, ...call('b')])
  assert.deepEqual(channels, [
    ['channel', 'other'],
    ['channel', 'other'],
  ])
  assert.deepEqual(
    outcomes.flatMap(({ kind }, index) => (kind === 'ok' ? [] : [`${index} ${kind}`])),
    ['0 refused', '602 skipped'],
  )
})

test('a call that has begun is tried again while others hold the lock, one that has not says so at once', async () => {
  let turns = 0
  const tried: string[] = []
  const lane = publishLane((parts) => {
    tried.push(parts.map(({ messages }) => `${messages[0]!.key} ${messages.length}`).join(', '))
    if (++turns === 2 || turns === 3) throw failure('EW_STORE_BUSY', 'Others write.')
    return parts.map(() => undefined)
  }, manners)
  const [begun, late] = await Promise.allSettled([lane.add(call('a', 600)), lane.add(call('b'))])
  assert.equal(begun.status, 'fulfilled')
  assert.equal((late as PromiseRejectedResult).reason.code, 'EW_STORE_BUSY')
  assert.deepEqual(tried, ['a 500', 'a 100, b 1', 'a 100', 'a 100'])
})

test('an error of one call is its own, an error of the transaction is that of all its calls, and the lane goes on', async () => {
  const down = new Error('down')
  const own = new Error('own')
  let turns = 0
  const lane = publishLane((parts) => {
    if (turns++ === 0) throw down
    return parts.map(({ messages }) => (messages[0]!.key === 'bad' ? own : undefined))
  }, manners)
  const settled = (keys: readonly string[]) => Promise.allSettled(keys.map((key) => lane.add(call(key))))
  assert.deepEqual(await settled(['a', 'b']), Array(2).fill({ status: 'rejected', reason: down }))
  const [good, bad] = await settled(['good', 'bad'])
  assert.equal(good!.status, 'fulfilled')
  assert.deepEqual(bad, { status: 'rejected', reason: own })
})

test('after a transaction the lane leaves the lock to others as long as it is told to', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { groups, publish } = recorder()
  const lane = publishLane(publish, { ...manners, turnMs: () => 20 })
  await lane.add(call('a'))
  const next = lane.add(call('b'))
  await nextTurn()
  t.mock.timers.tick(19)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  assert.deepEqual(groups, [['a 1']])
  t.mock.timers.tick(1)
  await next
  assert.deepEqual(groups, [['a 1'], ['b 1']])
})

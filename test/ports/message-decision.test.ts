import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideMessages, maxMessageBytes, partitionOf } from '../../src/ports/message-decision.ts'
import { message } from '../../src/testing/contracts/broker-case.ts'

test('a key has the partition that it has always had', () => {
  const partitions = { '': 0, a: 850, 'order-1': 73, 'order-2': 887, é: 495, 漢字: 891, '🦀': 308 }
  for (const [key, partition] of Object.entries(partitions)) assert.equal(partitionOf(key, 1_000), partition, key)
  assert.deepEqual([partitionOf('order-2', 12), partitionOf('order-2', 3), partitionOf('order-2', 1)], [11, 2, 0])
})

test('what cannot be stored says why: which text, which character or how long', () => {
  const reason = (change: object): string => {
    const [outcome] = decideMessages([{ ...message('notes', 'a'), ...change }])
    return outcome?.kind === 'refused' ? outcome.reason : assert.fail('it was not refused')
  }
  assert.equal(reason({ value: 'ab\u0000' }), 'the text of its value holds U+0000 at index 2')
  assert.equal(reason({ key: '\ud800' }), 'the text of its key holds a lone surrogate at index 0')
  assert.equal(
    reason({ headers: 'x'.repeat(maxMessageBytes + 1) }),
    'the text of its headers has 1048577 bytes; at most 1048576 are taken',
  )
})

test('a key of one channel is skipped after its refusal even when the messages are refused themselves', () => {
  const bad = (channel: string, key: string) => message(channel, key, '\u0000')
  const outcomes = decideMessages([
    bad('one', 'a'),
    bad('one', 'a'),
    bad('two', 'a'),
    bad('one', 'b'),
    message('two', 'b'),
  ])
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['refused', 'skipped', 'refused', 'refused', 'ok'],
  )
})

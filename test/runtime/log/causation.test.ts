import assert from 'node:assert/strict'
import { test } from 'node:test'
import { causation, inTreeOrder } from '../../../src/runtime/log/causation.ts'

const event = (id: string, causationId: string) => ({ id, meta: { causationId } })

test('events stand behind the one that they follow from, those of one cause in their order', () => {
  const events = [
    event('a', 'a'),
    event('b', 'request'),
    event('c', 'a'),
    event('d', 'b'),
    event('e', 'a'),
    event('f', 'c'),
  ]
  const caused = causation(events)
  assert.deepEqual(
    caused.map(({ event: { id }, causedBy, depth }) => [id, causedBy, depth]),
    [
      ['a', undefined, 0],
      ['b', undefined, 0],
      ['c', 'a', 1],
      ['d', 'b', 1],
      ['e', 'a', 1],
      ['f', 'c', 2],
    ],
  )
  assert.equal(
    inTreeOrder(caused)
      .map(({ event: { id } }) => id)
      .join(''),
    'acfebd',
  )
})

test('a circle, which nobody should write, ends, and none of its events is left out', () => {
  const caused = causation([event('a', 'c'), event('b', 'a'), event('c', 'b'), event('d', 'none')])
  assert.equal(caused.length, 4)
  assert.equal(
    inTreeOrder(caused)
      .map(({ event: { id } }) => id)
      .join(''),
    'dabc',
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError } from 'eventwright'
import { process } from '../../../src/design/sagas/process.ts'
import { CancelOrder, OrderApproved, OrderCreated } from '../../runtime/sagas/order.fixture.ts'

const begin = (): any => process('shipping', { initial: () => 0 })
const react = () => ({})

test('a process is frozen data, and each reaction continues a copy', () => {
  const one = begin().on(OrderCreated, () => '1', react)
  const two = one.on(OrderApproved, () => '1', react)
  assert.deepEqual([begin().reactions.length, one.reactions.length, two.reactions.length], [0, 1, 2])
  assert.ok(Object.isFrozen(two) && Object.isFrozen(two.reactions) && Object.isFrozen(two.reactions[0]))
  assert.deepEqual([two.kind, two.name, two.version], ['process', 'shipping', 1])
})

const mistakes: [what: string, declare: () => unknown, message: RegExp][] = [
  ['an event twice', () => begin().on(OrderCreated, react, react).on(OrderCreated, react, react), /already/],
  ['a command for an event', () => begin().on(CancelOrder, react, react), /not an event/],
  ['no reaction', () => begin().on(OrderCreated, react), /two functions/],
  ['no initial state', () => process('x', {} as any), /no function initial/],
]

for (const [what, declare, message] of mistakes) {
  test(`a process with ${what} is refused by name`, () => {
    assert.throws(declare, (error: Error) => isEventwrightError(error, 'EW_DESIGN') && message.test(error.message))
  })
}

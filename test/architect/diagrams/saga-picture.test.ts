import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { describeSaga } from '../../../src/architect/diagrams/describe.ts'
import { sagaPicture } from '../../../src/architect/diagrams/saga-picture.ts'
import { OrderCreation } from '../../../examples/orders/shop/orders/order-creation.ts'
import { overlapsOf } from './overlaps.fixture.ts'
import { anySaga } from './random-sagas.fixture.ts'

test('whatever the steps of a saga are, nothing in its graph lies on anything else, and each is there once', () => {
  fc.assert(
    fc.property(anySaga, (saga) => {
      const picture = sagaPicture(saga)
      assert.deepEqual(overlapsOf(picture), [])
      const shown = picture.boxes.map(({ id }) => id).filter((id) => id.startsWith('step:'))
      assert.deepEqual(
        shown,
        saga.steps.map(({ name }) => `step:${name}`),
      )
      assert.deepEqual(sagaPicture(saga), picture)
    }),
    { numRuns: 200 },
  )
})

test('from every step that may turn back a way leads to the end, through every undo that is due', () => {
  fc.assert(
    fc.property(anySaga, (saga) => {
      const { lines, boxes } = sagaPicture(saga)
      const undone: string[] = []
      for (const { name, kind, phase, ...step } of saga.steps) {
        const isPassed = kind === 'wait' && 'onTimeout' in step && step.onTimeout === 'continue'
        if (phase !== 'after' && !isPassed) {
          const back = lines.find(({ id }) => id.startsWith(`back step:${name} `) && !id.endsWith(` undo:${name}`))
          assert.deepEqual(wayFrom(back?.touches[1]), undone.toReversed(), name)
        }
        if (boxes.some(({ id }) => id === `undo:${name}`)) undone.push(`undo:${name}`)
      }
      function wayFrom(id: string | undefined): readonly string[] {
        if (id === 'compensated') return []
        const next = lines.find((line) => line.id.startsWith(`back ${id} `))?.touches[1]
        return id === 'failed' ? wayFrom(next) : [id ?? 'nowhere', ...(id === undefined ? [] : wayFrom(next))]
      }
    }),
    { numRuns: 100 },
  )
})

test('in words a saga says what its graph shows', () => {
  assert.equal(
    describeSaga(OrderCreation),
    'Started by OrderCreated. It takes at most 1 h up to the pivot.' +
      ' reserve-inventory calls ReserveInventory, 5 attempts of 5 s.' +
      ' It is undone by ReleaseInventory, 20 attempts, then a person.' +
      ' process-payment calls ChargePayment, 20 attempts of 1 s, 10 s in all.' +
      ' It is undone by RefundPayment, 20 attempts, then a person.' +
      ' confirm-order, the pivot, calls ConfirmOrder, attempts of 30 s without end.' +
      ' The saga turns back when it is refused.' +
      ' When everything is undone, the failure is recorded by a command.',
  )
})

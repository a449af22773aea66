import { process, reject, saga, service, system } from 'eventwright'
import { Order, OrderPlaced } from './messages.fixture.ts'

/** The world that the steps of repairs meet. */
export const workshop = { jammed: true }

/** Whose undo does not work while the shelf is jammed, and whose pivot never answers some customers. */
const Repair = saga('repair', { startedBy: OrderPlaced, id: (e) => e.orderId })
  .step('hold', {
    do: () => ({ shelf: 'A3' }),
    undo() {
      if (workshop.jammed) throw new Error('the shelf is jammed')
    },
    undoRetry: { maxAttempts: 1 },
  })
  .pivot('weigh', {
    do({ input: { customer } }) {
      if (customer === 'lost') throw new Error('nobody answers')
      return customer === 'bad' ? reject('too_heavy') : { grams: 7 }
    },
    retry: { maxAttempts: 1 },
  })

const Watch = process('watch', { initial: () => ({ seen: 0 }) }).on(
  OrderPlaced,
  (e) => e.orderId,
  () => ({ state: { seen: 1 } }),
)

/** Repairs get stuck and wait for somebody. */
export const garage = system('garage', {
  services: [service('garage', { parts: [Order, Repair, Watch], owner: 'team-garage' })],
})

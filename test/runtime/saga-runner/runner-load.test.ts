import assert from 'node:assert/strict'
import { systemClock } from '../../../src/base/clock.ts'
import { until } from '../running.fixture.ts'
import { orderCreation, OrderCreated, started } from '../sagas/order.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'
import { agreeing, delivered, mailOf, openDesk, participants } from './runner.fixture.ts'

const sagas = 1_000

overStores('a thousand sagas at once share their commits', async (t, adapter) => {
  let reads = 0
  const counting = altered(adapter, ({ sagas: table }) => {
    const count = <A extends unknown[], R>(read: (...args: A) => R) => {
      return (...args: A): R => {
        reads++
        return read(...args)
      }
    }
    const { get, list, due, mail, mailFor } = table
    const counted = { get: count(get), list: count(list), due: count(due), mail: count(mail), mailFor: count(mailFor) }
    return { sagas: { ...table, ...counted } }
  })
  const desk = await openDesk(t, counting, orderCreation, { clock: systemClock })
  participants(desk, agreeing)
  const begun = performance.now()
  const mail = Array.from({ length: sagas }, (_, number) =>
    mailOf(orderCreation, delivered(OrderCreated({ ...started, orderId: String(number) }))),
  )
  await Promise.all(mail.map((pieces) => desk.post(pieces)))
  const { store, queue } = desk.space
  await until(
    'all are completed',
    async () =>
      (await store.sagas.counts('order-creation')).some(
        ({ count, status }) => status === 'completed' && count === sagas,
      ),
    60_000,
  )
  const { batches } = queue.statistics()
  t.diagnostic(
    `${batches / sagas} commits and ${reads / sagas} reads a saga, ${Math.round(performance.now() - begun)} ms`,
  )
  assert.ok(batches / sagas < 0.2, `${batches} commits`)
  // It is taken for new, and no step reads anything.
  assert.ok(reads / sagas < 0.2, `${reads} reads`)
})

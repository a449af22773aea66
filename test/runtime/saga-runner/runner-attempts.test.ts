import assert from 'node:assert/strict'
import { saga } from '../../../src/design/sagas/saga.ts'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { OrderCreated, started } from '../sagas/order.fixture.ts'
import { overStores } from '../stores.fixture.ts'
import { delivered, isClosed, mailOf, openDesk, ticking } from './runner.fixture.ts'

const declared = 3

overStores('a function that kills its process is called as often as is declared, then undone', async (t, adapter) => {
  const clock = fakeClock()
  const [id, calls] = ['deadly/7', [] as string[]]
  const deadly: AnySaga = saga('deadly', { startedBy: OrderCreated, id: (e) => e.orderId })
    .step('act', {
      do(_, { key, attempt }) {
        calls.push(`${key} ${attempt}`)
        return new Promise<string>(() => undefined)
      },
      undo: (s) => void calls.push(`undo of ${s.of.status}`),
      retry: { maxAttempts: declared },
      attemptTimeout: '10d',
    })
    .pivot('end', { do: () => undefined })
  for (let life = 0; life <= declared; life++) {
    const desk = await openDesk(t, adapter, deadly, { clock })
    if (life === 0) await desk.post(mailOf(deadly, delivered(OrderCreated(started))))
    const before = calls.length
    await ticking(clock, 'it acts', async () => calls.length > before, 1_000)
    assert.equal(calls.at(-1), life < declared ? `${id}/act/do ${life + 1}` : 'undo of unknown')
    if (life === declared) await ticking(clock, 'the saga is closed', () => isClosed(desk, id))
    await desk.stop()
  }
  assert.equal(calls.length, declared + 1)
})

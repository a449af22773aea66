import assert from 'node:assert/strict'
import { systemClock } from '../../../src/base/clock.ts'
import { patience } from '../../fixtures/patience.ts'
import { listening, running, until } from '../running.fixture.ts'
import { depot, PlaceOrder } from '../saga-system.fixture.ts'
import { overStores } from '../stores.fixture.ts'

overStores('an instance whose row is gone does not begin again, whatever comes for it', async (t, adapter) => {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const log = listening()
  const open = await running(t, depot, { store: adapter, log })
  const place = () => open.execute(PlaceOrder({ orderId: '1', quantity: 1, card: 'good' }))
  await place()
  assert.ok(await open.caughtUp(patience))
  const names = ['fulfilment/1', 'shipping/1']
  const versions = () => Promise.all(names.map((name) => store.log.version(name)))
  const before = await versions()
  assert.ok(before.every((version) => version > 0))
  assert.equal(await store.sagas.forget(names), 2)
  const all = { after: 0, limit: 1_000, usedBeforeMs: Number.MAX_SAFE_INTEGER, waiting: [] }
  assert.ok((await store.sagas.purgeMail(all)).purged > 2)
  await open.stop()
  const again = await running(t, depot, { store: adapter, log })
  await again.execute(PlaceOrder({ orderId: '1', quantity: 1, card: 'good' }))
  await until('the mail came and was used up', async () => {
    const swept = await store.sagas.purgeMail(all)
    return swept.purged > 0
  })
  assert.ok(await again.caughtUp(patience))
  assert.deepEqual(await versions(), before)
  assert.deepEqual(await store.sagas.list({ limit: 10 }), [])
  assert.deepEqual(
    log.said.filter((line) => line.startsWith('error')),
    [],
  )
})

import assert from 'node:assert/strict'
import { systemClock } from '../../../src/base/clock.ts'
import type { Store } from '../../../src/ports/store.ts'
import { operatorActions } from '../../../src/runtime/audit/operator-actions.ts'
import { operatorOrders, type OperatorOrders } from '../../../src/runtime/audit/operator-orders.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'

const order = { id: 'order-1', what: 'rebuild view', of: 'orders', asked: { force: true }, who: 'ann', why: 'in doubt' }
const end = { outcome: 'It is in use.', answer: { generation: 2 } }

function ordersOver(store: Store): OperatorOrders {
  const commit = async (...[unit]: Parameters<Parameters<typeof operatorOrders>[0]['commit']>) =>
    (await store.commit([unit]))[0]!
  return operatorOrders({ store, clock: systemClock, commit })
}

overStores(
  'an order is noted once, whoever of several is asked, and its end is what a repeat is answered',
  async (t, adapter) => {
    const [one, two] = await Promise.all([adapter, adapter].map((each) => each.open({ clock: systemClock })))
    t.after(() => Promise.all([one!.close(), two!.close()]))
    const [here, there] = [ordersOver(one!), ordersOver(two!)]
    const begun = [await here.begin(order), await there.begin(order)]
    assert.deepEqual(begun, [{ repeated: false }, { repeated: true }])
    await there.fail(order, 'the disk is full')
    assert.deepEqual(await here.begin(order), { repeated: true })
    await here.end(order, end)
    await there.end(order, { outcome: 'another end', answer: null })
    assert.deepEqual(await there.begin(order), { repeated: true, ended: end })

    const actions = await operatorActions(one!.log, { limit: 10 })
    assert.deepEqual(
      actions
        .map(({ what, of, who, why, order: id, outcome, failed }) => [what, of, who, why, id, outcome, failed])
        .reverse(),
      [
        ['rebuild view', 'orders', 'ann', 'in doubt', 'order-1', undefined, undefined],
        ['rebuild view', 'orders', 'ann', 'in doubt', 'order-1', 'the disk is full', true],
        ['rebuild view', 'orders', 'ann', 'in doubt', 'order-1', 'It is in use.', undefined],
      ],
    )
  },
  everyStoreKind,
)

overStores('another order under the same id is refused, and one without who or why', async (t, adapter) => {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const orders = ordersOver(store)
  await orders.begin(order)
  for (const other of [{ of: 'others' }, { what: 'drop view' }, { asked: { force: false } }])
    await assert.rejects(orders.begin({ ...order, ...other }), { code: 'EW_KEY_REUSED' })
  // Who repeats it may be somebody else, for another reason: the first one stands.
  assert.equal((await orders.begin({ ...order, who: 'bob', why: 'again' })).repeated, true)
  for (const missing of [{ who: ' ' }, { why: '' }, { id: '' }, { why: 'a\u0000' }])
    await assert.rejects(orders.begin({ ...order, ...missing }), { code: 'EW_TEXT' })
  assert.equal((await operatorActions(store.log, { limit: 10 })).length, 1)
})

overStores('many actions are read in pages, the newest first, those on streams among them', async (t, adapter) => {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const orders = ordersOver(store)
  for (let n = 0; n < 25; n++) await orders.begin({ ...order, id: `order-${n}` })
  const found: number[] = []
  for (let before: number | undefined; ;) {
    const page = await operatorActions(store.log, { limit: 4, ...(before !== undefined && { before }) })
    found.push(...page.map(({ no }) => no))
    if (page.length < 4) break
    before = page.at(-1)!.no
  }
  assert.deepEqual(
    found,
    Array.from({ length: 25 }, (_, n) => 25 - n),
  )
  assert.deepEqual(await operatorActions(store.log, { limit: 4, before: 1 }), [])
})

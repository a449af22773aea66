import assert from 'node:assert/strict'
import { type TestContext } from 'node:test'
import { memory, type StoreAdapter } from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import { altered, overStores } from '../stores.fixture.ts'
import { OrderPlaced, Order, PlaceOrder, shop } from '../orders.fixture.ts'
import { gate, running, until } from '../running.fixture.ts'

const place = (orderId: string, customer = 'ada', total = '1') => PlaceOrder({ orderId, customer, total })
const modes = ['orders', 'ordersInline', 'ordersLive'] as const

/** Twelve orders: total i, customers in turn. */
async function filled(t: TestContext, store: StoreAdapter) {
  const open = await running(t, shop, { store })
  for (let i = 1; i <= 12; i++) await open.execute(place(`o${i}`, ['ada', 'bob', 'cy'][i % 3], `${i}`))
  assert.ok(await open.caughtUp(patience))
  return open
}

const ids = (rows: readonly { readonly orderId: string }[]): string[] => rows.map((row) => row.orderId)

overStores('views of every mode answer the same queries with the same rows', async (t, store) => {
  const open = await filled(t, store)
  for (const mode of modes) {
    const view = open.views[mode]
    assert.equal((await view.get('o3'))?.total, '3.00', mode)
    assert.equal(await view.get('nobody'), undefined)
    assert.deepEqual(ids(await view.find({ customer: 'ada' })), ['o12', 'o3', 'o6', 'o9'])
    assert.deepEqual(ids(await view.find({ customer: { in: ['ada', 'bob'] }, total: { gt: '9.5' } })), ['o10', 'o12'])
    assert.deepEqual(ids(await view.find({ total: { gte: '9', lt: '11' } })), ['o10', 'o9'])
    assert.deepEqual([await view.count(), await view.count({ total: { lte: '10' } })], [12, 10])
  }
})

overStores(
  'pages follow each other without a gap or a repeat, in both directions, also over equal values',
  async (t, store) => {
    const open = await filled(t, store)
    for (const mode of modes) {
      for (const query of [
        {},
        { orderBy: 'total' },
        { orderBy: 'customer' },
        { orderBy: 'total', descending: true },
        { descending: true },
      ] as const) {
        const read: string[] = []
        let cursor: string | undefined
        do {
          const page = await open.views[mode].page({ ...query, limit: 5, ...(cursor !== undefined && { cursor }) })
          read.push(...ids(page.rows))
          cursor = page.next
        } while (cursor !== undefined)
        const whole = ids((await open.views[mode].page({ ...query, limit: 100 })).rows)
        assert.deepEqual(read, whole, `${mode} ${JSON.stringify(query)}`)
        assert.equal(new Set(read).size, 12)
      }
      const { rows } = await open.views[mode].page({ orderBy: 'total', descending: true, limit: 3 })
      assert.deepEqual(ids(rows), ['o12', 'o11', 'o10'])
    }
  },
)

overStores('a query that the view cannot answer is refused by EW_QUERY', async (t, store) => {
  const open = await filled(t, store)
  const view = open.views.orders as any
  const { next } = await view.page({ orderBy: 'total', limit: 2 })
  const wrong: readonly [string, () => Promise<unknown>][] = [
    ['no index', () => view.find({ status: 'placed' })],
    ['hostile name', () => view.find({ __proto__x: 1 })],
    ['comparison', () => view.find({ total: { like: '1' } })],
    ['type', () => view.find({ total: 5 })],
    ['text that is no decimal', () => view.find({ total: 'much' })],
    ['order', () => view.page({ orderBy: 'at' })],
    ['limit', () => view.page({ limit: 0 })],
    ['large limit', () => view.page({ limit: 10_001 })],
    ['cursor of another query', () => view.page({ orderBy: 'customer', cursor: next })],
    ['forged cursor', () => view.page({ orderBy: 'total', cursor: 'abc' })],
    ['watch', async () => view.watch({ status: 'placed' })],
  ]
  for (const [what, call] of wrong) await assert.rejects(call, { code: 'EW_QUERY' }, what)
})

overStores('a read after a receipt sees the write, in every mode and through another system', async (t, store) => {
  const open = await running(t, shop, { store })
  const other = await running(t, shop, { store })
  for (let i = 0; i < 20; i++) {
    const { receipt } = await open.execute(place(`o${i}`))
    const read = { after: receipt, timeout: '1m' } as const
    for (const mode of modes) {
      assert.equal((await open.views[mode].get(`o${i}`, read))?.orderId, `o${i}`, mode)
      assert.equal((await other.views[mode].get(`o${i}`, read))?.orderId, `o${i}`, `${mode}, elsewhere`)
    }
    assert.equal(await open.views.orders.count({}, read), i + 1)
    assert.equal((await other.views.orders.find({ customer: 'ada' }, read)).length, i + 1)
  }
})

overStores('a view that is late says so: EW_STALE, or rows that are marked', async (t, store) => {
  const door = gate()
  let shut = false
  const held = altered(store, (real) => ({
    async commit(units) {
      if (shut && units.some((unit) => unit.positions?.some(({ consumer }) => consumer.includes('view:orders#'))))
        await door.passed
      return real.commit(units)
    },
  }))
  const open = await running(t, shop, { store: held })
  const { receipt: before } = await open.execute(place('o1'))
  await open.views.orders.get('o1', { after: before })
  assert.ok(await open.caughtUp(patience))
  shut = true
  t.after(() => door.open())
  const { receipt } = await open.append(Order, 'o2', [OrderPlaced({ orderId: 'o2', customer: 'ada', total: '1' })])
  await assert.rejects(open.views.orders.get('o2', { after: receipt, timeout: '50ms' }), { code: 'EW_STALE' })
  const late = await open.views.orders.get('o1', { after: receipt, timeout: '50ms', orStale: true })
  assert.deepEqual([late?.orderId, late?.stale], ['o1', true])
  assert.equal((await open.views.orders.get('o1'))?.stale, undefined)
  door.open()
  assert.equal((await open.views.orders.get('o2', { after: receipt, timeout: '1m' }))?.stale, undefined)
})

overStores('a receipt of another store, and a text that is none, are refused', async (t, store) => {
  const open = await running(t, shop, { store })
  const elsewhere = await running(t, shop, { store: memory() })
  const { receipt } = await elsewhere.execute(place('o1'))
  await assert.rejects(open.views.orders.get('o1', { after: receipt }), { code: 'EW_RECEIPT_FOREIGN' })
  for (const text of ['', 'abc', `${receipt}x`.slice(5)]) {
    await assert.rejects(open.views.orders.get('o1', { after: text }), { code: 'EW_RECEIPT_INVALID' })
  }
})

overStores(
  'watchers see changes from the call on, of any system, after they can be read; the query decides what is shown',
  async (t, store) => {
    const open = await running(t, shop, { store })
    const other = await running(t, shop, { store })
    await open.execute(place('before'))
    assert.ok(await open.caughtUp(patience))
    for (const [n, mode] of modes.entries()) {
      const ending = new AbortController()
      const seen = new Map<string, string>()
      const changes = open.views[mode].watch({ total: { gt: '9' } }, { signal: ending.signal })
      await other.execute(place(`much${n}`, 'ada', '10'))
      await other.execute(place(`little${n}`, 'ada', '1'))
      const watching = (async () => {
        for await (const { key, row } of changes) {
          seen.set(key, row === undefined ? 'nothing' : row.status)
        }
      })()
      await until(`${mode} has shown both`, () => seen.get(`much${n}`) === 'shipped' && seen.has(`little${n}`))
      assert.deepEqual([seen.get(`little${n}`), seen.has('before')], ['nothing', false], mode)
      ending.abort()
      await watching
    }
  },
)

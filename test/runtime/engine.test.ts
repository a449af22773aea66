import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { start, systemClock } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { startChild } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { patience, patienceMs } from '../fixtures/patience.ts'
import { bank, Deposit, during, Open, Transfer } from './bank.fixture.ts'
import { PlaceOrder, shop } from './orders.fixture.ts'
import { gate, listening, running, until } from './running.fixture.ts'
import { altered, overStores } from './stores.fixture.ts'

overStores(
  'a stop waits for the commands in flight, answers them truly, and may be asked for twice',
  async (t, store) => {
    const [inside, door] = [gate(), gate()]
    t.after(() => {
      during.transfer = () => undefined
      door.open()
    })
    const open = await running(t, bank, { store })
    for (const id of ['a', 'b']) await open.execute(Open({ id, owner: 'x', email: id }))
    await open.execute(Deposit({ id: 'a', amount: 9 }))
    during.transfer = () => {
      inside.open()
      return door.passed
    }
    const held = open.execute(Transfer({ from: 'a', to: 'b', amount: 9 }))
    const many = Array.from({ length: 100 }, () => open.execute(Deposit({ id: 'b', amount: 1 })))
    await inside.passed
    let stopped = false
    const stopping = Promise.all([open.stop(), open.stop()]).then(() => (stopped = true))
    await assert.rejects(open.execute(Deposit({ id: 'b', amount: 1 })), { code: 'EW_CLOSED' })
    await assert.rejects(open.append(bank.graph.aggregates.get('Account')!.definition as never, 'b', []), {
      code: 'EW_CLOSED',
    })
    await Promise.all(many)
    assert.equal(stopped, false)
    door.open()
    const { receipt } = await held
    await stopping
    await assert.rejects(open.views.accounts.get('a'), { code: 'EW_CLOSED' })
    const again = await running(t, bank, { store })
    assert.equal((await again.views.accounts.get('a', { after: receipt, timeout: '1m' }))?.balance, 0)
    assert.equal((await again.views.accounts.get('b', { after: receipt, timeout: '1m' }))?.balance, 109)
  },
)

/** Longer than a test waits, so that nothing comes by the end of a lease. */
const hour = 3_600_000

overStores('a stop hands over at once; a start goes on where the last one ended', async (t, store) => {
  const first = await start(shop, { store, leaseMs: hour })
  const second = await running(t, shop, { store, leaseMs: hour })
  await first.execute(PlaceOrder({ orderId: 'o1', customer: 'x', total: '1' }))
  assert.ok(await first.caughtUp(patience))
  await first.stop()
  const { receipt } = await second.execute(PlaceOrder({ orderId: 'o2', customer: 'x', total: '1' }))
  assert.equal((await second.views.orders.get('o2', { after: receipt, timeout: '1m' }))?.orderId, 'o2')
  await until('the order is shipped', async () => (await second.views.orders.get('o2'))?.status === 'shipped')
})

overStores('a start that fails leaves nothing behind: the next one owns everything at once', async (t, store) => {
  const broken = altered(store, (real) => ({
    views: {
      ...real.views,
      async ensure(table) {
        if (table.name.startsWith('view_ordersInline')) throw new Error('no such luck')
        return real.views.ensure(table)
      },
    },
  }))
  await assert.rejects(start(shop, { store: broken, leaseMs: hour }), /no such luck/)
  const open = await running(t, shop, { store, leaseMs: hour })
  await open.execute(PlaceOrder({ orderId: 'o1', customer: 'x', total: '1' }))
  assert.ok(await open.caughtUp(patience))
})

overStores('settings that make no sense are refused by EW_CONFIG', async (_t, store) => {
  for (const options of [
    { store: undefined },
    { store, services: ['nobody'] },
    { store, leaseMs: 5 },
    { store, leaseMs: NaN },
    { store, stopPatienceMs: -1 },
    { store, stopPatienceMs: NaN },
  ]) {
    await assert.rejects(start(shop, options as never), { code: 'EW_CONFIG' })
  }
})

test('a process that has stopped its systems ends by itself, whatever it had open', async (t) => {
  const child = startChild('../runtime/stopping-process', join(folderFor(t), 'shop.db'))
  t.after(() => child.process.kill('SIGKILL'))
  child.process.stdin!.end()
  const late = new Promise<string>((resolve) => setTimeout(() => resolve('it still runs'), patienceMs).unref())
  assert.equal(await Promise.race([child.ended, late]), 0)
  assert.deepEqual(child.lines, ['stopped'])
})

test('starting while another process writes all the time is patient, not EW_STORE_BUSY', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  await (await start(shop, { store: sqlite(file) })).stop()
  const other = new DatabaseSync(file)
  t.after(() => other.close())
  other.exec('begin immediate')
  const release = setTimeout(() => other.exec('commit'), 150)
  t.after(() => clearTimeout(release))
  const open = await running(t, shop, { store: sqlite(file) })
  const asked = await open.operate.rebuild('orders')
  assert.ok(asked > 1)
})

overStores('a rebuild during a stop is refused, and one before it leaves nothing at work', async (t, store) => {
  const open = await start(shop, { store, leaseMs: hour })
  await open.execute(PlaceOrder({ orderId: 'o1', customer: 'x', total: '1' }))
  assert.ok(await open.caughtUp(patience))
  const { operate } = open
  const before = operate.rebuild('orders')
  const stopping = open.stop()
  await assert.rejects(operate.rebuild('orders'), { code: 'EW_CLOSED' })
  const generation = await before
  await stopping
  const left = await store.open({ clock: systemClock })
  t.after(() => left.close())
  const rows = await left.ownership.list()
  assert.ok(rows.some(({ consumer }) => consumer === `view:orders#${generation}`))
  assert.deepEqual(
    rows.filter(({ owner }) => owner !== null),
    [],
  )
})

overStores('a stop that fails closes its stores all the same', async (_t, store) => {
  let closed = 0
  const stuck = altered(store, ({ ownership, close }) => ({
    ownership: { ...ownership, release: () => Promise.reject(new Error('no release')) },
    async close() {
      closed++
      await close()
    },
  }))
  const log = {
    ...listening(),
    warn(message: string) {
      if (message === 'releasing buckets failed') throw new Error('no log either')
    },
  }
  const open = await start(shop, { store: stuck, log })
  assert.ok(await open.caughtUp(patience))
  await assert.rejects(open.stop(), /no log either/)
  assert.equal(closed, 1)
})

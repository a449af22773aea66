import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import pg from 'pg'
import { start, type Receipt } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { newId } from '../../src/base/ids.ts'
import { folderFor } from '../fixtures/folder.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { dumpPrograms } from '../fixtures/postgres-dump.ts'
import { PlaceOrder, shop } from '../runtime/orders.fixture.ts'
import { all, running, until } from '../runtime/running.fixture.ts'

const url = postgresUrl()
const programs = dumpPrograms()
const isRequired = (process.env['EVENTWRIGHT_REQUIRE'] ?? '').split(',').some((name) => name.trim() === 'postgres')

interface Acknowledged {
  readonly orderId: string
  readonly eventId: string
  readonly receipt: Receipt
}

if (url !== undefined && (programs !== undefined || isRequired))
  test('a dump taken under load holds what was acknowledged before it, and a system goes on from it', async (t) => {
    assert.ok(programs !== undefined, 'pg_dump and pg_restore are not beside the server')
    const { schema, adapter } = freshPostgres()
    const open = await start(shop, { store: adapter, leaseMs: 1_000 })
    const acknowledged: Acknowledged[] = []
    let dumped = false
    const lanes = Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; !dumped; n++) {
        const orderId = `${lane}-${n}`
        const { events, receipt } = await open.execute(PlaceOrder({ orderId, customer: 'x', total: '1.50' }))
        acknowledged.push({ orderId, eventId: events[0]!.id, receipt })
      }
    })
    await until('a hundred orders are placed', () => acknowledged.length >= 100, 60_000)
    const before = [...acknowledged]
    const file = join(folderFor(t), 'shop.dump')
    await programs.dump(url, schema, file)
    const during = acknowledged.length - before.length
    dumped = true
    await Promise.all(lanes)
    await open.stop()
    assert.ok(during > 0, 'nothing was placed while the dump was taken')

    const restored = await databaseFor(t)
    await programs.restore(file, restored)
    await assertResumes(t, postgres(restored, { schema }), before)
  })

async function assertResumes(
  t: TestContext,
  store: ReturnType<typeof postgres>,
  before: readonly Acknowledged[],
): Promise<void> {
  const again = await running(t, shop, { store, leaseMs: 1_000 })
  const findings = []
  for await (const step of again.inspect.verify()) findings.push(...step.findings)
  assert.deepEqual(findings, [])
  const { receipt } = await again.execute(PlaceOrder({ orderId: 'after', customer: 'x', total: '1' }))
  assert.ok(await again.caughtUp({ timeoutMs: 60_000 }))
  const log = await all(again.events.log())
  assert.deepEqual(
    log.map(({ position }) => position),
    log.map((_, index) => index + 1),
  )
  const ids = new Set(log.map(({ id }) => id))
  assert.deepEqual(
    before.filter(({ eventId }) => !ids.has(eventId)),
    [],
    'what was acknowledged before the dump is missing',
  )
  for (const { orderId, receipt } of before.slice(-5))
    assert.equal((await again.views.orders.get(orderId, { after: receipt }))?.customer, 'x')
  assert.equal((await again.views.orders.get('after', { after: receipt }))?.total, '1.00')
  const placed = log.filter(({ type }) => type === 'OrderPlaced').length
  for (const view of [again.views.orders, again.views.ordersInline, again.views.ordersLive])
    assert.deepEqual([await view.count(), await view.count({ customer: 'x' })], [placed, placed])
  assert.equal(log.filter(({ type }) => type === 'OrderShipped').length, placed)
}

/** A database of its own, which goes with the test. */
async function databaseFor(t: TestContext): Promise<string> {
  const name = `ew_restored_${newId().replaceAll('-', '')}`
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  await run(`create database ${name}`)
  t.after(() => run(`drop database if exists ${name} with (force)`))
  return Object.assign(new URL(url!), { pathname: `/${name}` }).href
}

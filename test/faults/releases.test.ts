import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { start, systemClock } from 'eventwright'
import type pg from 'pg'
import { everyRow } from '../../examples/orders/every-row.ts'
import { startChild, type Child } from '../fixtures/child.ts'
import { connectTo } from '../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl, type FreshPostgres } from '../fixtures/postgres.ts'
import { today } from '../fixtures/releases/new.ts'
import { longTest, torture } from '../fixtures/torture.ts'
import { all, until } from '../runtime/running.fixture.ts'

const besideMs = torture ? 60_000 : 4_000
const patienceMs = 60_000
const views = ['sales', 'placed', 'confirmed'] as const

interface Shop {
  readonly fresh: FreshPostgres
  readonly client: pg.Client
}

async function freshShop(t: TestContext): Promise<Shop> {
  const fresh = freshPostgres()
  await (await fresh.adapter.open({ clock: systemClock })).close()
  const client = await connectTo(t, fresh.url)
  await client.query(`create table ${fresh.schema}_beside.mailed (what text not null)`)
  return { fresh, client }
}

async function begin(t: TestContext, { fresh }: Shop, ...release: readonly string[]): Promise<Child> {
  const child = startChild('releasing-process', fresh.url, fresh.schema, ...release)
  t.after(() => (child.process.kill('SIGKILL'), child.ended))
  await child.until(1)
  return child
}

const after = ({ lines }: Child, word: string): readonly string[] =>
  lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))

async function placesMore(...children: readonly Child[]): Promise<void> {
  const goals = children.map((child) => after(child, 'placed').length + 10)
  const look = (): boolean => {
    for (const { process } of children) assert.equal(process.exitCode, null, 'it still runs')
    return children.every((child, n) => after(child, 'placed').length >= goals[n]!)
  }
  await until('each places more orders', look, patienceMs)
}

async function end(child: Child): Promise<void> {
  child.process.stdin!.end()
  assert.equal(await child.ended, 0)
  assert.equal(child.lines.at(-1), 'stopped')
}

/** How many orders with ids like that are confirmed. */
async function confirmed({ client, fresh }: Shop, like: string): Promise<number> {
  const sql = `select count(*)::int as count from ${fresh.schema}.ew_events
    where type = 'OrderConfirmed' and data->>'orderId' like $1`
  return (await client.query<{ count: number }>(sql, [like])).rows[0]!.count
}

async function assertNothingSetAside({ client, fresh }: Shop): Promise<void> {
  for (const table of ['ew_parked_keys', 'ew_parked_events', 'ew_parked_actions']) {
    const { rows } = await client.query(`select * from ${fresh.schema}.${table} limit 3`)
    assert.deepEqual(rows, [], table)
  }
}

/** Each order once in everything that follows from it, and every view of the new release as a replay has it. */
async function assertEachOrderOnce({ client, fresh }: Shop, placed: readonly string[]): Promise<void> {
  const shop = await start(today, { store: fresh.adapter, mode: 'production' })
  try {
    const events = await all(shop.events.log())
    const of = (type: string): string[] =>
      events.flatMap((each) => (each.type === type ? [(each.data as { orderId: string }).orderId] : [])).toSorted()
    const orders = of('OrderPlaced')
    const stored = new Set(orders)
    assert.equal(stored.size, orders.length)
    for (const orderId of placed) assert.ok(stored.has(orderId), `${orderId} was acknowledged`)
    for (const type of ['Charged', 'OrderConfirmed', 'Reminded']) assert.deepEqual(of(type), orders, type)
    const { rows } = await client.query<{ what: string }>(`select what from ${fresh.schema}_beside.mailed`)
    const mails = orders.flatMap((orderId) => [`${orderId} confirmed`, `${orderId} placed`]).toSorted()
    assert.deepEqual(rows.map(({ what }) => what).toSorted(), mails, 'one mail about each event')
    const versions = new Set(events.map(({ type, schemaVersion }) => `${type} ${schemaVersion}`))
    assert.ok(versions.has('OrderPlaced 1') && versions.has('OrderPlaced 2'))

    const before = await rowsOf(shop)
    assert.equal(before.placed.length, orders.length)
    for (const view of views) {
      const generation = await shop.operate.rebuild(view)
      const isActive = async (): Promise<boolean> =>
        (await shop.inspect.views()).some(
          (each) => each.view === view && each.generation === generation && each.state === 'active',
        )
      await until(`${view} is replayed`, isActive, patienceMs)
    }
    assert.deepEqual(await rowsOf(shop), before)
    for await (const { findings } of shop.inspect.verify()) assert.deepEqual(findings, [])
  } finally {
    await shop.stop()
  }
}

async function rowsOf(shop: any): Promise<Record<(typeof views)[number], readonly unknown[]>> {
  const rows = async (view: string): Promise<unknown[]> =>
    (await everyRow(shop.views[view])).map((row: unknown) => JSON.stringify(row)).toSorted()
  return { sales: await rows('sales'), placed: await rows('placed'), confirmed: await rows('confirmed') }
}

if (postgresUrl() !== undefined)
  longTest('an old and a new release work on one database, and nothing is lost when the old one goes', async (t) => {
    const shop = await freshShop(t)
    const old = await begin(t, shop, 'old', 'old')
    await placesMore(old)
    const now = await begin(t, shop, 'new', 'new', 'drain')
    const from = performance.now()
    while (performance.now() - from < besideMs) {
      await placesMore(old, now)
      await sleep(200)
    }
    const isSeen = (): boolean => after(old, 'needs').length > 0
    await until('the old release says that it needs the newer one', isSeen, patienceMs)
    const seen = await confirmed(shop, 'new-%')
    await until(
      'orders of the new release are confirmed beside the old one',
      async () => (await confirmed(shop, 'new-%')) > seen,
      patienceMs,
    )
    const seenOld = await confirmed(shop, 'old-%')
    await until(
      'orders of the old release are, too',
      async () => (await confirmed(shop, 'old-%')) > seenOld,
      patienceMs,
    )
    await assertNothingSetAside(shop)

    await end(old)
    const sold = after(old, 'sold').map(Number)
    assert.deepEqual(
      sold,
      sold.toSorted((a, b) => a - b),
      'the old release goes on reading its own view',
    )
    assert.ok(sold.at(-1)! > 0)
    await placesMore(now)
    await end(now)
    await assertNothingSetAside(shop)
    await assertEachOrderOnce(shop, [...after(old, 'placed'), ...after(now, 'placed')])
    t.diagnostic(
      `${after(old, 'placed').length} orders of the old release, ${after(now, 'placed').length} of the new one`,
    )
    t.diagnostic(`the old one needed a newer one for ${after(old, 'needs').join(', ')}`)
  })

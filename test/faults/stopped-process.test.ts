import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { describe, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { leaseMs } from '../../examples/orders/open.ts'
import { post } from '../examples/orders/open-shop.ts'
import { run, type Command } from '../examples/orders/run-command.ts'
import { folderOfStores } from '../examples/orders/store-folder.ts'
import { chance } from '../fixtures/chance.ts'
import { longTest, torture } from '../fixtures/torture.ts'
import { until } from '../runtime/running.fixture.ts'
import {
  areLeasesOver,
  count,
  goesOnWithout,
  isLocked,
  isMade,
  noteClaims,
  owners,
  soleOwner,
  takeovers,
} from './claims.ts'
import { longerSample } from './longer-sample.ts'
import { assertPaid, fatesOf } from './orders-ledger.ts'
import { assertViewsEqualReplay, viewRows } from './orders-views.ts'

// Promised are 2 s after the lease; the rest is for a machine on which processes wait for each other.
const longestGapMs = 2_000 + 3_000
const patienceMs = 120_000
const copies = 4
const posted = 12
const lamps = posted + 1
const placed = `select count(*) from ew_streams where stream like 'Order/%'`
const undecided = `${placed} and version < 2`
const behind = `select count(*) from ew_ownership where source = 'log' and position < (select position from ew_head where part = 0)`

/** How the stop falls: the usual way, or within a write, when nobody else can write until the process goes on. */
type Moment = 'between writes' | 'within a write'

/** Stops the process past its lease. Another one then has its consumers, unless the stop keeps it from writing. */
async function stopPastLease(store: string, owner: string, process: ChildProcess, moment: Moment): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    assert.ok(attempt <= 200, `no stop of 200 fell ${moment}`)
    assert.equal(soleOwner(store), owner, 'it still has all consumers')
    assert.equal(process.exitCode, null, 'it still runs')
    process.kill('SIGSTOP')
    if (isLocked(store) === (moment === 'within a write') && (await isOver(store, owner, moment))) return
    process.kill('SIGCONT')
    await sleep(chance() * 10)
  }
}

/** Answers false when the stop turns out to have come within a write after all. */
async function isOver(store: string, owner: string, moment: Moment): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    if (moment === 'within a write' ? areLeasesOver(store) : isReplaced(store, owner)) return true
    // Once others take over, they write, and a look may come away empty for that.
    if (moment === 'between writes' && soleOwner(store) === owner && isLocked(store)) return false
    await sleep(20)
  }
  throw new Error(`Nobody has taken over from the stopped process within ${patienceMs} ms.`)
}

/** Others have what it had: those of the log go on, and whoever has another source was claimed as well. */
function isReplaced(store: string, owner: string): boolean {
  if (!goesOnWithout(store, owner)) return false
  const taken = new Set(takeovers(store, leaseMs).flatMap(({ from, consumer }) => (from === owner ? [consumer] : [])))
  return [...owners(store).keys()].every((consumer) => taken.has(consumer))
}

/** Every consumer of the stopped process went over to one other process: after its lease, and not much later. */
function assertTakenOver(t: TestContext, store: string, owner: string): void {
  const taken = takeovers(store, leaseMs)
  const first = taken.filter(({ from }) => from === owner)
  assert.deepEqual([...new Set(first.map(({ consumer }) => consumer))].sort(), [...owners(store).keys()])
  assert.equal(new Set(first.map(({ to }) => to)).size, 1)
  for (const { consumer, afterMs, epochs } of taken) {
    assert.ok(afterMs >= 0, `${consumer} was taken ${-afterMs} ms before the end of its lease`)
    assert.equal(epochs, 1, consumer)
  }
  const gaps = first.map(({ afterMs }) => afterMs)
  t.diagnostic(`taken over ${gaps.join(', ')} ms after the lease ran out`)
  assert.ok(Math.max(...gaps) <= longestGapMs, `taken over ${gaps.join(', ')} ms after the lease`)
}

/** The store file of a round, and the invoices to import into it. */
interface Input {
  readonly store: string
  readonly invoices: string
}

interface Shop {
  readonly command: Command
  readonly url: string
}

async function startShop(store: string): Promise<Shop> {
  // Slow enough that it still has orders to place when the stop begins.
  const command = run('start.ts', store, '--speed', '1500')
  const [, url = ''] = await command.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//)
  return { command, url }
}

/** Who has all consumers, once that many orders are placed; a process takes them one after the other. */
async function ownerAt(store: string, orders: number): Promise<string> {
  await until(`${orders} orders are placed`, () => isMade(store) && count(store, placed) >= orders, patienceMs)
  let owner: string | undefined
  await until('one process has all consumers', () => (owner = soleOwner(store)) !== undefined, patienceMs)
  return owner!
}

// A server that wakes up closes the kept connections that it takes for idle, with what has come on them meanwhile.
const headers = { connection: 'close' }

function placeOrder(shop: Shop, orderId: string): ReturnType<typeof post> {
  const items = [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }]
  return post(`${shop.url}/orders`, { orderId, customerId: 'ada', items }, headers)
}

/** Places orders one after another from now on; resolves when each was answered by 202. */
async function placeOrders(shop: Shop, howMany: number): Promise<void> {
  const answers = Array.from({ length: howMany }, async (_, n) => {
    await sleep(n * 200)
    return (await placeOrder(shop, `during-the-stop-${n}`)).status
  })
  assert.deepEqual([...new Set(await Promise.all(answers))], [202])
}

/** What a stop cannot undo; others are undone when it, or what piles up behind it, leaves a payment no time. */
function confirmedIn(store: string): ReadonlySet<string> {
  return new Set([...fatesOf(store)].filter(([, { status }]) => status === 'confirmed').map(([orderId]) => orderId))
}

async function assertDecided({ store }: Input): Promise<void> {
  const open = `${undecided} and stream like 'Order/during-%'`
  await until('the orders placed during the stop are decided', () => count(store, open) === 0, patienceMs)
}

/** All orders are confirmed and paid, but for those that were open when it stopped or later, which may be undone. */
async function assertKept(store: string, confirmed: ReadonlySet<string>): Promise<void> {
  const fates = fatesOf(store)
  for (const [orderId, { status, reason }] of fates) {
    if (status === 'confirmed') continue
    assert.ok(!confirmed.has(orderId), `${orderId} is ${status} ${reason ?? ''}`)
    assert.equal(reason, 'payment_unanswered', orderId)
  }
  assertPaid(store, fates)
  const stock = viewRows(store)['stock']!.map((row) => JSON.parse(row as string) as Record<string, unknown>)
  assert.deepEqual(
    stock.filter(({ reserved }) => reserved !== 0),
    [],
  )
  const sold = [...fates.values()].filter(({ status, items }) => status === 'confirmed' && items[0]?.sku === 'LAMP')
  assert.equal(stock.find(({ sku }) => sku === 'LAMP')?.['onHand'], lamps - sold.length)
}

/** Waits until both are through, and compares what is there with what was put in and with a replay. */
async function finish({ store }: Input, shop: Shop, importing: Command, confirmed: ReadonlySet<string>): Promise<void> {
  assert.equal(await importing.ended, 0, importing.said.error)
  const { durationMs: _, new: fresh, ...held } = JSON.parse(importing.said.out) as Record<string, number>
  assert.deepEqual(held, { orders: 61 * copies, creditNotes: 4 * copies, rejectedLines: copies })
  assert.ok(fresh! < 65 * copies, 'the shop has placed some of the orders')
  const { said, child, ended } = shop.command
  await until('the sample is in', () => said.out.includes('The sample is in: 61 orders, 4 credit notes'), patienceMs)
  // Whoever acts as owner now must get through everything, also when he should not.
  assert.equal((await placeOrder(shop, 'at-the-end')).status, 202)
  await until('every order is decided', () => count(store, undecided) === 0, patienceMs)
  await until('every consumer is at the end', () => count(store, behind) === 0, patienceMs)
  child.kill('SIGTERM')
  assert.equal(await ended, 0, said.error)

  assert.equal(count(store, `${placed} and version > 2`), 0, 'every order is decided once')
  assert.equal(count(store, placed), 61 * copies + posted + 1)
  await assertKept(store, confirmed)
  await assertViewsEqualReplay(store)
}

async function stopTheShop(t: TestContext, input: Input, moment: Moment): Promise<void> {
  const shop = await startShop(input.store)
  const owner = await ownerAt(input.store, 1)
  noteClaims(input.store)
  await post(`${shop.url}/stock/LAMP/receipts`, { quantity: lamps }, headers)
  const importing = run('import.ts', input.store, input.invoices, '--json')
  await ownerAt(input.store, 80)
  const confirmed = confirmedIn(input.store)
  const stopped = stopPastLease(input.store, owner, shop.command.child, moment)
  // Nobody opens now, but who knocks is heard when the shop goes on.
  const placing = placeOrders(shop, posted)
  await stopped
  if (moment === 'between writes') assertTakenOver(t, input.store, owner)
  shop.command.child.kill('SIGCONT')
  await placing
  await assertDecided(input)
  await finish(input, shop, importing, confirmed)
}

async function stopTheImport(t: TestContext, input: Input, moment: Moment): Promise<void> {
  const importing = run('import.ts', input.store, input.invoices, '--json')
  const owner = await ownerAt(input.store, 50)
  noteClaims(input.store)
  const shop = await startShop(input.store)
  await post(`${shop.url}/stock/LAMP/receipts`, { quantity: lamps }, headers)
  const confirmed = confirmedIn(input.store)
  const stopped = stopPastLease(input.store, owner, importing.child, moment)
  const placing = placeOrders(shop, posted)
  await stopped
  // Within a write nobody can write until the process goes on, and then everybody can.
  if (moment === 'within a write') importing.child.kill('SIGCONT')
  await placing
  await assertDecided(input)
  if (moment === 'between writes') assertTakenOver(t, input.store, owner)
  importing.child.kill('SIGCONT')
  await finish(input, shop, importing, confirmed)
}

const moments: readonly Moment[] = torture
  ? ['within a write', 'between writes', 'between writes', 'within a write', 'between writes']
  : ['between writes']

// Most of the time is the lease; the two wait for it together.
describe('npm start and npm run import on one file', { concurrency: true }, () => {
  for (const [what, stop] of [
    ['npm start', stopTheShop],
    ['npm run import', stopTheImport],
  ] as const) {
    longTest(`${what} stopped past its lease is replaced, goes on, and the views equal a replay`, async (t) => {
      const folder = folderOfStores(t)
      const invoices = longerSample(folder, copies)
      for (const [round, moment] of moments.entries())
        await stop(t, { store: join(folder, `${round}.db`), invoices }, moment)
    })
  }
})

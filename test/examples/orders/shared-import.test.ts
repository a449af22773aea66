import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openShop } from '../../../examples/orders/open.ts'
import { partiesOf, storeFrom, type Database, type StorePlace } from '../../../examples/orders/store-place.ts'
import { copiedBeside } from '../../faults/copied-store.ts'
import { longerSample } from '../../faults/longer-sample.ts'
import { assertBalanced, type Books } from '../../faults/orders-ledger.ts'
import { assertViewsEqualReplay, viewRows } from '../../faults/orders-views.ts'
import { chance, seed } from '../../fixtures/chance.ts'
import { startChild, type Child } from '../../fixtures/child.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { longTest, torture } from '../../fixtures/torture.ts'
import { folderOfStores, usesStore } from './store-folder.ts'

const url = postgresUrl()
const processes = 3
// In a long run the kills go on as long as the import does.
const [copies, mostKills] = torture ? [24, Infinity] : [2, 3]
const fewestKills = torture ? 10 : 1
const [earliestMs, latestMs] = [1_000, 5_000]
const patienceMs = torture ? 3_600_000 : 240_000

function begin(store: StorePlace, invoices: string): Child {
  const child = startChild('importing-process', JSON.stringify(store), invoices)
  usesStore(partiesOf(store), () => (child.process.kill('SIGKILL'), child.ended))
  return child
}

const summaryOf = ({ lines }: Child): string | undefined =>
  lines.find((each) => each.startsWith('through '))?.slice('through '.length)

async function endAll(children: readonly Child[]): Promise<void> {
  for (const { process } of children) process.stdin!.end()
  assert.deepEqual(
    await Promise.all(children.map(({ ended }) => ended)),
    children.map(() => 0),
  )
}

/** The first of the processes imports; at random moments any of them is killed and begun again until that is done. */
async function importAmongKills(t: TestContext, store: StorePlace, invoices: string): Promise<string> {
  const parts = Array.from({ length: processes }, (_, n) => (n === 0 ? invoices : ''))
  const children = parts.map((part) => begin(store, part))
  const killed: string[] = []
  const from = performance.now()
  const since = (): number => Math.round(performance.now() - from)
  const isThrough = (): boolean => summaryOf(children[0]!) !== undefined
  await Promise.all(children.map((child) => child.until(1)))
  while (!isThrough()) {
    const pauseMs = earliestMs + chance() * (latestMs - earliestMs)
    const victim = Math.floor(chance() * processes)
    for (const over = performance.now() + pauseMs; !isThrough(); await sleep(10)) {
      assert.ok(since() < patienceMs, `the import is not through after ${patienceMs} ms`)
      for (const [n, { process }] of children.entries())
        assert.equal(process.exitCode, null, `process ${n} ended by itself`)
      if (performance.now() >= over && killed.length < mostKills) break
    }
    if (isThrough()) break
    const child = children[victim]!
    child.process.kill('SIGKILL')
    await child.ended
    killed.push(`${victim} at ${since()} ms`)
    children[victim] = begin(store, parts[victim]!)
  }
  const said = `EVENTWRIGHT_SEED=${seed}: in ${since()} ms killed process ${killed.join(', ')}`
  if (torture) console.log(said)
  else t.diagnostic(said)
  assert.ok(killed.length >= fewestKills, `${killed.length} were killed`)
  const summary = summaryOf(children[0]!)!
  await Promise.all(children.map((child) => child.until(1)))
  await endAll(children)
  return summary
}

/** Ends a shop that nobody is killed in any more: every saga is through, and what it tells has arrived. */
async function comeToRest(store: StorePlace): Promise<void> {
  const shop = await openShop(store)
  try {
    assert.ok(await shop.caughtUp({ timeoutMs: 60_000 }), 'everybody catches up')
    assert.deepEqual(await shop.inspect.deadLetters.list({ limit: 10 }), [])
    for await (const { findings } of shop.inspect.verify()) assert.deepEqual(findings, [])
  } finally {
    await shop.stop()
  }
}

async function booksOf(store: string, invoices: string): Promise<{ books: Books; rows: ReturnType<typeof viewRows> }> {
  const books = await assertBalanced({ storeOf: () => store, invoices, placed: 0 })
  const rows = viewRows(store)
  await assertViewsEqualReplay(store)
  return { books, rows }
}

/** How many rows of the orders are the same in both. */
function equalOrders(one: ReturnType<typeof viewRows>, other: ReturnType<typeof viewRows>): number {
  const known = new Set(other['orders'])
  return one['orders']!.filter((row) => known.has(row)).length
}

if (url !== undefined)
  longTest('an import by three processes on PostgreSQL, any of which is killed, ends as one in SQLite', async (t) => {
    const folder = folderOfStores(t)
    const invoices = process.env['EVENTWRIGHT_INVOICES'] || longerSample(folder, copies)
    const env = { EVENTWRIGHT_STORE: url, EVENTWRIGHT_SCHEMA: freshPostgres().schema, EVENTWRIGHT_DATA: folder }
    const place = storeFrom(env) as Database
    const torn = JSON.parse(await importAmongKills(t, place, invoices)) as Record<string, number>
    await comeToRest(place)

    const calmFile = join(folder, 'calm.db')
    const calmChild = begin(calmFile, invoices)
    while (summaryOf(calmChild) === undefined && calmChild.process.exitCode === null) await sleep(20)
    await endAll([calmChild])
    const calm = JSON.parse(summaryOf(calmChild)!) as Record<string, number>
    await comeToRest(calmFile)

    // How much was new to a process depends on what it was killed at.
    assert.deepEqual({ ...torn, new: 0 }, { ...calm, new: 0 })
    const [one, other] = [await booksOf(await copiedBeside(place), invoices), await booksOf(calmFile, invoices)]
    t.diagnostic(JSON.stringify(one.books))
    assert.equal(one.books.mails, other.books.mails)
    assert.deepEqual(other.books.cancelled, {}, 'nobody was killed in SQLite')
    const undone = one.books.cancelled['payment_unanswered'] ?? 0
    // Where kills leave a payment no time, its order is undone, as the books have it; else nothing tells the two apart.
    if (undone === 0) assert.deepEqual(one.rows, other.rows)
    else assert.equal(equalOrders(one.rows, other.rows), other.books.mails - undone, 'all other orders are the same')
  })

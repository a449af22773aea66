import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { InvoiceFile } from '../../examples/orders/importer/read-invoices.ts'
import { partyFile } from '../../examples/orders/outside/party-file.ts'
import type { ServiceName } from '../../examples/orders/shop/system.ts'
import { endsOf, kindOf, numberOf, received } from './placed-orders.ts'
import { viewRows } from './orders-views.ts'

interface Item {
  readonly sku: string
  readonly quantity: number
  readonly unitPrice: string
}

/** What became of an order, as its events have it. */
export interface Fate {
  readonly items: readonly Item[]
  readonly status: 'pending' | 'confirmed' | 'cancelled'
  readonly reason: string | undefined
}

/** What was put in: invoices from a file, and orders that `placedOrder` made, with their goods. */
export interface Input {
  /** The file of a service; processes of the shop may share one. */
  readonly storeOf: (service: ServiceName) => string
  readonly invoices: string
  readonly placed: number
}

/** What was counted while the books were checked. */
export interface Books {
  readonly confirmed: number
  /** How many orders were cancelled, by their reason. */
  readonly cancelled: Readonly<Record<string, number>>
  readonly mails: number
  readonly repeatedMails: number
}

/** Postage, fees and discounts; in the copies of the sample they have another code and are goods. */
const noGoods: ReadonlySet<string> = new Set(['D', 'POST', 'M', 'C2', 'DOT', 'BANK CHARGES'])

/**
 * Keeps books of its own about orders, money, goods, parcels, sales and mail, from what was put in and from the
 * databases of the outside parties alone, and compares them with what the shop has.
 */
export async function assertBalanced(input: Input): Promise<Books> {
  const { storeOf } = input
  const fates = fatesOf(storeOf('orders'))
  assertDecided(input, fates)
  assertPaid(storeOf('payments'), fates)
  await assertStocked(input, fates)
  const confirmed = [...fates].filter(([, { status }]) => status === 'confirmed').map(([id]) => id)
  assert.deepEqual(
    streamsWith(storeOf('shipping'), 'ParcelDispatched', 'orderId'),
    confirmed.toSorted(),
    'one parcel an order',
  )
  assert.deepEqual(
    streamsWith(storeOf('analytics'), 'SaleRecorded', 'documentId'),
    confirmed.toSorted(),
    'one sale an order',
  )
  const cancelled: Record<string, number> = {}
  for (const { reason } of fates.values()) if (reason !== undefined) cancelled[reason] = (cancelled[reason] ?? 0) + 1
  return { confirmed: confirmed.length, cancelled, ...assertTold(storeOf('notifications'), fates) }
}

function read(file: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

function eventsOf(store: string, ...types: readonly string[]): { type: string; data: any }[] {
  const list = types.map((type) => `'${type}'`).join(', ')
  const rows = read(store, `select type, data from ew_events where type in (${list}) order by seq`)
  return rows.map(({ type, data }) => ({ type: String(type), data: JSON.parse(String(data)) }))
}

/** What became of every order of a store. None was created or decided twice. */
export function fatesOf(store: string): Map<string, Fate> {
  const fates = new Map<string, Fate>()
  for (const { type, data } of eventsOf(store, 'OrderCreated', 'OrderConfirmed', 'OrderCancelled')) {
    const { orderId, items, reason } = data as { orderId: string; items: Item[]; reason?: string }
    const known = fates.get(orderId)
    if (type === 'OrderCreated') {
      assert.equal(known, undefined, `${orderId} was created twice`)
      fates.set(orderId, { items, status: 'pending', reason: undefined })
      continue
    }
    assert.equal(known?.status, 'pending', `${orderId} was decided twice`)
    fates.set(orderId, { ...known!, status: type === 'OrderConfirmed' ? 'confirmed' : 'cancelled', reason })
  }
  return fates
}

/** Every order is decided, in a way that its kind allows. */
function assertDecided({ placed }: Input, fates: ReadonlyMap<string, Fate>): void {
  for (let number = 0; number < placed; number++)
    assert.ok(fates.has(`placed-${number}`), `placed-${number} is missing`)
  for (const [orderId, { status, reason }] of fates) {
    const number = numberOf(orderId)
    const ends = endsOf[number === undefined ? 'good' : kindOf(number)]
    const isAllowed = status === 'confirmed' ? ends.confirmed : ends.cancelled.includes(reason!)
    assert.ok(isAllowed, `${orderId} is ${status} ${reason ?? ''}`)
  }
}

/** A confirmed order was charged once, with its sum; a cancelled one has nothing left at the provider. */
export function assertPaid(store: string, fates: ReadonlyMap<string, Fate>): void {
  const charges = read(partyFile('provider', store), `select order_id, pence, refunded, outcome from charges`)
  assert.deepEqual(
    charges.filter(({ outcome }) => outcome === 'open'),
    [],
    'no charge is left open',
  )
  const byOrder = Map.groupBy(
    charges.filter(({ outcome }) => outcome === 'charged'),
    ({ order_id: orderId }) => String(orderId),
  )
  for (const orderId of byOrder.keys()) assert.ok(fates.has(orderId), `${orderId} was charged and is no order`)
  for (const [orderId, { status, reason, items }] of fates) {
    const paid = (byOrder.get(orderId) ?? []).map(({ pence, refunded }) => ({ pence, refunded }))
    const pence = penceOf(items)
    if (status === 'confirmed') assert.deepEqual(paid, [{ pence, refunded: 0 }], orderId)
    else if (reason !== 'payment_unanswered') assert.deepEqual(paid, [], orderId)
    else assert.deepEqual(paid, paid.length === 0 ? [] : [{ pence, refunded: pence }], orderId)
  }
}

/** What is on hand is what came in less what confirmed orders took; nothing is reserved. */
async function assertStocked({ storeOf, invoices, placed }: Input, fates: ReadonlyMap<string, Fate>): Promise<void> {
  const onHand = new Map<string, number>()
  const move = (sku: string, quantity: number): void => void onHand.set(sku, (onHand.get(sku) ?? 0) + quantity)
  if (placed > 0) for (const { sku, quantity } of received) move(sku, quantity)
  const orders = new Set<string>()
  for await (const found of (await InvoiceFile.open(invoices)).found()) {
    if (found.kind === 'rejected') continue
    if (found.kind === 'sale') orders.add(`invoice-${found.number}`)
    const isNote = found.kind === 'creditNote'
    for (const { sku, quantity } of found.items) if (!isNote || !noGoods.has(sku)) move(sku, quantity)
  }
  for (const orderId of orders) assert.ok(fates.has(orderId), `${orderId} was not imported`)
  for (const [orderId, { status, items }] of fates) {
    assert.ok(orders.has(orderId) || numberOf(orderId) !== undefined, `nobody has placed ${orderId}`)
    if (status === 'confirmed') for (const { sku, quantity } of items) move(sku, -quantity)
  }
  const shown = (viewRows(storeOf('inventory'))['stock'] as string[]).map(
    (row) => JSON.parse(row) as Record<string, unknown>,
  )
  const key = (row: Record<string, unknown>): string => String(row['sku'])
  assert.deepEqual(new Map(shown.map((row) => [key(row), row['onHand']])), new Map([...onHand].toSorted()))
  assert.deepEqual(
    shown.filter(({ reserved }) => reserved !== 0),
    [],
  )
}

/** The gateway has accepted one message about every order, and about nothing else. */
function assertTold(store: string, fates: ReadonlyMap<string, Fate>): Pick<Books, 'mails' | 'repeatedMails'> {
  const messages = read(partyFile('mail', store), 'select subject, repeats from messages')
  const told = messages.map(({ subject }) => String(subject)).toSorted()
  const decided = [...fates].map(([orderId, { status }]) => `Your order ${orderId} is ${status}`).toSorted()
  assert.deepEqual(told, decided)
  return { mails: told.length, repeatedMails: messages.reduce((sum, { repeats }) => sum + Number(repeats), 0) }
}

function streamsWith(store: string, type: string, field: string): string[] {
  return eventsOf(store, type)
    .map(({ data }) => String(data[field]))
    .toSorted()
}

/** The exact sum of the lines, rounded half to even. */
function penceOf(items: readonly Item[]): number {
  const tenths = items.reduce((sum, { quantity, unitPrice }) => {
    const [whole, fraction = ''] = unitPrice.split('.') as [string, string?]
    return sum + BigInt(quantity) * BigInt(whole + fraction.padEnd(3, '0'))
  }, 0n)
  const [pence, rest] = [tenths / 10n, tenths % 10n]
  const isUp = rest > 5n || (rest === 5n && pence % 2n === 1n)
  return Number(pence + (isUp ? 1n : 0n))
}

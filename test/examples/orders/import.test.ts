import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { everyRow } from '../../../examples/orders/every-row.ts'
import { importFile, type ImportSummary } from '../../../examples/orders/importer/import-file.ts'
import { InvoiceFile } from '../../../examples/orders/importer/read-invoices.ts'
import { openShop } from '../../../examples/orders/open.ts'
import { sampleFile } from '../../../examples/orders/settings.ts'
import { patience } from '../../fixtures/patience.ts'
import { run } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const folder = folderOfStores()
const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n'

/** Thousandths of a pound by country, from the text of the sample alone: split at commas that stand in no quotes. */
function netByCountry(text: string): Map<string, bigint> {
  const net = new Map<string, bigint>()
  for (const line of text.trim().split(/\r?\n/).slice(1)) {
    const cells = line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    const [quantity, price, country] = [cells[3], cells[5], cells[7]] as [string, string, string]
    const [whole, fraction = ''] = price.split('.') as [string, string?]
    net.set(country, (net.get(country) ?? 0n) + BigInt(quantity) * BigInt(whole + fraction.padEnd(3, '0')))
  }
  return net
}

/** Of an amount with three digits after its point. */
function thousandths(amount: string): bigint {
  return BigInt(amount.replace('.', ''))
}

async function imported(store: string, file: string): Promise<{ counts: object; state: object }> {
  const shop = await openShop(store)
  try {
    const watcher = { progress: () => undefined, rejected: () => undefined }
    const summary = await importFile(shop, await InvoiceFile.open(file), watcher, new AbortController().signal)
    const { durationMs, ...counts }: ImportSummary = summary
    assert.ok(durationMs >= 0)
    assert.ok(await shop.caughtUp(patience))
    const { orders, stock, salesByCountry, salesByDay } = shop.views
    const state = {
      head: await shop.events.head(),
      orders: await everyRow(orders),
      stock: await everyRow(stock),
      countries: await everyRow(salesByCountry),
      days: await everyRow(salesByDay),
    }
    return { counts, state }
  } finally {
    await shop.stop()
  }
}

for (const [what, store] of [
  ['memory', ':memory:'],
  ['SQLite', join(folder, 'sample.db')],
] as const) {
  test(`the sample's sums by country are those of its text, in ${what}`, async () => {
    const { counts, state } = await imported(store, sampleFile)
    assert.deepEqual(counts, { orders: 61, creditNotes: 4, rejectedLines: 1, new: 65 })
    const { countries, days, orders, stock } = state as Record<string, any[]>
    const expected = netByCountry(readFileSync(sampleFile, 'utf8'))
    // A machine under load may have left a payment no time.
    const undone = orders!.filter(({ reason }) => reason === 'payment_unanswered')
    for (const { country, total } of undone) expected.set(country, expected.get(country)! - thousandths(total))
    const sold = new Map([...expected].filter(([, net]) => net !== 0n))
    assert.deepEqual(new Map(countries!.map(({ country, net }) => [country, thousandths(net)])), sold)
    assert.equal(orders!.filter(({ status }) => status === 'confirmed').length, 61 - undone.length)
    assert.ok(orders!.every(({ createdAt }) => createdAt.startsWith('2010-12-01T')))
    assert.ok(stock!.every(({ reserved }) => reserved === 0))
    if (undone.length > 0) return
    assert.deepEqual(
      countries!.map(({ country, orders, creditNotes, net }) => [country, orders, creditNotes, net]),
      [
        ['Australia', 1, 0, '358.250'],
        ['France', 1, 0, '855.860'],
        ['Netherlands', 1, 0, '192.600'],
        ['United Kingdom', 58, 4, '23097.040'],
      ],
    )
    assert.deepEqual(days, [{ day: '2010-12-01', orders: 61, creditNotes: 4, net: '24503.750' }])
    // What is left is what came back: a discount is no piece of goods.
    const left = stock!.filter(({ onHand }) => onHand > 0).map(({ sku, onHand }) => `${sku} ${onHand}`)
    assert.deepEqual(left, [
      '21484 12',
      '21980 24',
      '21983 24',
      '21984 24',
      '22553 24',
      '22556 12',
      '22557 12',
      '22960 6',
      '35004C 1',
    ])
  })
}

test('a second import of the file adds nothing and changes nothing', async () => {
  const store = join(folder, 'twice.db')
  const first = await imported(store, sampleFile)
  const second = await imported(store, sampleFile)
  assert.deepEqual(second.counts, { ...first.counts, new: 0 })
  assert.deepEqual(second.state, first.state)
})

test('a file with every kind of dirt gives its good lines and says which lines it leaves out', async () => {
  const file = join(folder, 'dirt.csv')
  const good = (number: string, sku: string, quantity: number, price: string, customer = '17850'): string =>
    `${number},${sku},"A ""LAMP"", red",${quantity},12/1/10 8:26,${price},${customer},France\r\n`
  writeFileSync(
    file,
    Buffer.concat([
      Buffer.from(`\ufeff${header}`),
      Buffer.from(
        good('536365', 'LAMP', 6, '2.55') + good('536365', 'LAMP', 6, '0.001') + good('536366', 'DESK', 1, '9', ''),
      ),
      Buffer.from(`536367,DESK,caf\xe9 \xa3,2,12/1/10 8:26,1.5,17850,France\r\n`, 'latin1'),
      Buffer.from(
        good('536368', 'DESK', -9, '0') + good('A536369', 'B', 1, '-11062.06') + good('536367', 'DESK', 1, '1.5'),
      ),
      Buffer.from(
        good('581483', 'PAPER', 80_995, '2.08') +
          good('C581484', 'PAPER', -80_995, '2.08') +
          good('C581485', 'POST', -1, '18'),
      ),
      Buffer.from(
        '536371,half a line\r\n536371,"DE"SK,,1,12/1/10 8:26,1,,France\r\n\r\n536371,NUL\0,,1,12/1/10 8:26,1,,France',
      ),
    ]),
  )
  const { counts, state } = await imported(':memory:', file)
  assert.deepEqual(counts, { orders: 4, creditNotes: 2, rejectedLines: 6, new: 6 })
  const { orders, stock, countries } = state as Record<string, any[]>
  assert.deepEqual(
    orders!.map(({ orderId, customerId, total, status }) => [orderId, customerId, total, status]),
    [
      ['invoice-536365', '17850', '15.306', 'confirmed'],
      ['invoice-536366', 'guest', '9.000', 'confirmed'],
      ['invoice-536367', '17850', '3.000', 'confirmed'],
      ['invoice-581483', '17850', '168469.600', 'confirmed'],
    ],
  )
  assert.deepEqual(
    stock!.map(({ sku, onHand }) => [sku, onHand]),
    [
      ['DESK', 0],
      ['LAMP', 0],
      ['PAPER', 80_995],
    ],
  )
  assert.deepEqual(countries, [{ country: 'France', orders: 4, creditNotes: 2, net: '9.306' }])
})

test('an import finds its stock although others order the same goods at the same moment', async () => {
  const shop = await openShop(':memory:')
  try {
    const { CreateOrder } = await import('../../../examples/orders/shop/orders/order.ts')
    const signal = new AbortController().signal
    const watcher = { progress: () => undefined, rejected: () => undefined }
    const greedy = Array.from({ length: 40 }, (_, index) =>
      shop.execute(
        CreateOrder({
          orderId: `greedy-${index}`,
          customerId: 'eve',
          items: [{ sku: '85123A', quantity: 1, unitPrice: '1' }],
        }),
      ),
    )
    await Promise.all([importFile(shop, await InvoiceFile.open(sampleFile), watcher, signal), ...greedy])
    assert.ok(await shop.caughtUp(patience))
    const rows = await everyRow(shop.views.orders)
    const unsold = rows.filter(({ orderId, status }) => orderId.startsWith('invoice-') && status !== 'confirmed')
    // A machine under load may have left a payment no time.
    assert.ok(unsold.every(({ reason }) => reason === 'payment_unanswered'))
    const { onHand, reserved } = (await shop.views.stock.get('85123A'))!
    assert.equal(reserved, 0)
    if (!rows.some(({ reason }) => reason === 'payment_unanswered')) assert.equal(onHand, 0)
  } finally {
    await shop.stop()
  }
})

test('the command prints a summary, as JSON alone on the output when asked, and ends with 0', async () => {
  const store = join(folder, 'command.db')
  const first = run('import.ts', store, sampleFile)
  assert.equal(await first.ended, 0, first.said.error)
  assert.match(first.said.out, /^61 orders, 4 credit notes, 1 rejected line; new: 65; \d/)
  assert.equal(first.said.error, 'line 624 left out: UnitPrice is 0\n')
  const second = run('import.ts', store, sampleFile, '--json')
  assert.equal(await second.ended, 0, second.said.error)
  const { durationMs, ...summary } = JSON.parse(second.said.out) as Record<string, number>
  assert.deepEqual(summary, { orders: 61, creditNotes: 4, rejectedLines: 1, new: 0 })
  assert.ok(durationMs! > 0)
})

test('what cannot be imported is told in a line, and neither makes nor changes a store', async () => {
  const [empty, text, foreign] = [join(folder, 'empty.csv'), join(folder, 'text.csv'), join(folder, 'foreign.db')]
  writeFileSync(empty, '')
  writeFileSync(text, 'Dear Sir or Madam,\nyour order has left the house.\n')
  writeFileSync(foreign, 'x'.repeat(5_000))
  const none = join(folder, 'none.db')
  const cases: readonly (readonly [store: string, args: readonly string[], code: number, says: RegExp])[] = [
    [
      none,
      [join(folder, 'absent.csv')],
      1,
      /^unreadable_file: .*absent.csv cannot be read: there is no such file\.\n$/,
    ],
    [none, [folder], 1, /^unreadable_file: .* it is a folder\.\n$/],
    [none, [], 2, /^Name one CSV file\.\nusage: npm run import/],
    [none, [sampleFile, '--fast'], 2, /^Unknown option '--fast'/],
    [join(folder, 'a.db'), [empty], 1, /^invalid_csv: the file is empty/],
    [join(folder, 'b.db'), [text], 1, /^invalid_csv: line 1: the first line must name the columns; InvoiceNo/],
    [foreign, [sampleFile], 1, /^EW_STORE_/],
    ['mysql://user:secret@host/db', [sampleFile], 1, /^bad_setting: EVENTWRIGHT_STORE is "mysql:\/\/…@host\/db"/],
    [
      'postgres://user:se/cret@host/db',
      [sampleFile],
      1,
      /^EW_CONFIG: The address of the PostgreSQL store is no URL; in a/,
    ],
  ]
  await Promise.all(
    cases.map(async ([store, args, code, says]) => {
      const { ended, said } = run('import.ts', store, ...args)
      assert.equal(await ended, code, said.error)
      assert.match(said.error, says)
      assert.equal(said.out, '')
    }),
  )
  assert.equal(existsSync(none), false)
  assert.equal(readFileSync(foreign, 'utf8'), 'x'.repeat(5_000))
})

test('a quote that never closes ends the import, and the mended file goes on from there', async () => {
  const store = join(folder, 'torn.db')
  const file = join(folder, 'torn.csv')
  const line = (number: number, name: string): string => `${number},LAMP,${name},1,12/1/10 8:26,1,1,France\r\n`
  writeFileSync(file, header + line(536365, 'A') + line(536366, 'B') + line(536367, '"C'))
  const torn = run('import.ts', store, file)
  assert.equal(await torn.ended, 1)
  assert.match(torn.said.error, /^invalid_csv: line 4: a quote opens on this line and never closes/m)
  writeFileSync(file, header + line(536365, 'A') + line(536366, 'B') + line(536367, '"C"'))
  const { counts } = await imported(store, file)
  assert.equal((counts as ImportSummary).orders, 3)
  assert.ok([1, 2, 3].includes((counts as ImportSummary).new))
})

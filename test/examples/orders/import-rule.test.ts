import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CsvReader } from '../../../examples/orders/importer/csv.ts'
import {
  ImportRule,
  type Found,
  type Invoice,
  type RejectedLine,
} from '../../../examples/orders/importer/import-rule.ts'
import { sampleFile } from '../../../examples/orders/settings.ts'

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n'

function found(file: string | Uint8Array): Found[] {
  const reader = new CsvReader()
  const rule = new ImportRule()
  const records = [...reader.push(Buffer.from(file)), ...reader.end()]
  return [...records.flatMap((record) => rule.push(record)), ...rule.end()]
}

const invoicesOf = (file: string | Uint8Array): Invoice[] => found(file).filter((each) => each.kind !== 'rejected')
const rejectedOf = (file: string | Uint8Array): RejectedLine[] => found(file).filter((each) => each.kind === 'rejected')

interface Cells {
  no?: string
  sku?: string
  quantity?: string
  date?: string
  price?: string
  customer?: string
  country?: string
}

function line({
  no = '536365',
  sku = 'LAMP',
  quantity = '6',
  date = '12/1/10 8:26',
  price = '2.55',
  customer = '17850',
  country = 'France',
}: Cells = {}): string {
  return `${no},${sku},A LAMP,${quantity},${date},${price},${customer},${country}\n`
}

test('the sample holds 61 orders, 4 credit notes and one rejected line', () => {
  const all = found(readFileSync(sampleFile))
  const count = (kind: Found['kind']): number => all.filter((each) => each.kind === kind).length
  assert.deepEqual([count('sale'), count('creditNote')], [61, 4])
  assert.deepEqual(
    all.filter((each) => each.kind === 'rejected'),
    [{ kind: 'rejected', line: 624, reason: 'UnitPrice is 0' }],
  )
})

test('a sale has every line of its invoice, also the same product twice and lines a minute apart', () => {
  assert.deepEqual(
    found(header + line() + line({ date: '12/1/10 8:27', quantity: '2' }) + line({ sku: 'POST', price: '18.000' })),
    [
      {
        kind: 'sale',
        number: '536365',
        customerId: '17850',
        country: 'France',
        occurredAt: '2010-12-01T08:26:00.000Z',
        items: [
          { sku: 'LAMP', quantity: 6, unitPrice: '2.55' },
          { sku: 'LAMP', quantity: 2, unitPrice: '2.55' },
          { sku: 'POST', quantity: 1 * 6, unitPrice: '18.000' },
        ],
      },
    ],
  )
})

test('a credit note has positive quantities', () => {
  assert.deepEqual(found(header + line({ no: 'C536379', sku: 'D', quantity: '-1', price: '27.5' })), [
    {
      kind: 'creditNote',
      number: '536379',
      customerId: '17850',
      country: 'France',
      occurredAt: '2010-12-01T08:26:00.000Z',
      items: [{ sku: 'D', quantity: 1, unitPrice: '27.5' }],
    },
  ])
})

const bad: readonly (readonly [what: string, cells: Cells, reason: RegExp])[] = [
  ['a stock adjustment without C', { quantity: '-10', price: '0' }, /^Quantity -10 is not above 0 on a sale$/],
  ['a positive quantity on a credit note', { no: 'C536365' }, /^Quantity 6 is not below 0 on a credit note$/],
  ['no pieces', { quantity: '0' }, /^Quantity 0 is not above 0/],
  ['half a piece', { quantity: '1.5' }, /^Quantity "1.5" is not a whole number$/],
  ['no quantity', { quantity: '' }, /^Quantity "" is not a whole number$/],
  ['more pieces than anybody sells', { quantity: '1000001' }, /^Quantity 1000001 is above 1000000$/],
  ['a free line', { price: '0' }, /^UnitPrice is 0$/],
  ['a free line with decimals', { price: '0.000' }, /^UnitPrice is 0$/],
  ['a negative price', { price: '-11062.06' }, /^UnitPrice "-11062.06" is not a decimal with at most three decimals$/],
  ['four decimals', { price: '0.0001' }, /at most three decimals/],
  ['a price with an exponent', { price: '1e2' }, /at most three decimals/],
  ['a bad-debt adjustment', { no: 'A563185' }, /^InvoiceNo "A563185" is neither six digits nor C and six digits$/],
  ['a short invoice number', { no: '53636' }, /neither six digits/],
  ['a date of another country', { date: '2010-12-01 08:26' }, /^InvoiceDate "2010-12-01 08:26" is not a month/],
  ['a day that does not exist', { date: '2/30/11 8:26' }, /^InvoiceDate/],
  ['no product', { sku: '' }, /^StockCode is empty$/],
  ['a product that cannot name a stream', { sku: 'A\u0000B' }, /^StockCode "A\\u0000B" holds control characters$/],
  ['a product with an endless name', { sku: 'x'.repeat(81) }, /^StockCode is longer than 80 characters$/],
]

for (const [what, cells, reason] of bad) {
  test(`${what} is rejected by its line, and the rest of the invoice goes on`, () => {
    const all = found(
      header +
        line({ no: '536364' }) +
        line({ ...cells, no: cells.no ?? '536365' }) +
        line({ no: '536365', price: '0.001' }),
    )
    const [rejected] = all.filter((each) => each.kind === 'rejected')
    assert.equal(rejected?.line, 3)
    assert.match(rejected.reason, reason)
    assert.deepEqual(
      all.flatMap((each) => (each.kind === 'sale' ? [[each.number, each.items.length]] : [])),
      [
        ['536364', 1],
        ['536365', 1],
      ],
    )
  })
}

test('missing columns, faulty quotes and descriptions of every kind stay with their line', () => {
  const file = Buffer.concat([
    Buffer.from(`${header}536365,85123A,"HEART, ""WHITE"" T-LIGHT",6,12/1/10 8:26,2.55,17850,France\n`),
    Buffer.from('536365,71053\n536365,"71"053,LANTERN,6,12/1/10 8:26,3.39,17850,France\n'),
    Buffer.from(
      '536365,22752,,2,12/1/10 8:26,7.65,17850,France\n536365,22753,CAF\xc9 \xa3 6" RULER,1,12/1/10 8:26,1,17850,France\n',
      'latin1',
    ),
  ])
  assert.deepEqual(
    rejectedOf(file).map(({ line, reason }) => [line, reason]),
    [
      [3, '2 fields instead of 8'],
      [4, 'text follows a closing quote'],
    ],
  )
  assert.deepEqual(
    invoicesOf(file).flatMap(({ items }) => items.map(({ sku }) => sku)),
    ['85123A', '22752', '22753'],
  )
})

test('a large line and its reversal are a sale and a credit note', () => {
  const [sale, reversal] = invoicesOf(
    header + line({ no: '581483', quantity: '80995' }) + line({ no: 'C581484', quantity: '-80995' }),
  )
  assert.deepEqual(
    [sale?.items[0]?.quantity, reversal?.kind, reversal?.items[0]?.quantity],
    [80_995, 'creditNote', 80_995],
  )
})

test("lines without customer are the guest's; one line with a customer names it for the invoice", () => {
  const [guest, named] = invoicesOf(
    header + line({ no: '536365', customer: '' }) + line({ no: '536366', customer: '' }) + line({ no: '536366' }),
  )
  assert.deepEqual([guest?.customerId, named?.customerId], [undefined, '17850'])
})

test('a line of another country than its invoice is rejected; no country means the United Kingdom', () => {
  assert.match(
    rejectedOf(header + line() + line({ country: 'Spain' }))[0]?.reason ?? '',
    /^Country "Spain" is not that of the invoice/,
  )
  assert.equal(invoicesOf(header + line({ country: '' }))[0]?.country, 'United Kingdom')
})

test('a second group of lines of a known invoice is rejected line by line', () => {
  const file =
    header +
    line({ no: '536365' }) +
    line({ no: '536366' }) +
    line({ no: '536365' }) +
    line({ no: '536365' }) +
    line({ no: '536366' })
  assert.deepEqual(
    rejectedOf(file).map(({ line }) => line),
    [4, 5, 6],
  )
  assert.deepEqual(
    invoicesOf(file).map(({ items }) => items.length),
    [1, 1],
  )
})

test('a line without a valid invoice number separates no lines of an invoice', () => {
  const file = header + line() + line({ no: 'A536365' }) + 'broken\n' + line()
  assert.deepEqual(
    invoicesOf(file).map(({ items }) => items.length),
    [2],
  )
})

test('an invoice and a credit note with the same digits are two documents', () => {
  assert.deepEqual(
    invoicesOf(header + line() + line({ no: 'C536365', quantity: '-1' })).map(({ kind }) => kind),
    ['sale', 'creditNote'],
  )
})

test('an invoice has at most 2,000 lines', () => {
  const file = header + line().repeat(2_001)
  assert.deepEqual(rejectedOf(file), [
    { kind: 'rejected', line: 2_002, reason: 'its invoice has more than 2000 lines' },
  ])
})

test('columns are found by name, in any order, with others between them', () => {
  const [sale] = invoicesOf(
    'Country,customerid,extra,UNITPRICE,InvoiceDate,Quantity,Description,StockCode,InvoiceNo\n' +
      'Spain,1,?,2.5,7/1/2011 10:00,3,LAMP,L,536365\n',
  )
  assert.deepEqual(
    [sale?.country, sale?.occurredAt, sale?.items],
    ['Spain', '2011-07-01T09:00:00.000Z', [{ sku: 'L', quantity: 3, unitPrice: '2.5' }]],
  )
})

test('a file whose first line names no columns, or that is empty, is no invoice file', () => {
  assert.throws(() => found(line()), { code: 'invalid_csv', message: /InvoiceNo, StockCode/ })
  assert.throws(() => found(''), { code: 'invalid_csv', message: /empty/ })
})

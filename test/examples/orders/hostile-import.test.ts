import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { importFile } from '../../../examples/orders/importer/import-file.ts'
import type { RejectedLine } from '../../../examples/orders/importer/import-rule.ts'
import { InvoiceFile } from '../../../examples/orders/importer/read-invoices.ts'
import { openShop } from '../../../examples/orders/open.ts'
import { run } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const folder = folderOfStores()
const columns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
]
const header = `${columns.join(',')}\r\n`
const [one, two, three] = [536365, 536366, 536367]

/** A good line, with some of its cells replaced. */
function line(invoice: number | string, cells: { readonly [column: string]: string } = {}): string {
  const good = ['LAMP', 'a red lamp', '1', '12/1/10 8:26', '2.55', '17850', 'France']
  return `${[invoice, ...good.map((cell, index) => cells[columns[index + 1] as string] ?? cell)].join(',')}\r\n`
}

/** An invoice of two good lines. */
const invoice = (number: number): string => line(number) + line(number, { StockCode: 'DESK' })
const latin1 = (content: string): Buffer => Buffer.from(content, 'latin1')

/** A file that gives its good lines: how many orders, and what it says of each other line. */
type Taken = readonly [what: string, content: string | Uint8Array, orders: number, leftOut: readonly string[]]

const bad = (cells: { readonly [column: string]: string }): string => invoice(one) + line(two, cells) + invoice(three)

const taken: readonly Taken[] = [
  ['a header alone', header, 0, []],
  ['a header without a line end', header.trim(), 0, []],
  [
    'LF, a byte order mark and no line end at the end',
    `\ufeff${header}${invoice(one)}`.replaceAll('\r', '').trim(),
    1,
    [],
  ],
  ['Latin-1', latin1(header + bad({ StockCode: 'caf\xe9' })), 3, []],
  ['bytes that are no UTF-8', Buffer.concat([latin1(header + line(one, { Description: '\xff\xfe\xc3\x28' }))]), 1, []],
  [
    'everything that a line can be',
    header +
      invoice(one) +
      [
        line(two, { StockCode: 'A\0B' }),
        line(two, { StockCode: '' }),
        line(two, { StockCode: 'x'.repeat(10_000) }),
        line(two, { CustomerID: '\u001b[2J' }),
        line(two, { Country: 'x'.repeat(81) }),
        line(two, { Quantity: '0' }),
        line(two, { Quantity: '1.5' }),
        line(two, { Quantity: '9007199254740993' }),
        line(two, { Quantity: '1000001' }),
        line(two, { UnitPrice: '0' }),
        line(two, { UnitPrice: '-1' }),
        line(two, { UnitPrice: '1e3' }),
        line(two, { UnitPrice: '0.0001' }),
        line(two, { UnitPrice: '123456789012345678901234567890' }),
        line(two, { InvoiceDate: '2/30/10 8:26' }),
        line('__proto__'),
        line(`${'9'.repeat(10_000)}`),
        line(two, { Description: `"a"b` }),
        `${two},half a line\r\n`,
        `${'"'.repeat(600_000)}\r\n`,
        '\0\0\0\r\n',
      ].join('') +
      invoice(three) +
      line(one),
    2,
    [
      String.raw`line 4: StockCode "A\u0000B" holds control characters`,
      'line 5: StockCode is empty',
      'line 6: StockCode is longer than 80 characters',
      String.raw`line 7: CustomerID "\u001b[2J" holds control characters`,
      'line 8: Country is longer than 80 characters',
      'line 9: Quantity 0 is not above 0 on a sale',
      'line 10: Quantity "1.5" is not a whole number',
      'line 11: Quantity "9007199254740993" is not a whole number',
      'line 12: Quantity 1000001 is above 1000000',
      'line 13: UnitPrice is 0',
      'line 14: UnitPrice "-1" is not a decimal with at most three decimals',
      'line 15: UnitPrice "1e3" is not a decimal with at most three decimals',
      'line 16: UnitPrice "0.0001" is not a decimal with at most three decimals',
      'line 17: UnitPrice "123456789012345678901234567890" is not a decimal with at most three decimals',
      'line 18: InvoiceDate "2/30/10 8:26" is not a month/day/year hour:minute',
      'line 19: InvoiceNo "__proto__" is neither six digits nor C and six digits',
      `line 20: InvoiceNo "${'9'.repeat(40)}…" is neither six digits nor C and six digits`,
      'line 21: text follows a closing quote',
      'line 22: 2 fields instead of 8',
      'line 23: 1 fields instead of 8',
      'line 24: 1 fields instead of 8',
      'line 27: its invoice ended on an earlier line',
    ],
  ],
  [
    'strange names',
    header +
      ['__proto__', '../../x', "'; drop table ew_events; --", '%00', '\u{1f600}']
        .map((sku, index) => line(one + index, { StockCode: sku, CustomerID: sku, Country: sku }))
        .join(''),
    5,
    [],
  ],
]

/** A file that is no CSV: the one line that the command says, and how many whole orders may stand in front of it. */
type Refused = readonly [
  what: string,
  make: string | Uint8Array | ((file: string) => void),
  says: RegExp,
  orders: number,
]

const noColumns = /^invalid_csv: line 1: the first line must name the columns; InvoiceNo, .* missing\.$/
const refused: readonly Refused[] = [
  ['no file', () => undefined, /^unreadable_file: .* cannot be read: there is no such file\.$/, 0],
  ['a folder', (file) => mkdirSync(file), /^unreadable_file: .* cannot be read: it is a folder\.$/, 0],
  ['an empty file', '', /^invalid_csv: the file is empty\. Its first line must name InvoiceNo, /, 0],
  ['empty lines', '\r\n\n\r\n', /^invalid_csv: the file is empty\. /, 0],
  ['no header', invoice(one), noColumns, 0],
  ['semicolons', (header + invoice(one)).replaceAll(',', ';'), noColumns, 0],
  [
    'a header without a column',
    header.replace('UnitPrice', 'Price'),
    /^invalid_csv: line 1: .*; UnitPrice missing\.$/,
    0,
  ],
  ['a zip', Buffer.concat([latin1('PK\x03\x04'), Buffer.alloc(100_000, 7)]), noColumns, 0],
  ['NUL bytes', Buffer.alloc(100_000), noColumns, 0],
  [
    'UTF-16',
    Buffer.from(`\ufeff${header}${invoice(one)}`, 'utf16le'),
    /^invalid_csv: line 1: .* UTF-16\. Save it as UTF-8/,
    0,
  ],
  [
    'a line of 10 MB',
    header + invoice(one) + invoice(two) + 'x'.repeat(10_000_000),
    /^invalid_csv: line 6: .* 1 MiB\./,
    2,
  ],
  [
    'a quote that never closes',
    header + invoice(one) + invoice(two) + line(three, { Description: '"x' }) + invoice(one + 3),
    /^invalid_csv: line 6: a quote opens on this line and never closes\. Close it in the file\.$/,
    2,
  ],
]

/** Imports a file into a store of its own; answers what the import says, and how it ends. */
async function imported(store: string, path: string): Promise<{ said: string[]; summary?: object; error?: Error }> {
  const said: string[] = []
  const watcher = {
    progress: () => undefined,
    rejected: ({ line, reason }: RejectedLine) => void said.push(`line ${line}: ${reason}`),
  }
  const shop = await openShop(store)
  try {
    const file = await InvoiceFile.open(path)
    const { durationMs, ...summary } = await importFile(shop, file, watcher, new AbortController().signal)
    return { said, summary }
  } catch (error) {
    return { said, error: error as Error }
  } finally {
    await shop.stop()
  }
}

describe('the import takes the good lines and says why it leaves out each of the others:', () => {
  for (const [index, [what, content, orders, leftOut]] of taken.entries()) {
    test(what, async () => {
      const [file, store] = [join(folder, `taken-${index}.csv`), join(folder, `taken-${index}.db`)]
      writeFileSync(file, content)
      const { said, summary, error } = await imported(store, file)
      assert.equal(error, undefined)
      assert.deepEqual(summary, { orders, creditNotes: 0, rejectedLines: leftOut.length, new: orders })
      assert.deepEqual(said, leftOut)
      assert.equal(ordersIn(store).length, orders)
    })
  }
})

describe('the import says in a line why it cannot take a file, and stores no order by half:', () => {
  for (const [index, [what, make, says, orders]] of refused.entries()) {
    test(what, async () => {
      const [file, store] = [join(folder, `refused-${index}.csv`), join(folder, `refused-${index}.db`)]
      if (typeof make === 'function') make(file)
      else writeFileSync(file, make)
      const { error, said } = await imported(store, file)
      assert.match(`${(error as { code?: string }).code}: ${error?.message}`, says)
      assert.deepEqual(said, [])
      const stored = ordersIn(store)
      assert.ok(stored.length <= orders, `${stored.length} orders`)
      for (const items of stored)
        assert.deepEqual(
          items.map(({ sku }) => sku),
          ['LAMP', 'DESK'],
        )
    })
  }
})

test('the command says all of it too, and ends with 0 if lines were left out, with 1 if it broke off', async () => {
  const everything = taken.find(([what]) => what.startsWith('everything')) as Taken
  const torn = refused.find(([what]) => what.startsWith('a quote')) as Refused
  const [file, tornFile] = [join(folder, 'everything.csv'), join(folder, 'torn.csv')]
  writeFileSync(file, everything[1])
  writeFileSync(tornFile, torn[1] as string)
  const commands = [run('import.ts', ':memory:', file, '--rejected'), run('import.ts', ':memory:', tornFile)] as const
  assert.deepEqual(await Promise.all(commands.map(({ ended }) => ended)), [0, 1])
  const [whole, broken] = commands.map(({ said }) => said)
  assert.deepEqual(whole?.error.split('\n'), [...everything[3].map((each) => each.replace(': ', ' left out: ')), ''])
  assert.match(whole?.out ?? '', /^2 orders, 0 credit notes, 22 rejected lines; new: 2; /)
  assert.match(broken?.error.trim() ?? '', torn[2])
})

/** The items of every order that was created, as its event has them. */
function ordersIn(store: string): { readonly sku: string }[][] {
  const file = new DatabaseSync(store, { readOnly: true })
  const found = file.prepare(`select data from ew_events where type = 'OrderCreated' order by seq`).all()
  file.close()
  return found.map(({ data }) => (JSON.parse(String(data)) as { items: { sku: string }[] }).items)
}

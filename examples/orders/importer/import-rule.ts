import { InvalidCsv, type CsvRecord } from './csv.ts'
import { invoiceInstant } from './invoice-date.ts'

/** One valid line. The quantity is positive, on a credit note too. */
export interface InvoiceItem {
  readonly sku: string
  readonly quantity: number
  readonly unitPrice: string
}

/** An invoice with its valid lines; `number` has six digits. */
export interface Invoice {
  readonly kind: 'sale' | 'creditNote'
  readonly number: string
  /** Undefined for a guest. */
  readonly customerId: string | undefined
  readonly country: string
  /** UTC text. */
  readonly occurredAt: string
  readonly items: readonly InvoiceItem[]
}

/** A line that is left out, and why. */
export interface RejectedLine {
  readonly kind: 'rejected'
  readonly line: number
  readonly reason: string
}

/** What a file holds, in the order of its lines. */
export type Found = Invoice | RejectedLine

const columnNames = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const
type ColumnName = (typeof columnNames)[number]
type Cells = Readonly<Record<ColumnName, string>>
type Open = { -readonly [K in keyof Invoice]: Invoice[K] } & { readonly items: InvoiceItem[] }

const numberForm = /^C?\d{6}$/
const wholeNumber = /^-?\d{1,9}$/
const price = /^\d{1,9}(\.\d{1,3})?$/
const longestName = 80
const mostItems = 2_000
const mostPieces = 1_000_000
const control = /\p{Cc}/u

/**
 * The import rule: turns records into sales, credit notes and rejected lines. An invoice is complete when a line of
 * another invoice follows or the file ends; its lines must stand together, later ones are rejected. A line without a
 * valid invoice number belongs to no invoice and separates none.
 */
export class ImportRule {
  #columns: readonly number[] | undefined
  #key = ''
  #open: Open | undefined
  readonly #seen = new InvoiceNumbers()

  /** What is known after this record: the invoice that it ends, the rejection of its line, both, or nothing. */
  push(record: CsvRecord): Found[] {
    if (this.#columns === undefined) {
      this.#columns = columnsOf(record)
      return []
    }
    const columnCount = this.#columns.length
    if (record.fault !== undefined) return [rejected(record, record.fault)]
    if (record.fields.length < columnCount) {
      return [rejected(record, `${record.fields.length} fields instead of ${columnCount}`)]
    }
    const cells = cellsOf(record, this.#columns)
    if (!numberForm.test(cells.InvoiceNo)) return [rejected(record, badInvoiceNumber(cells.InvoiceNo))]
    const found = cells.InvoiceNo === this.#key ? [] : this.#begin(cells.InvoiceNo)
    const reason = this.#key === '' ? 'its invoice ended on an earlier line' : this.#add(cells)
    return reason === undefined ? found : [...found, rejected(record, reason)]
  }

  /** The last invoice. */
  end(): Found[] {
    if (this.#columns === undefined)
      throw new InvalidCsv(`the file is empty. Its first line must name ${columnNames.join(', ')}.`)
    return this.#begin('')
  }

  /** Whether an invoice with this number has begun. */
  hasSeen(invoiceNumber: string): boolean {
    return numberForm.test(invoiceNumber) && this.#seen.has(invoiceNumber)
  }

  #begin(key: string): Found[] {
    const ended = this.#open
    this.#open = undefined
    this.#key = key === '' || this.#seen.take(key) ? key : ''
    return ended === undefined ? [] : [ended]
  }

  /** Adds the line to the open invoice; answers why not. */
  #add(cells: Cells): string | undefined {
    const kind = this.#key.startsWith('C') ? 'creditNote' : 'sale'
    const fault = faultOf(cells, kind)
    if (fault !== undefined) return fault
    const occurredAt = invoiceInstant(cells.InvoiceDate)
    if (occurredAt === undefined) return `InvoiceDate ${shown(cells.InvoiceDate)} is not a month/day/year hour:minute`
    const { StockCode: sku, UnitPrice: unitPrice } = cells
    const country = cells.Country === '' ? 'United Kingdom' : cells.Country
    const customerId = cells.CustomerID === '' ? undefined : cells.CustomerID
    const number = this.#key.slice(-6)
    this.#open ??= { kind, number, customerId, country, occurredAt, items: [] }
    if (this.#open.country !== country) return `Country ${shown(country)} is not that of the invoice's first line`
    if (this.#open.items.length === mostItems) return `its invoice has more than ${mostItems} lines`
    this.#open.customerId ??= customerId
    this.#open.items.push({ sku, quantity: Math.abs(Number(cells.Quantity)), unitPrice })
    return undefined
  }
}

/** A bit for each possible invoice number, so that memory does not grow with the file. */
class InvoiceNumbers {
  readonly #bits = new Uint8Array(2_000_000 / 8)

  has(key: string): boolean {
    const index = indexOf(key)
    return (this.#bits[index >> 3]! & (1 << (index & 7))) !== 0
  }

  /** True the first time, false when the number was taken before. */
  take(key: string): boolean {
    if (this.has(key)) return false
    const index = indexOf(key)
    this.#bits[index >> 3]! |= 1 << (index & 7)
    return true
  }
}

function indexOf(key: string): number {
  return Number(key.slice(-6)) + (key.length > 6 ? 1_000_000 : 0)
}

function columnsOf(header: CsvRecord): readonly number[] {
  const names = header.fields.map((name) => name.trim().toLowerCase())
  const columns = columnNames.map((name) => names.indexOf(name.toLowerCase()))
  const missing = columnNames.filter((_, index) => columns[index] === -1)
  if (missing.length > 0) {
    throw new InvalidCsv(`line ${header.line}: the first line must name the columns; ${missing.join(', ')} missing.`)
  }
  return columns
}

function cellsOf(record: CsvRecord, columns: readonly number[]): Cells {
  return Object.fromEntries(
    columnNames.map((name, index) => [name, (record.fields[columns[index]!] ?? '').trim()]),
  ) as Record<ColumnName, string>
}

function faultOf(cells: Cells, kind: Invoice['kind']): string | undefined {
  const { Quantity: quantity, UnitPrice: unitPrice, StockCode: sku, CustomerID: customer, Country: country } = cells
  if (!wholeNumber.test(quantity)) return `Quantity ${shown(quantity)} is not a whole number`
  if (kind === 'sale' && Number(quantity) <= 0) return `Quantity ${quantity} is not above 0 on a sale`
  if (kind === 'creditNote' && Number(quantity) >= 0) return `Quantity ${quantity} is not below 0 on a credit note`
  if (Math.abs(Number(quantity)) > mostPieces) return `Quantity ${quantity} is above ${mostPieces}`
  if (!price.test(unitPrice)) return `UnitPrice ${shown(unitPrice)} is not a decimal with at most three decimals`
  if (Number(unitPrice) === 0) return 'UnitPrice is 0'
  if (sku === '') return 'StockCode is empty'
  return nameFault('StockCode', sku) ?? nameFault('CustomerID', customer) ?? nameFault('Country', country)
}

/** Why a text cannot name a thing: streams are named after stock codes. */
function nameFault(column: ColumnName, text: string): string | undefined {
  if (text.length > longestName) return `${column} is longer than ${longestName} characters`
  return control.test(text) ? `${column} ${shown(text)} holds control characters` : undefined
}

function badInvoiceNumber(text: string): string {
  return `InvoiceNo ${shown(text)} is neither six digits nor C and six digits`
}

function rejected(record: CsvRecord, reason: string): RejectedLine {
  return { kind: 'rejected', line: record.line, reason }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

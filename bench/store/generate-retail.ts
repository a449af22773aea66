import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { once } from 'node:events'
import { Assortment, type Product } from './retail-assortment.ts'
import { Dice } from './dice.ts'

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n'
const firstInvoice = 536_365
const chunkBytes = 256 * 1024
const linesOfSales = { customer: 17, guest: 62 }

/** A line of an invoice before its customer is known. */
interface Line {
  readonly product: Product
  readonly quantity: number
  readonly unitPrice: string
}

/**
 * Writes an invoice file with exactly so many lines, the same for the same number: the shape and the dirt of the year
 * that the sample is the beginning of (about 21 lines an invoice, 4,000 products of which few sell often, 15 % credit
 * notes, a quarter of the lines without a customer), written in Windows-1252.
 */
export async function generateRetail(path: string, lines: number, seed = 1): Promise<void> {
  const out = createWriteStream(path)
  let text = header
  for (const line of retailLines(lines, seed)) {
    text += line
    if (text.length < chunkBytes) continue
    if (!out.write(Buffer.from(text, 'latin1'))) await once(out, 'drain')
    text = ''
  }
  out.end(Buffer.from(text, 'latin1'))
  await finished(out)
}

/** The lines one by one, each with its line end. */
export function* retailLines(lines: number, seed = 1): Generator<string> {
  const writer = new InvoiceWriter(lines, new Dice(seed))
  let left = lines
  while (left > 0) {
    for (const line of writer.next(lines - left)) {
      if (left-- === 0) return
      yield line
    }
  }
}

class InvoiceWriter {
  readonly #dice: Dice
  readonly #lines: number
  readonly #assortment = new Assortment()
  #number = firstInvoice
  #count = 0

  constructor(lines: number, dice: Dice) {
    this.#lines = lines
    this.#dice = dice
  }

  /** The lines of the next invoice; `written` lines stand before it. */
  next(written: number): string[] {
    const dice = this.#dice
    this.#number += dice.below(20) === 0 ? 2 : 1
    const moment = momentOf(written / this.#lines, dice)
    const count = this.#count++
    if (count % 8_600 === 8_599) return this.#badDebt(moment)
    if (count % 9_000 === 4_000) return this.#giant('', moment)
    if (count % 9_000 === 4_001) return this.#giant('C', moment)
    const kind = dice.below(1000)
    if (kind < 148) return this.#creditNote(moment)
    if (kind < 190) return this.#adjustment(moment)
    return this.#sale(moment)
  }

  #sale(moment: Date): string[] {
    const dice = this.#dice
    const isGuest = dice.below(100) < 9
    const size = Math.min(1_100, dice.skewed(isGuest ? linesOfSales.guest : linesOfSales.customer))
    const lines = Array.from({ length: size }, (): Line => {
      const product = this.#assortment.pick(dice)
      const quantity = dice.below(40) === 0 ? 24 * (1 + dice.below(40)) : 1 + dice.below(12)
      return { product, quantity, unitPrice: dice.below(5_000) === 0 ? '0.001' : product.unitPrice }
    })
    // The same product stands on one invoice more than once now and then.
    if (size > 3 && dice.below(6) === 0) lines[size - 1] = { ...lines[0]!, quantity: 1 }
    const customer = isGuest ? guest : this.#customer()
    if (isGuest && dice.below(2) === 0)
      lines.push({ product: this.#assortment.of('DOT'), quantity: 1, unitPrice: '54.17' })
    if (customer.country !== guest.country)
      lines.push({ product: this.#assortment.of('POST'), quantity: 1, unitPrice: '18.00' })
    return this.#write('', lines, moment, customer)
  }

  #creditNote(moment: Date): string[] {
    const dice = this.#dice
    const lines = Array.from({ length: dice.skewed(2) }, (): Line => {
      const product =
        dice.below(25) === 0 ? this.#assortment.of(dice.below(2) === 0 ? 'D' : 'M') : this.#assortment.pick(dice)
      return { product, quantity: -1 - dice.below(6), unitPrice: product.unitPrice }
    })
    return this.#write('C', lines, moment, this.#customer())
  }

  /** A correction of stock on a number without C: nobody's, at price 0, mostly without a description. */
  #adjustment(moment: Date): string[] {
    const product = this.#assortment.pick(this.#dice)
    const description = ['', '', 'damaged', 'lost?', 'check'][this.#dice.below(5)]!
    const quantity = this.#dice.below(3) === 0 ? 1 + this.#dice.below(50) : -1 - this.#dice.below(400)
    return this.#write('', [{ product: { ...product, description }, quantity, unitPrice: '0' }], moment, guest)
  }

  #badDebt(moment: Date): string[] {
    return this.#write('A', [{ product: this.#assortment.of('B'), quantity: 1, unitPrice: '-11062.06' }], moment, guest)
  }

  #giant(letter: '' | 'C', moment: Date): string[] {
    const quantity = letter === 'C' ? -80_995 : 80_995
    return this.#write(letter, [{ product: this.#assortment.at(17), quantity, unitPrice: '2.08' }], moment, {
      id: '16446',
      country: guest.country,
    })
  }

  #customer(): Customer {
    const n = this.#dice.below(4_372)
    return { id: String(12_346 + n), country: n % 11 === 0 ? abroad[n % abroad.length]! : guest.country }
  }

  #write(letter: string, lines: readonly Line[], moment: Date, { id, country }: Customer): string[] {
    const later = this.#dice.below(100) === 0 ? Math.floor(lines.length / 2) : Infinity
    return lines.map(({ product, quantity, unitPrice }, index) => {
      const when = dateText(index >= later ? new Date(moment.getTime() + 60_000) : moment)
      return `${letter}${this.#number},${product.code},${quoted(product.description)},${quantity},${when},${unitPrice},${id},${country}\n`
    })
  }
}

interface Customer {
  readonly id: string
  readonly country: string
}

const guest: Customer = { id: '', country: 'United Kingdom' }
const abroad = [
  'Germany',
  'France',
  'EIRE',
  'Spain',
  'Netherlands',
  'Belgium',
  'Switzerland',
  'Portugal',
  'Australia',
  'Norway',
  'Channel Islands',
  'Italy',
  'Finland',
  'Cyprus',
  'Sweden',
  'Unspecified',
  'Austria',
  'Denmark',
  'Japan',
  'Poland',
  'Israel',
  'USA',
  'Hong Kong',
  'Singapore',
  'Iceland',
  'Canada',
  'Greece',
  'Malta',
  'RSA',
  'Lebanon',
  'Brazil',
  'European Community',
]

/** British local time, read as if it were UTC: within opening hours, from December 2010 on. */
function momentOf(share: number, dice: Dice): Date {
  const day = Math.floor(share * 373)
  return new Date(Date.UTC(2010, 11, 1 + day, 8 + dice.below(10), dice.below(59)))
}

function dateText(moment: Date): string {
  const minutes = String(moment.getUTCMinutes()).padStart(2, '0')
  return `${moment.getUTCMonth() + 1}/${moment.getUTCDate()}/${moment.getUTCFullYear() % 100} ${moment.getUTCHours()}:${minutes}`
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

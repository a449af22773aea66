import { failure } from './errors.ts'
import { describeValue } from './json-value.ts'
import type { Flavour } from './text.ts'

/** An exact decimal number as text. Its canonical form has exactly as many digits after the point as its scale. */
export type Decimal = Flavour<'decimal'>

/** What arithmetic takes: a decimal text, a bigint, or a safe integer. Anything else throws `EW_VALUE`. */
export type DecimalOperand = Decimal | bigint | number

/** How a digit is decided that lies exactly in the middle: to the even neighbour, or away from zero. */
export type Rounding = 'half-even' | 'half-up'

/** Exact arithmetic on decimal texts. Results are canonical: no leading zeros, no `-0`, all digits of their scale. */
export interface DecimalArithmetic {
  /** The sum, at the larger scale of the two. */
  add(a: DecimalOperand, b: DecimalOperand): Decimal
  /** The difference, at the larger scale of the two. */
  sub(a: DecimalOperand, b: DecimalOperand): Decimal
  /** The product; its scale is the sum of both scales. */
  mul(a: DecimalOperand, b: DecimalOperand): Decimal
  /** The sum of many, at the largest scale among them; `0` for none. */
  sum(values: Iterable<DecimalOperand>): Decimal
  negate(value: DecimalOperand): Decimal
  /** Orders by value, so `1.0` equals `1.00`: for `sort`, and for tests against `'0'`. */
  compare(a: DecimalOperand, b: DecimalOperand): -1 | 0 | 1
  /** The value with exactly `scale` digits after the point; `half-even` unless said otherwise. */
  round(value: DecimalOperand, scale: number, rounding?: Rounding): Decimal
  /** The value times ten to the power of `scale`: a whole number, or `EW_VALUE` when digits would be lost. */
  units(value: DecimalOperand, scale: number): bigint
  /** The inverse of `units`. */
  fromUnits(units: bigint, scale: number): Decimal
}

/** Exact decimal arithmetic; see `DecimalArithmetic`. */
export const decimal: DecimalArithmetic = Object.freeze({
  add: (a: DecimalOperand, b: DecimalOperand) => plus(read(a), read(b), 1n),
  sub: (a: DecimalOperand, b: DecimalOperand) => plus(read(a), read(b), -1n),
  mul(a: DecimalOperand, b: DecimalOperand) {
    const [left, right] = [read(a), read(b)]
    return format(left.units * right.units, left.scale + right.scale)
  },
  sum(values: Iterable<DecimalOperand>) {
    let [units, scale] = [0n, 0]
    for (const value of values) {
      const next = read(value)
      if (next.scale > scale) [units, scale] = [units * power(next.scale - scale), next.scale]
      units += next.units * power(scale - next.scale)
    }
    return format(units, scale)
  },
  negate(value: DecimalOperand) {
    const { units, scale } = read(value)
    return format(-units, scale)
  },
  compare(a: DecimalOperand, b: DecimalOperand) {
    const [left, right] = [read(a), read(b)]
    const scale = Math.max(left.scale, right.scale)
    const difference = atScale(left, scale) - atScale(right, scale)
    return difference === 0n ? 0 : difference < 0n ? -1 : 1
  },
  round(value: DecimalOperand, scale: number, rounding: Rounding = 'half-even') {
    const exact = read(value)
    checkScale(scale)
    if (exact.scale <= scale) return format(atScale(exact, scale), scale)
    return format(divide(exact.units, power(exact.scale - scale), rounding), scale)
  },
  units(value: DecimalOperand, scale: number) {
    const exact = read(value)
    checkScale(scale)
    if (exact.scale <= scale) return atScale(exact, scale)
    const divisor = power(exact.scale - scale)
    if (exact.units % divisor === 0n) return exact.units / divisor
    throw failure('EW_VALUE', `${describeValue(value)} has more than ${scale} digits after the point.`)
  },
  fromUnits(units: bigint, scale: number) {
    checkScale(scale)
    return format(units, scale)
  },
})

/**
 * The canonical text at `scale`, or null when the text is no decimal number (`1e3`, `.5`, `+1`), has digits other than
 * zeros beyond the scale, or has more than `precision` digits in all.
 */
export function canonicalDecimal(text: string, precision: number, scale: number): Decimal | null {
  if (isCanonical(text, precision, scale)) return text
  if (text.length > maxLength) return null
  const match = pattern.exec(text)
  if (match === null) return null
  const fraction = match[3] ?? ''
  if (!zeros.test(fraction.slice(scale))) return null
  const kept = fraction.slice(0, scale).padEnd(scale, '0')
  const digits = BigInt(`${match[2]}${kept}`)
  if (digits >= power(precision)) return null
  return format(match[1] === '-' ? -digits : digits, scale)
}

interface Exact {
  readonly units: bigint
  readonly scale: number
}

const pattern = /^(-?)(\d+)(?:\.(\d+))?$/
const zeros = /^0*$/
const maxLength = 1000
const powers: bigint[] = [1n]

function power(exponent: number): bigint {
  for (let next = powers.length; next <= exponent; next++) powers.push((powers[next - 1] as bigint) * 10n)
  return powers[exponent] as bigint
}

function read(value: DecimalOperand): Exact {
  if (typeof value === 'bigint') return { units: value, scale: 0 }
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { units: BigInt(value), scale: 0 }
  if (typeof value === 'string' && value.length <= maxLength && pattern.test(value)) {
    const point = value.indexOf('.')
    if (point < 0) return { units: BigInt(value), scale: 0 }
    return { units: BigInt(value.slice(0, point) + value.slice(point + 1)), scale: value.length - point - 1 }
  }
  const expected = `expected text like '12.50', a bigint or a whole number`
  throw failure('EW_VALUE', `${describeValue(value)} is not a decimal number: ${expected}.`)
}

function plus(a: Exact, b: Exact, sign: bigint): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return format(atScale(a, scale) + sign * atScale(b, scale), scale)
}

function atScale(value: Exact, scale: number): bigint {
  return value.units * power(scale - value.scale)
}

function divide(units: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = units / divisor
  const rest = units % divisor
  const twice = (rest < 0n ? -rest : rest) * 2n
  const up = twice > divisor || (twice === divisor && (rounding === 'half-up' || quotient % 2n !== 0n))
  return up ? quotient + (units < 0n ? -1n : 1n) : quotient
}

function format(units: bigint, scale: number): Decimal {
  if (scale === 0) return units.toString()
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

function checkScale(scale: number): void {
  if (Number.isInteger(scale) && scale >= 0 && scale <= maxLength) return
  throw failure('EW_VALUE', `${describeValue(scale)} is not a scale: expected a whole number from 0 to ${maxLength}.`)
}

/** The common case without a regular expression or a bigint: digits, one point at its place, no needless zero. */
function isCanonical(text: string, precision: number, scale: number): boolean {
  const start = text.charCodeAt(0) === minus ? 1 : 0
  const point = scale === 0 ? text.length : text.length - scale - 1
  const whole = point - start
  const startsWithZero = text.charCodeAt(start) === zero
  if (startsWithZero ? whole !== 1 || start === 1 : whole < 1 || whole > precision - scale) return false
  return digitsFrom(text, start, point)
}

function digitsFrom(text: string, start: number, point: number): boolean {
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (index === point ? code !== dot : code < zero || code > nine) return false
  }
  return true
}

const [minus, dot, zero, nine] = [45, 46, 48, 57]

import { decimal } from '../base/decimal.ts'
import { intBounds, longBounds } from './check-number.ts'
import type { BytesNode, DecimalNode, DoubleNode, FloatNode, IntNode, LongNode, TextNode } from './node.ts'
import { lengthWithin, pick, wholeWithin, type Random } from './random.ts'

const awkward = ' -_./"\\\'\n\u0001äßéЖ中\u2028'
const characters = [...`abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789${awkward}`]

/** Text of characters of one UTF-16 unit, some of them awkward. */
export function sampleText(node: TextNode, random: Random): string {
  const length = lengthWithin(node, 12, random)
  let text = ''
  while (text.length < length) text += pick(characters, random)
  return text
}

/** A random UUID in lower case. */
export function sampleUuid(random: Random): string {
  let digits = ''
  while (digits.length < 32) digits += wholeWithin(0, 15, random).toString(16)
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A whole number of 32 bits within its bounds. */
export function sampleInt(node: IntNode, random: Random): number {
  const { min = intBounds.min, max = intBounds.max } = node
  const small = random() < 0.5 && min <= 0 && max >= 100
  return small ? wholeWithin(0, 100, random) : wholeWithin(min, max, random)
}

/** A whole number of 64 bits within its bounds. */
export function sampleLong(node: LongNode, random: Random): bigint {
  const min = node.min === undefined ? longBounds.min : BigInt(node.min)
  const max = node.max === undefined ? longBounds.max : BigInt(node.max)
  return wholeBetween(min, max, random)
}

/** A finite number within its bounds; of 32 bits for `float`. */
export function sampleReal(node: FloatNode | DoubleNode, random: Random): number {
  const min = node.min ?? Math.min(-1e6, node.max ?? 0)
  const max = node.max ?? Math.max(1e6, min)
  const value = random() < 0.2 ? pick([min, max], random) : min + random() * (max - min)
  if (node.kind === 'double') return value
  // Rounding to 32 bits may step over a bound by less than the next number of 32 bits.
  const near = Math.fround(value)
  return near < min || near > max ? Math.fround(min + (max - min) / 2) : near
}

/** Bytes within the bounds of their number. */
export function sampleBytes(node: BytesNode, random: Random): Uint8Array {
  return Uint8Array.from({ length: lengthWithin(node, 12, random) }, () => wholeWithin(0, 255, random))
}

/** A canonical decimal within precision and bounds. */
export function sampleDecimal(node: DecimalNode, random: Random): string {
  const limit = 10n ** BigInt(node.precision) - 1n
  const min = node.min === undefined ? -limit : decimal.units(node.min, node.scale)
  const max = node.max === undefined ? limit : decimal.units(node.max, node.scale)
  const small = random() < 0.5 && min <= 0n && max >= 100_000n
  const units = small ? wholeBetween(0n, 100_000n, random) : wholeBetween(min, max, random)
  return decimal.fromUnits(units, node.scale)
}

/** A JSON value of at most `levels` levels. */
export function sampleJson(levels: number, random: Random): unknown {
  const kind = wholeWithin(0, levels > 0 ? 5 : 3, random)
  if (kind === 0) return null
  if (kind === 1) return random() < 0.5
  if (kind === 2) return wholeWithin(-1000, 1000, random) / 8
  if (kind === 3) return sampleText({ kind: 'string' }, random)
  const items = Array.from({ length: wholeWithin(0, 3, random) }, () => sampleJson(levels - 1, random))
  return kind === 4 ? items : Object.fromEntries(items.map((item, index) => [`${pick(keys, random)}${index}`, item]))
}

const keys = ['b', 'a', '1', 'Z', '__proto__']

function wholeBetween(min: bigint, max: bigint, random: Random): bigint {
  const place = random()
  if (place < 0.1) return min
  if (place > 0.9) return max
  const parts = 2n ** 60n
  const share = BigInt(Math.floor(random() * 2 ** 30)) * 2n ** 30n + BigInt(Math.floor(random() * 2 ** 30))
  return min + ((max - min) * share) / parts
}

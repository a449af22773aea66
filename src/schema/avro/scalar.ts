import { timestampOf } from '../../base/clock.ts'
import { decimal } from '../../base/decimal.ts'

/** The bytes of a whole number in two's complement, most significant first, as few as hold it. */
export function bytesOfUnits(units: bigint): Buffer {
  let size = 1
  while (units < -(1n << BigInt(8 * size - 1)) || units >= 1n << BigInt(8 * size - 1)) size++
  const bytes = Buffer.allocUnsafe(size)
  let rest = BigInt.asUintN(8 * size, units)
  for (let index = size - 1; index >= 0; index--) {
    bytes[index] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** The whole number that bytes in two's complement are; none are 0. */
export function unitsOfBytes(bytes: Uint8Array): bigint {
  let units = 0n
  for (const byte of bytes) units = (units << 8n) | BigInt(byte)
  return BigInt.asIntN(Math.max(1, 8 * bytes.length), units)
}

/** The bytes of a canonical decimal text, which has all digits of its scale. */
export function bytesOfDecimal(text: string, scale: number): Buffer {
  return text.length < safeLength
    ? bytesOfSafe(Number(text.replace('.', '')))
    : bytesOfUnits(decimal.units(text, scale))
}

/** The canonical text of the decimal that bytes in two's complement are at a scale. */
export function decimalOfBytes(bytes: Uint8Array, scale: number): string {
  if (bytes.length > safeBytes || bytes.length === 0) return decimal.fromUnits(unitsOfBytes(bytes), scale)
  let units = (bytes[0]! << 24) >> 24
  for (let index = 1; index < bytes.length; index++) units = units * 256 + bytes[index]!
  if (scale === 0) return String(units)
  const digits = String(Math.abs(units)).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${units < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

// Most prices fit a number, which costs a fraction of what a bigint does: 13 digits need 6 bytes at most.
const safeLength = 14
const safeBytes = 6

function bytesOfSafe(units: number): Buffer {
  let [size, limit] = [1, 128]
  for (; units < -limit || units >= limit; limit *= 256) size++
  const bytes = Buffer.allocUnsafe(size)
  let rest = units
  for (let index = size - 1; index >= 0; index--) {
    const byte = ((rest % 256) + 256) % 256
    bytes[index] = byte
    rest = (rest - byte) / 256
  }
  return bytes
}

const dayMs = 86_400_000

/** Days from 1970-01-01 to a date. */
export function daysOfDate(date: string): number {
  return Date.parse(`${date}T00:00:00.000Z`) / dayMs
}

/** The date that lies so many days after 1970-01-01; null outside the years 0000 to 9999. */
export function dateOfDays(days: number): string | null {
  const ms = days * dayMs
  return ms >= firstMs && ms <= lastMs ? new Date(ms).toISOString().slice(0, 10) : null
}

/** Milliseconds since 1970 as a timestamp; null outside the years 0000 to 9999. */
export function timestampOfMs(ms: number): string | null {
  return ms >= firstMs && ms <= lastMs ? timestampOf(ms) : null
}

const firstMs = Date.parse('0000-01-01T00:00:00.000Z')
const lastMs = Date.parse('9999-12-31T23:59:59.999Z')

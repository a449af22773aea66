import { failure } from '../../base/errors.ts'

const textLength = 36
const dash = 0x2d
/** Where in the text the two digits of each byte stand. */
const digits = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const
const values = new Int8Array(128).fill(-1)
Array.from('0123456789abcdef').forEach((digit, value) => {
  values[digit.charCodeAt(0)] = value
})

/**
 * The 16 bytes of an event id. Error: EW_UNIT for a text that is not a UUID in lower case, since it would not come back
 * as it was.
 */
export function bytesOfId(id: string): Uint8Array {
  const bytes = readId(id)
  if (bytes !== undefined) return bytes
  throw failure('EW_UNIT', `The event id ${JSON.stringify(id.slice(0, 60))} is not a UUID in lower case.`)
}

/**
 * The same, or undefined for a text that is none. It runs for every event that is written, where a regular expression
 * costs five times as much.
 */
export function readId(id: string): Uint8Array | undefined {
  if (id.length !== textLength || !isDashed(id)) return undefined
  const bytes = new Uint8Array(digits.length)
  let bad = 0
  for (let index = 0; index < digits.length; index++) {
    const at = digits[index]!
    const high = valueOf(id.charCodeAt(at))
    const low = valueOf(id.charCodeAt(at + 1))
    bad |= high | low
    bytes[index] = (high << 4) | low
  }
  return bad < 0 ? undefined : bytes
}

/**
 * The id of stored bytes that SQL has written as 32 digits, by `lower(hex(id))`: a text reaches JavaScript in half the
 * time that a byte array takes.
 */
export function idOfHex(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function isDashed(id: string): boolean {
  return (
    id.charCodeAt(8) === dash && id.charCodeAt(13) === dash && id.charCodeAt(18) === dash && id.charCodeAt(23) === dash
  )
}

function valueOf(code: number): number {
  return code < values.length ? values[code]! : -1
}

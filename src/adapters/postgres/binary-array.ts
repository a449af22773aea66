/** Object ids of the types that the arrays hold. */
const oid = { int8: 20, int4: 23, text: 25, json: 114, uuid: 2950 } as const

const header = 20

/** Integers of 32 bits as PostgreSQL sends an array: nothing of it needs to be parsed or escaped. */
export function int4Array(numbers: readonly number[]): Uint8Array {
  const buffer = begun(oid.int4, numbers.length, 8 * numbers.length)
  let at = header
  for (const number of numbers) {
    buffer.writeInt32BE(4, at)
    buffer.writeInt32BE(number, at + 4)
    at += 8
  }
  return buffer
}

/** Integers up to 2^53, as 64 bits. */
export function int8Array(numbers: readonly number[]): Uint8Array {
  const buffer = begun(oid.int8, numbers.length, 12 * numbers.length)
  let at = header
  for (const number of numbers) {
    const high = Math.floor(number / 0x1_0000_0000)
    buffer.writeInt32BE(8, at)
    buffer.writeInt32BE(high, at + 4)
    buffer.writeUInt32BE(number - high * 0x1_0000_0000, at + 8)
    at += 12
  }
  return buffer
}

/** UUIDs with their dashes, in lower case. */
export function uuidArray(ids: readonly string[]): Uint8Array {
  const buffer = begun(oid.uuid, ids.length, 20 * ids.length)
  let at = header
  for (const id of ids) {
    buffer.writeInt32BE(16, at)
    at += 4
    for (let digit = 0; digit < uuidText; digit += 2) {
      if (id.charCodeAt(digit) === dash) digit++
      buffer[at++] = (hex(id.charCodeAt(digit)) << 4) | hex(id.charCodeAt(digit + 1))
    }
  }
  return buffer
}

const uuidText = 36
const dash = 0x2d

/** What a digit is worth, 0 to 9 or a to f. */
function hex(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57
}

/** Texts of any content. */
export function textArray(texts: readonly string[]): Uint8Array {
  return texts_(oid.text, texts)
}

/** Texts that are JSON. */
export function jsonArray(texts: readonly string[]): Uint8Array {
  return texts_(oid.json, texts)
}

function texts_(type: number, texts: readonly string[]): Uint8Array {
  let units = 0
  for (const text of texts) units += text.length
  // A unit of UTF-16 takes at most three bytes.
  const buffer = begun(type, texts.length, 4 * texts.length + 3 * units)
  let at = header
  for (const text of texts) {
    const length = buffer.write(text, at + 4)
    buffer.writeInt32BE(length, at)
    at += 4 + length
  }
  return buffer.subarray(0, at)
}

function begun(type: number, count: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(header + bytes)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(0, 4)
  buffer.writeInt32BE(type, 8)
  buffer.writeInt32BE(count, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}

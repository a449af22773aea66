import { failure } from '../../base/errors.ts'

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The 16 bytes of an event id. Error: EW_UNIT for a text that is not a UUID in lower case, since it would not come back
 * as it was.
 */
export function bytesOfId(id: string): Buffer {
  if (!pattern.test(id))
    throw failure('EW_UNIT', `The event id ${JSON.stringify(id.slice(0, 60))} is not a UUID in lower case.`)
  return Buffer.from(id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24), 'hex')
}

/** The id of 16 stored bytes. */
export function idOfBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

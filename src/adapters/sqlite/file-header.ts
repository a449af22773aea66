import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { failure } from '../../base/errors.ts'

/** Stands in the header of every store file: the bytes `EWST`. */
export const applicationId = 0x45575354

const magic = 'SQLite format 3\0'
const headerLength = 100
const applicationIdAt = 68

/**
 * Looks at the first bytes of a file before SQLite opens it, since opening may already write beside it. Answers whether
 * there is nothing yet. Errors: EW_STORE_FOREIGN, EW_STORE_CORRUPT, EW_STORE_FAILED (no file but something else, no
 * access).
 */
export function isNewFile(file: string): boolean {
  const header = readHeader(file)
  if (header === undefined || header.length === 0) return true
  // A crash while the very first pages were written: SQLite rolls it back when it opens the file.
  if (header.every((byte) => byte === 0) && existsSync(`${file}-journal`)) return true
  if (header.length < headerLength || header.toString('latin1', 0, magic.length) !== magic) {
    throw failure('EW_STORE_CORRUPT', `The file ${file} is not a SQLite database, or its beginning is destroyed.`, {
      details: { file },
    })
  }
  if (header.readUInt32BE(applicationIdAt) !== applicationId) {
    throw failure(
      'EW_STORE_FOREIGN',
      `The file ${file} is a SQLite database of another application; it was not touched.`,
      { details: { file } },
    )
  }
  return false
}

function readHeader(file: string): Buffer | undefined {
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    if (!stat.isFile()) throw failure('EW_STORE_FAILED', `${file} is not a file.`, { details: { file } })
    const header = Buffer.alloc(headerLength)
    // For writing too: SQLite opens a file that may only be read, and then every commit fails.
    const descriptor = openSync(file, 'r+')
    try {
      return header.subarray(0, readSync(descriptor, header, 0, headerLength, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw failure('EW_STORE_FAILED', `The file ${file} cannot be read and written.`, {
      details: { file },
      cause: error,
    })
  }
}

import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import type { Database } from '../../examples/orders/store-place.ts'
import { line } from '../cli/line.fixture.ts'

/** A copy of the store in a file that stands beside its outside parties, so that the same books are kept of both. */
export async function copiedBeside({ url, schema, beside }: Database): Promise<string> {
  const { code, err } = await line(dirname(beside), 'store', 'copy', url, beside, '--from-schema', schema, '--json')
  assert.equal(code, 0, err)
  return beside
}

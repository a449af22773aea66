import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpackEvent } from '../../../src/adapters/postgres/packed-event.ts'

const id = '0198f3a2-7c1e-7abc-8def-0123456789ab'
const packed = (fields: readonly (string | number)[]): string => fields.join('\u001f')

test('every field of a packed event comes back as what it was', () => {
  const meta = '{"actor":"\\u001f"}'
  const data = '{"note":"é\\u001f\n"}'
  const text = packed([
    2 ** 53 - 1,
    7,
    -86_400_000,
    1_764_211_111_111,
    4_294_967_295,
    3 * 4 + 2,
    id,
    meta,
    data,
    'Noted',
  ])
  assert.deepEqual(unpackEvent(text, 'Order/1'), {
    id,
    type: 'Noted',
    schemaVersion: 3,
    stream: 'Order/1',
    version: 7,
    partition: 1,
    position: 2 ** 53 - 1,
    occurredAtMs: -86_400_000,
    recordedAtMs: 1_764_211_111_111,
    data,
    meta,
    checksum: 4_294_967_295,
    deleted: false,
  })
})

test('a type may be any text, and deleted data are null', () => {
  const event = unpackEvent(packed([1, 1, 0, 0, 0, 1 * 4 + 1, id, '{}', 'null', 'a\u001fb']), 'Order/1')
  assert.equal(event.type, 'a\u001fb')
  assert.equal(event.data, 'null')
  assert.equal(event.deleted, true)
})

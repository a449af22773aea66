import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOfId, idOfHex, readId } from '../../../src/adapters/sqlite/event-id.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'

const id = '0123abcd-4567-7fff-8000-0123456789ef'

test('ids come back from their bytes as they were', () => {
  fc.assert(fc.property(fc.uuid(), (uuid) => {
    const hex = Buffer.from(bytesOfId(uuid)).toString('hex')
    assert.equal(hex, uuid.replaceAll('-', ''))
    assert.equal(idOfHex(hex), uuid)
  }))
})

test('what is not a UUID in lower case is refused', () => {
  const others = ['A', 'g', '-', ' ', '0', '\u{100}']
  const replaced = Array.from(id, (_, at) => others.map((other) => id.slice(0, at) + other + id.slice(at + 1)))
  for (const text of ['', 'x', id.toUpperCase(), `${id}0`, id.slice(1), id.replaceAll('-', ''), ...replaced.flat()]) {
    if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)) continue
    assert.equal(readId(text), undefined, text)
    assert.throws(() => bytesOfId(text), (error) => isEventwrightError(error, 'EW_UNIT'))
  }
})

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { decimal } from '../../../src/base/decimal.ts'
import {
  bytesOfDecimal,
  bytesOfUnits,
  dateOfDays,
  daysOfDate,
  decimalOfBytes,
  timestampOfMs,
  unitsOfBytes,
} from '../../../src/schema/avro/scalar.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('whole numbers have as few bytes as hold them, and the sign in the first', () => {
  const rows: readonly (readonly [bigint, string])[] = [
    [0n, '00'],
    [127n, '7f'],
    [128n, '0080'],
    [-1n, 'ff'],
    [-128n, '80'],
    [-129n, 'ff7f'],
    [32_768n, '008000'],
    [-32_768n, '8000'],
    [2n ** 63n, '008000000000000000'],
  ]
  for (const [units, bytes] of rows) {
    assert.equal(hex(bytesOfUnits(units)), bytes)
    assert.equal(hex(bytesOfDecimal(String(units), 0)), bytes)
    assert.equal(unitsOfBytes(Buffer.from(bytes, 'hex')), units)
  }
  assert.equal(unitsOfBytes(new Uint8Array()), 0n)
})

test('a decimal of any length has the bytes of its units, and is the same again, with needless bytes too', () => {
  const units = fc.oneof(
    fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
    fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }),
  )
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3 }), (value, scale, padding) => {
      const text = decimal.fromUnits(value, scale)
      const bytes = bytesOfDecimal(text, scale)
      assert.equal(hex(bytes), hex(bytesOfUnits(value)))
      const padded = Uint8Array.from([...new Array<number>(padding).fill(value < 0n ? 255 : 0), ...bytes])
      assert.equal(decimalOfBytes(padded, scale), text)
    }),
    { numRuns: 2000 },
  )
})

test('dates and instants go to the ends of the years 0 to 9999, and no further', () => {
  assert.equal(daysOfDate('1970-01-01'), 0)
  for (const date of ['0000-01-01', '1969-12-31', '2000-02-29', '9999-12-31']) {
    assert.equal(dateOfDays(daysOfDate(date)), date)
    assert.equal(timestampOfMs(Date.parse(date)), `${date}T00:00:00.000Z`)
  }
  for (const days of [daysOfDate('0000-01-01') - 1, daysOfDate('9999-12-31') + 1]) {
    assert.deepEqual([dateOfDays(days), timestampOfMs(days * 86_400_000)], [null, null])
  }
})

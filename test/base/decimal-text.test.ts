import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimalOfText, sortableText } from '../../src/base/decimal-text.ts'
import { decimal } from '../../src/base/decimal.ts'

const units = fc.oneof(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.bigInt({ min: -120n, max: 120n }))

test('long decimals sort as text exactly as they sort as numbers, and come back as they were', () => {
  fc.assert(
    fc.property(units, units, fc.nat(20), (a, b, scale) => {
      const [left, right] = [decimal.fromUnits(a, scale), decimal.fromUnits(b, scale)]
      const [leftText, rightText] = [sortableText(left, scale), sortableText(right, scale)]
      assert.equal(decimalOfText(leftText, scale), left)
      assert.equal(leftText < rightText ? -1 : leftText > rightText ? 1 : 0, decimal.compare(left, right))
    }),
    { numRuns: 1_000 },
  )
})

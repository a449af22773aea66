import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalDecimal, decimal, type Rounding } from '../../src/base/decimal.ts'

/** The model: an integer over a power of ten. */
interface Model {
  readonly units: bigint
  readonly scale: number
}
const model = fc.record({ units: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), scale: fc.nat(8) })
const textOf = ({ units, scale }: Model): string => decimal.fromUnits(units, scale)
const atScale = ({ units, scale }: Model, wanted: number): bigint => units * 10n ** BigInt(wanted - scale)

test('sums, differences and comparisons are those of integers at a common scale', () => {
  fc.assert(
    fc.property(model, model, (a, b) => {
      const scale = Math.max(a.scale, b.scale)
      const [left, right] = [atScale(a, scale), atScale(b, scale)]
      assert.equal(decimal.add(textOf(a), textOf(b)), decimal.fromUnits(left + right, scale))
      assert.equal(decimal.sub(textOf(a), textOf(b)), decimal.fromUnits(left - right, scale))
      assert.equal(decimal.compare(textOf(a), textOf(b)), left < right ? -1 : left > right ? 1 : 0)
      assert.equal(decimal.negate(textOf(a)), decimal.fromUnits(-a.units, a.scale))
    }),
  )
})

test('a product has both scales and the product of both integers', () => {
  fc.assert(
    fc.property(model, model, (a, b) => {
      assert.equal(decimal.mul(textOf(a), textOf(b)), decimal.fromUnits(a.units * b.units, a.scale + b.scale))
    }),
  )
})

test('a sum of many equals adding one after the other, in any order', () => {
  fc.assert(
    fc.property(fc.array(model), (values) => {
      const texts = values.map(textOf)
      assert.equal(
        decimal.sum(texts),
        texts.reduce((sum, text) => decimal.add(sum, text), '0'),
      )
      assert.equal(decimal.sum(texts), decimal.sum(texts.toReversed()))
    }),
  )
})

test('rounding leaves an error of at most half a digit, and a half goes where the rule says', () => {
  const roundings = fc.constantFrom<Rounding>('half-even', 'half-up')
  fc.assert(
    fc.property(model, fc.nat(8), roundings, (value, scale, rounding) => {
      const rounded = decimal.round(textOf(value), scale, rounding)
      const lost = decimal.sub(textOf(value), rounded)
      const half = decimal.fromUnits(5n, scale + 1)
      const size = lost.startsWith('-') ? decimal.negate(lost) : lost
      assert.ok(decimal.compare(size, half) <= 0)
      if (decimal.compare(size, half) !== 0) return
      const last = decimal.units(rounded, scale)
      if (rounding === 'half-even') assert.equal(last % 2n, 0n)
      else assert.equal(lost.startsWith('-'), !textOf(value).startsWith('-'))
    }),
  )
})

test('rounding of known halves', () => {
  const halves: readonly [value: string, even: string, up: string][] = [
    ['2.5', '2', '3'],
    ['3.5', '4', '4'],
    ['-2.5', '-2', '-3'],
    ['0.5', '0', '1'],
    ['-0.5', '0', '-1'],
    ['2.51', '3', '3'],
    ['2.49', '2', '2'],
  ]
  for (const [value, even, up] of halves) {
    assert.equal(decimal.round(value, 0), even)
    assert.equal(decimal.round(value, 0, 'half-up'), up)
  }
  assert.equal(decimal.round('15.3', 3), '15.300')
})

test('money that binary numbers get wrong is exact', () => {
  assert.equal(decimal.add('0.1', '0.2'), '0.3')
  assert.equal(decimal.sum(Array.from({ length: 10 }, () => '0.1')), '1.0')
  assert.equal(decimal.mul('2.550', 6), '15.300')
  assert.equal(decimal.mul('9007199254740993.01', 3n), '27021597764222979.03')
})

test('zero has no sign and leading zeros go', () => {
  assert.equal(decimal.add('-0.00', '0'), '0.00')
  assert.equal(decimal.negate('0.00'), '0.00')
  assert.equal(decimal.sub('5.00', '5.0'), '0.00')
  assert.equal(decimal.add('007', '0'), '7')
})

test('units and their inverse fit together, and digits are never lost silently', () => {
  fc.assert(
    fc.property(model, fc.nat(12), (value, more) => {
      const scale = value.scale + more
      assert.equal(decimal.compare(decimal.fromUnits(decimal.units(textOf(value), scale), scale), textOf(value)), 0)
    }),
  )
  assert.equal(decimal.units('1.2300', 2), 123n)
  assert.throws(() => decimal.units('1.234', 2), { code: 'EW_VALUE', message: /more than 2 digits/ })
})

test('what is no exact decimal is refused with what was expected', () => {
  const texts = ['', 'x', '1e3', '.5', '5.', '+1', ' 1', '1 ', 'Infinity', '0x1', '1,5', '--1', '1'.repeat(1001)]
  for (const value of texts) {
    assert.throws(() => decimal.add(value, '1'), { code: 'EW_VALUE', message: /expected text like '12\.50'/ })
  }
  for (const value of [1.5, NaN, 2 ** 53]) assert.throws(() => decimal.mul(value, 2), { code: 'EW_VALUE' })
  for (const scale of [-1, 1.5, NaN, 1e9]) assert.throws(() => decimal.round('1', scale), { code: 'EW_VALUE' })
})

test('the canonical text is found without change and made from every other spelling', () => {
  fc.assert(
    fc.property(model, fc.nat(3), fc.nat(3), (value, zerosBefore, zerosAfter) => {
      const text = textOf(value)
      const spelled =
        text.replace(/^-?/, (sign) => sign + '0'.repeat(zerosBefore)) + (value.scale > 0 ? '0'.repeat(zerosAfter) : '')
      assert.equal(canonicalDecimal(text, 38, value.scale), text)
      assert.equal(canonicalDecimal(spelled, 38, value.scale), text)
    }),
  )
})

test('the precision counts digits before and after the point', () => {
  fc.assert(
    fc.property(model, fc.integer({ min: 1, max: 25 }), (value, precision) => {
      const size = value.units < 0n ? -value.units : value.units
      const fits = size < 10n ** BigInt(precision)
      assert.equal(
        canonicalDecimal(textOf(value), Math.max(precision, value.scale), value.scale) !== null,
        fits || size < 10n ** BigInt(value.scale),
      )
    }),
  )
})

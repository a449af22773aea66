import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { compile } from '../../src/schema/compile.ts'
import { sample } from '../../src/schema/sample.ts'
import { shapeNode } from '../../src/schema/shape.ts'
import { t } from '../../src/schema/t.ts'
import { anyFields, seeded } from './arbitrary-shape.ts'

test('the same numbers give the same value, and every value is valid', () => {
  fc.assert(
    fc.property(anyFields, fc.integer(), (fields, seed) => {
      const value = sample(shapeNode(fields), seeded(seed))
      assert.deepEqual(sample(shapeNode(fields), seeded(seed)), value)
      assert.ok(compile(fields).parse(value).ok)
    }),
  )
})

test('samples differ and reach absent, null, empty and the bounds', () => {
  const node = shapeNode({ a: t.int().min(1).max(9).optional(), b: t.string().nullable(), c: t.array(t.int()) })
  const random = seeded(7)
  interface Value {
    readonly a?: number
    readonly b: string | null
    readonly c: readonly number[]
  }
  const values = Array.from({ length: 300 }, () => sample(node, random) as Value)
  for (const wanted of [undefined, 1, 9])
    assert.ok(
      values.some(({ a }) => a === wanted),
      String(wanted),
    )
  assert.ok(values.some(({ b }) => b === null) && values.some(({ b }) => b === ''))
  assert.ok(values.some(({ c }) => c.length === 0) && values.some(({ c }) => c.length > 2))
})

const patterns = [
  /^\d{6}$/,
  /^C?\d{6}$/,
  /^[A-Z][a-z0-9_.-]{0,9}$/,
  /^(?:red|green|blue)$/,
  /^[^\s,]+$/,
  /^\+?\d{2,4}(?:[ -]\d+)*$/,
  /^a{2,}b*?$/,
  /^(?<year>\d{4})-(0[1-9]|1[0-2])$/,
  /[\]\-\\]/,
  /^\w+@\w+\.(com|org)$/,
  /^.{3}$/,
  /^\S\D\W$/,
  /^[\d\-a-c]+$/,
]
for (const pattern of patterns) {
  test(`a text is found for ${pattern}`, () => {
    const node = shapeNode(t.string().pattern(pattern))
    const random = seeded(3)
    const texts = Array.from({ length: 50 }, () => sample(node, random) as string)
    for (const text of texts) assert.match(text, pattern)
    assert.ok(new Set(texts).size > 1)
  })
}

test('what has no samples says so', () => {
  const cases = [
    t.string().pattern(/^(?=x)x$/),
    t.string().pattern(/(a)\1/),
    t
      .string()
      .pattern(/^a{5}$/)
      .max(2),
    t.array(t.literal(1)).unique().min(2),
    t.optional(z.string()).nullable(),
  ]
  for (const field of cases) {
    const many = (): void => {
      for (let seed = 0; seed < 50; seed++) sample(field.node, seeded(seed))
    }
    assert.throws(many, { code: 'EW_DESIGN' })
  }
})

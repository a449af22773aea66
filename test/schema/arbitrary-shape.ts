import fc from 'fast-check'
import type { Fields, Schema } from '../../src/schema/field.ts'
import { t } from '../../src/schema/t.ts'

let records = 0

const scalars: readonly (() => Schema)[] = [
  () => t.string(),
  () => t.string().min(2).max(5),
  () => t.string().pattern(/^[A-Z]{2}-\d+(?:x|yy)?$/),
  () => t.uuid(),
  () => t.int(),
  () => t.int().min(-5).max(5),
  () => t.long(),
  () => t.long().min(-3n),
  () => t.float(),
  () => t.double(),
  () => t.double().min(0).max(1),
  () => t.boolean(),
  () => t.bytes(),
  () => t.bytes().length(3),
  () => t.decimal(12, 3),
  () => t.decimal(38, 0),
  () => t.decimal(5, 5),
  () => t.decimal(9, 2).min('0.00').max('100'),
  () => t.timestamp(),
  () => t.date(),
  () => t.duration(),
  () => t.enum('a', 'b b', '__proto__'),
  () => t.literal('x'),
  () => t.literal(null),
  () => t.literal(0),
  () => t.json(),
  () => t.string().default('d'),
  () => t.long().default(5n),
  () => t.string().pii().optional(),
  () => t.bytes().default(Uint8Array.of(1, 2)),
  () => t.array(t.long()).default([1n]),
]

/** Any field of `t`, nested up to a few levels, with traits and constraints. */
export const anyField: fc.Arbitrary<Schema> = fc.letrec<{ field: Schema; item: Schema }>((tie) => ({
  item: tie('field').map((field) => {
    const { node } = field as unknown as { node: { optional?: boolean; default?: unknown } }
    return node.optional === true || node.default !== undefined ? t.int() : field
  }),
  field: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...scalars).map((make) => make()),
    tie('item').map((of) => t.array(of)),
    tie('item').map((of) => t.array(of).unique().max(3)),
    tie('item').map((of) => t.map(of)),
    fieldsOf(tie('field')).map((fields) => t.record(`Record${records++}`, fields)),
    fc.tuple(fieldsOf(tie('field')), fieldsOf(tie('field'))).map(([one, two]) => {
      const first = t.record(`One${records++}`, without(one, 'kind'))
      return t.union('kind', { one: first, '2': t.record(`Two${records++}`, without(two, 'kind')) })
    }),
    tie('item').map((of) => t.nullable(of)),
    tie('item').map((of) => t.optional(of)),
  ),
})).field

/** Any map of such fields, some with names that objects inherit. */
export const anyFields: fc.Arbitrary<Fields> = fieldsOf(anyField)

/** Numbers from 0 up to 1 that depend on the seed alone. */
export function seeded(seed: number): () => number {
  let state = seed | 1
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    return (state >>> 0) / 2 ** 32
  }
}

function fieldsOf(field: fc.Arbitrary<Schema>): fc.Arbitrary<Fields> {
  const name = fc.constantFrom('b', 'a', 'Z', '_', 'constructor', 'toString', 'kind', 'hasOwnProperty', 'then')
  return fc.dictionary(name, field, { maxKeys: 4, noNullPrototype: true })
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
}

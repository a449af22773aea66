import { failure } from '../base/errors.ts'
import { describeValue } from '../base/json-value.ts'
import { isStorable } from '../base/text.ts'
import { DeclaredField } from './declared-field.ts'
import type {
  ArrayField,
  BytesField,
  DateText,
  DecimalField,
  Duration,
  Field,
  Fields,
  In,
  InFields,
  Json,
  LongField,
  MapField,
  NumberField,
  Out,
  OutFields,
  RecordField,
  Schema,
  TextField,
  Timestamp,
  UnionIn,
  UnionOut,
  Variants,
} from './field.ts'
import type { FieldNode, LiteralValue, RecordNode, Variant } from './node.ts'
import { checkName, isSchema, namedFields, nodeOf } from './shape.ts'

/** Makes fields. Declaring is evaluation of plain data: it does no I/O and throws `EW_DESIGN` for what is not valid. */
export interface FieldTypes {
  /** Text without U+0000 and lone surrogates. */
  string(): TextField
  /** A UUID of any version; becomes lower case. */
  uuid(): Field<string>
  /** A whole number of 32 bits with a sign. */
  int(): NumberField
  /** A whole number of 64 bits with a sign: bigint in memory, text in JSON. */
  long(): LongField
  /** A finite number of 32 bits; values are rounded to the nearest one. */
  float(): NumberField
  /** A finite number of 64 bits. */
  double(): NumberField
  boolean(): Field<boolean>
  /** Uint8Array in memory, base64 in JSON. */
  bytes(): BytesField
  /**
   * An exact decimal number of at most `precision` digits (1 to 38), `scale` of them after the point. It is text, in
   * and out: numbers are refused because they may have lost digits already. Missing zeros are added (`"5"` becomes
   * `"5.000"`), more digits than the scale are refused rather than rounded.
   */
  decimal(precision: number, scale: number): DecimalField
  /** An instant with `Z` or an offset; becomes UTC with milliseconds, further digits are cut off. */
  timestamp(): Field<Timestamp>
  /** A calendar date `YYYY-MM-DD`. */
  date(): Field<DateText>
  /** A length of time such as `'90s'`; becomes the largest unit that divides it. */
  duration(): Field<Duration>
  /** One of the given texts. */
  enum<const V extends string>(...values: readonly V[]): Field<V>
  /** Exactly this value. */
  literal<const V extends LiteralValue>(value: V): Field<V>
  /** Any JSON value, at most 64 levels deep. */
  json(): Field<Json>
  array<S extends Schema>(of: S): ArrayField<Out<S>, In<S>>
  /** Text keys to values of one kind. */
  map<S extends Schema>(of: S): MapField<Out<S>, In<S>>
  /** A named group of fields; exported schemas use the name. */
  record<F extends Fields>(name: string, fields: F): RecordField<OutFields<F>, InFields<F>>
  /**
   * One of several records, told apart by the value of `tag`, which is part of the value:
   * `t.union('kind', { card: Card, cash: Cash })` holds `{ kind: 'card', … }` or `{ kind: 'cash', … }`.
   */
  union<const Tag extends string, V extends Variants>(tag: Tag, variants: V): Field<UnionOut<Tag, V>, UnionIn<Tag, V>>
  /** `of`, or absent; for schemas of other libraries, which have no `.optional()` of ours. */
  optional<S extends Schema>(of: S): Field<Out<S> | undefined, In<S> | undefined>
  /** `of`, or null. */
  nullable<S extends Schema>(of: S): Field<Out<S> | null, In<S> | null>
}

/** Makes fields; see `FieldTypes`. */
export const t: FieldTypes = Object.freeze({
  string: () => field({ kind: 'string' }),
  uuid: () => field({ kind: 'uuid' }),
  int: () => field({ kind: 'int' }),
  long: () => field({ kind: 'long' }),
  float: () => field({ kind: 'float' }),
  double: () => field({ kind: 'double' }),
  boolean: () => field({ kind: 'boolean' }),
  bytes: () => field({ kind: 'bytes' }),
  decimal: decimalField,
  timestamp: () => field({ kind: 'timestamp' }),
  date: () => field({ kind: 'date' }),
  duration: () => field({ kind: 'duration' }),
  enum: enumField,
  literal: literalField,
  json: () => field({ kind: 'json' }),
  array: (of: Schema) => field({ kind: 'array', of: presentNode(of, 'an array') }),
  map: (of: Schema) => field({ kind: 'map', of: presentNode(of, 'a map') }),
  record(name: string, fields: Fields) {
    checkName(name, 'a record')
    return field({ kind: 'record', name, fields: namedFields(fields, `record ${name}`) })
  },
  union: unionField,
  optional: (of: Schema) => new DeclaredField(nodeOf(of)).optional(),
  nullable: (of: Schema) => new DeclaredField(nodeOf(of)).nullable(),
}) as unknown as FieldTypes

function field(node: FieldNode): DeclaredField {
  return new DeclaredField(Object.freeze(node))
}

function decimalField(precision: number, scale: number): DeclaredField {
  const valid =
    Number.isInteger(precision) &&
    precision >= 1 &&
    precision <= 38 &&
    Number.isInteger(scale) &&
    scale >= 0 &&
    scale <= precision
  if (valid) return field({ kind: 'decimal', precision, scale })
  const rule = 'expected a precision from 1 to 38 and a scale from 0 to the precision'
  throw failure('EW_DESIGN', `decimal(${describeValue(precision)}, ${describeValue(scale)}): ${rule}.`)
}

function enumField(...values: readonly string[]): DeclaredField {
  for (const value of values) checkChoice(value, 'A value of an enum')
  if (values.length === 0 || new Set(values).size < values.length) {
    throw failure('EW_DESIGN', `enum(${values.join(', ')}): expected at least one value and none twice.`)
  }
  return field({ kind: 'enum', values: Object.freeze([...values]) })
}

function literalField(value: LiteralValue): DeclaredField {
  const plain =
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && isStorable(value)) ||
    (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0))
  if (plain) return field({ kind: 'literal', value })
  throw failure('EW_DESIGN', `literal(${describeValue(value)}): expected text, a finite number, a boolean or null.`)
}

function unionField(tag: string, variants: Variants): DeclaredField {
  checkName(tag, 'the tag of a union')
  const list = Object.entries(variants).map(([value, { node }]): Variant => {
    checkChoice(value, 'A tag value')
    checkVariant(tag, value, node)
    return Object.freeze({ value, record: node })
  })
  if (list.length === 0) throw failure('EW_DESIGN', `The union by ${tag} has no variants.`)
  return field({ kind: 'union', tag, variants: Object.freeze(list) })
}

function checkVariant(tag: string, value: string, node: RecordNode | undefined): void {
  if (node?.kind !== 'record') {
    throw failure('EW_DESIGN', `Variant ${value} of the union by ${tag} is no record: use t.record('Name', { … }).`)
  }
  if (node.optional === true || node.nullable === true || node.default !== undefined) {
    const problem = 'may not be optional or nullable nor have a default'
    throw failure('EW_DESIGN', `Variant ${value} of the union by ${tag} ${problem}.`)
  }
  if (node.fields.some(({ name }) => name === tag)) {
    throw failure('EW_DESIGN', `Variant ${value} has a field ${tag}, but the union by ${tag} adds it: leave it out.`)
  }
}

/** Values stay as they are written, also where a format must spell them otherwise. */
function checkChoice(value: unknown, what: string): void {
  if (typeof value === 'string' && value !== '' && isStorable(value)) return
  throw failure('EW_DESIGN', `${what} is ${describeValue(value)}: expected text without U+0000 and lone surrogates.`)
}

/** Items and entries are always there: JSON has no word for a missing one. */
function presentNode(of: Schema, where: string): FieldNode {
  if (!isSchema(of)) {
    const expected = 'expected a field such as t.record(…)'
    throw failure('EW_DESIGN', `${describeValue(of)} cannot be what ${where} holds: ${expected}.`)
  }
  const node = nodeOf(of)
  if (node.optional !== true && node.default === undefined) return node
  throw failure('EW_DESIGN', `What ${where} holds may not be optional or have a default: use nullable().`)
}

import type { Json } from '../base/json.ts'

/**
 * A field as plain frozen JSON data: kind, parameters, constraints and traits. Everything that is derived from a schema
 * (validators, codecs, Avro, Protobuf, JSON Schema, columns, hashes, samples) reads this and nothing else.
 *
 * Values inside a node (defaults, bounds of `long`, `decimal`) are in their JSON form: long as text, bytes as base64.
 */
export type FieldNode =
  | TextNode
  | UuidNode
  | IntNode
  | LongNode
  | FloatNode
  | DoubleNode
  | BooleanNode
  | BytesNode
  | DecimalNode
  | TimestampNode
  | DateNode
  | DurationNode
  | EnumNode
  | LiteralNode
  | JsonNode
  | ArrayNode
  | MapNode
  | RecordNode
  | UnionNode
  | ForeignNode

/** The names of the kinds. */
export type FieldKind = FieldNode['kind']

/** What every field may carry whatever its kind. A member that is not declared is absent. */
export interface Traits {
  /** The key may be absent. Never together with `default`. */
  readonly optional?: true
  /** The value may be null. */
  readonly nullable?: true
  /** Absent becomes this value (in its JSON form). */
  readonly default?: Json
  readonly doc?: string
  /** Former names of the field, in the order of their declaration. */
  readonly aliases?: readonly string[]
  /** Protobuf field number. */
  readonly number?: number
  readonly pii?: PersonalData
}

/** Personal data. `subject` is the name of the field that says whose data it is. */
export interface PersonalData {
  readonly subject?: string
}

/** Bounds of a length or a size, both included. */
export interface LengthBounds {
  readonly min?: number
  readonly max?: number
}

/** Text; lengths count UTF-16 units. */
export interface TextNode extends Traits, LengthBounds {
  readonly kind: 'string'
  /** Source of an expression with flag `u`. */
  readonly pattern?: string
}
/** A UUID in lower case. */
export interface UuidNode extends Traits {
  readonly kind: 'uuid'
}
/** A signed integer of 32 bits. */
export interface IntNode extends Traits {
  readonly kind: 'int'
  readonly min?: number
  readonly max?: number
}
/** A signed integer of 64 bits; bounds as decimal text. */
export interface LongNode extends Traits {
  readonly kind: 'long'
  readonly min?: string
  readonly max?: string
}
/** A finite number of 32 bits. */
export interface FloatNode extends Traits {
  readonly kind: 'float'
  readonly min?: number
  readonly max?: number
}
/** A finite number of 64 bits. */
export interface DoubleNode extends Traits {
  readonly kind: 'double'
  readonly min?: number
  readonly max?: number
}
/** True or false. */
export interface BooleanNode extends Traits {
  readonly kind: 'boolean'
}
/** Bytes; the bounds count bytes. */
export interface BytesNode extends Traits, LengthBounds {
  readonly kind: 'bytes'
}
/** `precision` digits in all, `scale` of them after the point; bounds are canonical at that scale. */
export interface DecimalNode extends Traits {
  readonly kind: 'decimal'
  readonly precision: number
  readonly scale: number
  readonly min?: string
  readonly max?: string
}
/** An instant, UTC with milliseconds. */
export interface TimestampNode extends Traits {
  readonly kind: 'timestamp'
}
/** A calendar date. */
export interface DateNode extends Traits {
  readonly kind: 'date'
}
/** A length of time. */
export interface DurationNode extends Traits {
  readonly kind: 'duration'
}
/** One of the texts, in the order of their declaration. */
export interface EnumNode extends Traits {
  readonly kind: 'enum'
  readonly values: readonly string[]
}
/** Exactly one value. */
export interface LiteralNode extends Traits {
  readonly kind: 'literal'
  readonly value: LiteralValue
}
/** Any JSON value. */
export interface JsonNode extends Traits {
  readonly kind: 'json'
}
/** A list. */
export interface ArrayNode extends Traits, LengthBounds {
  readonly kind: 'array'
  readonly of: FieldNode
  readonly unique?: true
}
/** Text keys to values of one kind; the bounds count entries. */
export interface MapNode extends Traits, LengthBounds {
  readonly kind: 'map'
  readonly of: FieldNode
}
/** A named group of fields. */
export interface RecordNode extends Traits {
  readonly kind: 'record'
  readonly name: string
  /** In the order of their declaration. */
  readonly fields: readonly NamedField[]
}
/** A discriminated union: the value is the record of its variant plus the tag. */
export interface UnionNode extends Traits {
  readonly kind: 'union'
  readonly tag: string
  readonly variants: readonly Variant[]
}
/** A schema of another library: opaque but for what it says itself as JSON Schema. */
export interface ForeignNode extends Traits {
  readonly kind: 'foreign'
  readonly vendor: string
  readonly jsonSchema?: Json
}

/** A field and its name. */
export interface NamedField {
  readonly name: string
  readonly node: FieldNode
}

/** A variant of a union: its tag value and its record. */
export interface Variant {
  readonly value: string
  readonly record: RecordNode
}

/** What `t.literal` accepts. */
export type LiteralValue = string | number | boolean | null

/** The field map of a message, a row or a state: a record without a name of its own. */
export interface FieldsNode {
  readonly kind: 'fields'
  readonly fields: readonly NamedField[]
}

/** What a shape is described by: a field map, or the one whole schema in its place. */
export type ShapeNode = FieldsNode | FieldNode

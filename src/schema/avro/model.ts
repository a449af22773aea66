import type { Json } from '../../base/json.ts'

/** An Avro schema with its names resolved: a graph, which recursive types make cyclic. */
export type AvroType = AvroPrimitive | AvroFixed | AvroEnum | AvroArray | AvroMap | AvroRecord | AvroUnion

/** What a primitive type is called. */
export type AvroPrimitiveKind = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

/** A logical type as the schema says it, whether anybody knows it or not, or what our own attributes say instead. */
export interface AvroLogical {
  /** Also `duration-millis` and `json`, which are kinds of ours. */
  readonly name: string
  /** Of a decimal. */
  readonly precision?: number
  /** Of a decimal. */
  readonly scale?: number
}

/** A type without parts. */
export interface AvroPrimitive {
  readonly kind: AvroPrimitiveKind
  readonly logical?: AvroLogical
  /** The one value that our declaration allows. */
  readonly constant?: Json
}

/** A type with a name: unique in a schema, and what resolution compares. */
export interface AvroNamed {
  /** With its namespace. */
  readonly name: string
  /** Former names, with their namespaces. */
  readonly aliases: readonly string[]
}

/** A fixed number of bytes. */
export interface AvroFixed extends AvroNamed {
  readonly kind: 'fixed'
  readonly size: number
  readonly logical?: AvroLogical
}

/** One of several symbols. */
export interface AvroEnum extends AvroNamed {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  /** What a reader takes for a symbol that it does not know. */
  readonly default?: string
}

/** A list. */
export interface AvroArray {
  readonly kind: 'array'
  readonly items: AvroType
}

/** Texts to values. */
export interface AvroMap {
  readonly kind: 'map'
  readonly values: AvroType
}

/** Named fields in the order in which they are written. */
export interface AvroRecord extends AvroNamed {
  readonly kind: 'record'
  readonly fields: readonly AvroField[]
}

/** A field of a record. */
export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** Whether a reader has a value where the writer had no such field. */
  readonly hasDefault: boolean
}

/** One of several types. */
export interface AvroUnion {
  readonly kind: 'union'
  readonly branches: readonly AvroType[]
}

/** A name without its namespace. */
export function unqualified(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** How a type is called in messages, and what no two branches of a union have in common. */
export function avroTypeName(type: AvroType): string {
  return 'name' in type ? type.name : type.kind
}

/** The Avro symbol or name for a text: what may not stand in a name becomes `_`. */
export function avroName(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_]/g, '_')
  return /^[0-9]/.test(name) || name === '' ? `_${name}` : name
}

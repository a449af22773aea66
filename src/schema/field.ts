import type { Decimal } from '../base/decimal.ts'
import type { Duration } from '../base/duration.ts'
import type { Json } from '../base/json.ts'
import type { Flavour } from '../base/text.ts'
import type { DateText, Timestamp } from '../base/timestamp.ts'
import type { FieldNode, RecordNode } from './node.ts'

export type { DateText, Decimal, Duration, Flavour, Json, Timestamp }

/**
 * Anything that follows Standard Schema version 1: fields made by `t`, and schemas of zod, valibot, arktype and others.
 * `O` is what validation returns and what is stored, `I` is what a caller writes.
 *
 * A foreign schema must be synchronous and its output must be JSON; otherwise its first use throws `EW_SCHEMA_FOREIGN`.
 */
export interface Schema<O = any, I = any> {
  readonly '~standard': StandardProperties<O, I>
}

/** The protocol object of Standard Schema, typed loosely so that comparing two schemas stays cheap. */
export interface StandardProperties<O, I> {
  readonly version: 1
  readonly vendor: string
  readonly validate: (value: unknown) => unknown
  readonly types?: { readonly input: I; readonly output: O } | undefined
}

/** The protocol object of our own fields: `validate` is synchronous, throws nothing and returns every issue. */
export interface OwnStandardProperties<O, I> extends StandardProperties<O, I> {
  readonly vendor: 'eventwright'
  readonly validate: (value: unknown) => StandardSuccess<O> | StandardFailure
}

/** The answer of Standard Schema for a valid value. */
export interface StandardSuccess<O> {
  readonly value: O
  readonly issues?: undefined
}

/** The answer of Standard Schema for an invalid value. */
export interface StandardFailure {
  readonly issues: readonly StandardIssue[]
}

/** One thing that is wrong, in the form of Standard Schema. */
export interface StandardIssue {
  readonly message: string
  readonly path: readonly PropertyKey[]
}

/**
 * A field made by `t`: a frozen value. Every method returns a new field and leaves this one as it is.
 * Members whose name starts with `~` and that are not `~standard` exist in types alone.
 */
export interface Field<O, I = O> extends Schema<O, I> {
  readonly '~standard': OwnStandardProperties<O, I>
  readonly '~out': O
  readonly '~in': I
  readonly '~differs': [I] extends [O] ? never : true
  /** The same declaration as plain frozen data: what Avro, Protobuf, JSON Schema and SQL columns are derived from. */
  readonly node: FieldNode
  /** The key may be absent. A key that is present and undefined counts as absent. */
  optional(): Field<O | undefined, I | undefined>
  /** The value may be null. */
  nullable(): Field<O | null, I | null>
  /** Absent becomes this value, which is checked here and now. */
  default(value: Exclude<I, undefined>): Field<Exclude<O, undefined>, I | undefined>
  /** Marks personal data: masked in messages and in the console. `subject` names the field that says whose it is. */
  pii(subject?: string): this
  /** Documentation that travels into exported schemas and the catalogue. */
  describe(text: string): this
  /** A former name of the field, for exported Avro schemas. May be called several times. */
  alias(name: string): this
  /**
   * The Protobuf field number, 1 to 536,870,911 without 19,000 to 19,999. A field without one gets the next free number
   * when `eventwright check --write` writes the lock file; it never follows from the order of the fields.
   */
  number(fieldNumber: number): this
}

/** Text. Lengths count UTF-16 units, as `string.length` does. */
export interface TextField extends Field<string> {
  /** Least length. */
  min(length: number): this
  /** Greatest length. */
  max(length: number): this
  /** Exact length. */
  length(length: number): this
  /** An expression that the text must match somewhere (`^` and `$` tie it to the ends); only flag `u` is allowed. */
  pattern(expression: RegExp): this
}

/** int, float and double. */
export interface NumberField extends Field<number> {
  /** Least value, included. */
  min(value: number): this
  /** Greatest value, included. */
  max(value: number): this
}

/** A 64 bit integer: bigint in memory, text in JSON. */
export interface LongField extends Field<bigint> {
  /** Least value, included. */
  min(value: bigint): this
  /** Greatest value, included. */
  max(value: bigint): this
}

/** An exact decimal number as text with exactly `scale` digits after the point. */
export interface DecimalField extends Field<Decimal> {
  /** Least value, included. */
  min(value: string): this
  /** Greatest value, included. */
  max(value: string): this
}

/** Bytes: Uint8Array in memory, base64 in JSON. */
export interface BytesField extends Field<Uint8Array> {
  /** Least number of bytes. */
  min(length: number): this
  /** Greatest number of bytes. */
  max(length: number): this
  /** Exact number of bytes. */
  length(length: number): this
}

/** A list. */
export interface ArrayField<O, I = O> extends Field<readonly O[], readonly I[]> {
  /** Least number of items. */
  min(length: number): this
  /** Greatest number of items. */
  max(length: number): this
  /** Exact number of items. */
  length(length: number): this
  /** No two items are equal, compared by their canonical JSON. */
  unique(): this
}

/** Text keys to values of one kind. */
export interface MapField<O, I = O> extends Field<{ readonly [key: string]: O }, { readonly [key: string]: I }> {
  /** Least number of entries. */
  min(size: number): this
  /** Greatest number of entries. */
  max(size: number): this
}

/** A named group of fields; usable as a field, as a whole message or row, and as a variant of a union. */
export interface RecordField<O, I = O> extends Field<O, I> {
  readonly node: RecordNode
}

/** Field names to schemas. Names are identifiers: `[A-Za-z_][A-Za-z0-9_]*`. */
export interface Fields {
  readonly [name: string]: Schema
}

/** What a message, a row or a state is declared with: a map of fields, or one whole schema. */
export type Shape = Schema | Fields

/** Variants of a union: tag value to record. */
export interface Variants {
  readonly [tagValue: string]: RecordField<any, any>
}

type OutOfSchema<F> = F extends { readonly '~out': any } ? F['~out'] : F extends Schema<infer O, any> ? O : never
type InOfSchema<F> = F extends { readonly '~in': any } ? F['~in'] : F extends Schema<any, infer I> ? I : never

/**
 * One conditional decides whether any key can be undefined; only then are the optional keys found, once, and the keys
 * split by them: a third of the work of the usual form. `infer X` rather than an alias, so that the result prints flat.
 */
export type OutFields<F> =
  undefined extends OutOfSchema<F[keyof F]> ? OutSplit<F, OutOptional<F>> : { [K in keyof F]: OutOfSchema<F[K]> }

type OutOptional<F> = { [K in keyof F]: undefined extends OutOfSchema<F[K]> ? K : never }[keyof F]
type OutSplit<F, Q extends keyof F> = { [K in Exclude<keyof F, Q>]: OutOfSchema<F[K]> } & {
  [K in Q]?: Exclude<OutOfSchema<F[K]>, undefined>
} extends infer X
  ? { [K in keyof X]: X[K] }
  : never

/** As `OutFields`, for what a caller writes. */
export type InFields<F> =
  undefined extends InOfSchema<F[keyof F]> ? InSplit<F, InOptional<F>> : { [K in keyof F]: InOfSchema<F[K]> }

type InOptional<F> = { [K in keyof F]: undefined extends InOfSchema<F[K]> ? K : never }[keyof F]
type InSplit<F, Q extends keyof F> = { [K in Exclude<keyof F, Q>]: InOfSchema<F[K]> } & {
  [K in Q]?: Exclude<InOfSchema<F[K]>, undefined>
} extends infer X
  ? { [K in keyof X]: X[K] }
  : never

/** What is stored and handled. */
export type Out<S extends Shape> = S extends Schema<infer O, any> ? O : OutFields<S>

/** What a caller writes: fields with a default may be left out. */
export type In<S extends Shape> = [S[keyof S]] extends [{ readonly '~differs': never }]
  ? OutFields<S>
  : S extends Schema<any, infer I>
    ? I
    : InFields<S>

/** Message data whose input differs from its output (defaults, foreign transforms). */
export interface Coded<O, I> {
  readonly '~out': O
  readonly '~in': I
}

type Differing<F> = { [K in keyof F]: [InOfSchema<F[K]>] extends [OutOfSchema<F[K]>] ? never : K }[keyof F]

/**
 * Output and input of a shape in one type argument: the plain type where both are the same, which halves its print.
 * Field maps without defaults, which are most, are asked for first.
 */
export type Data<S extends Shape> = [S[keyof S]] extends [{ readonly '~differs': never }]
  ? OutFields<S>
  : S extends Schema<infer O, infer I>
    ? [I] extends [O]
      ? O
      : Coded<O, I>
    : [Differing<S>] extends [never]
      ? OutFields<S>
      : Coded<OutFields<S>, InFields<S>>

/** The output side of `Data`. */
export type OutOf<D> = D extends { readonly '~out': any } ? D['~out'] : D

/** The input side of `Data`. */
export type InOf<D> = D extends { readonly '~in': any } ? D['~in'] : D

type Tagged<Tag extends string, Value, Body> = { [K in Tag]: Value } & Body extends infer X
  ? { [K in keyof X]: X[K] }
  : never

/** The values of a discriminated union: the record of each variant with its tag. */
export type UnionOut<Tag extends string, V extends Variants> = {
  [K in keyof V & string]: Tagged<Tag, K, V[K]['~out']>
}[keyof V & string]

/** As `UnionOut`, for what a caller writes. */
export type UnionIn<Tag extends string, V extends Variants> = {
  [K in keyof V & string]: Tagged<Tag, K, V[K]['~in']>
}[keyof V & string]

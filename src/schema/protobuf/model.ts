import type { FieldNode } from '../node.ts'

/** A message of a `.proto` text, and which JSON its values stand for. */
export interface ProtobufMessage {
  readonly name: string
  /** The path from the message of the file, under which its numbers are published: `OrderCreated.Item`. */
  readonly scope: string
  /**
   * `record`: an object with these fields. `union`: the object of the one field that is set, plus the tag. `wrapper`:
   * the value of its only field, for what Protobuf has no field of its own.
   */
  readonly form: 'record' | 'union' | 'wrapper'
  /** The tag of a union. */
  readonly tag?: string
  readonly doc?: string
  /** By ascending number. */
  readonly fields: readonly ProtobufField[]
  /** Declared inside. */
  readonly messages: readonly ProtobufMessage[]
  readonly enums: readonly ProtobufEnum[]
}

/** A field of a message. */
export interface ProtobufField {
  /** The name of the field, or the tag value of a variant. */
  readonly name: string
  readonly protoName: string
  readonly number: number
  readonly doc?: string
  readonly repetition: 'one' | 'many' | 'map'
  /** Whether a zero is written, so that an absent value can be told from it. */
  readonly explicit: boolean
  /**
   * What it means when the bytes do not hold it: the zero of its kind, an absent key, null, the default of the node, or
   * that the message is not whole.
   */
  readonly absent: 'zero' | 'absent' | 'null' | 'default' | 'missing'
  readonly value: ProtobufValue
  /** With its traits. */
  readonly node: FieldNode
}

/** The kind of a value. */
export type ProtobufValue =
  | { readonly kind: 'scalar'; readonly type: ProtobufScalar; readonly node: FieldNode }
  | { readonly kind: 'json' }
  | { readonly kind: 'enum'; readonly type: ProtobufEnum }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'message'; readonly type: ProtobufMessage }

/** The scalar types that are used. */
export type ProtobufScalar = 'string' | 'int32' | 'int64' | 'float' | 'double' | 'bool' | 'bytes'

/** An enum; its number 0 is `…_UNSPECIFIED` and no value of ours. */
export interface ProtobufEnum {
  readonly name: string
  readonly scope: string
  /** By ascending number. */
  readonly values: readonly ProtobufEnumValue[]
}

/** A value of an enum. */
export interface ProtobufEnumValue {
  readonly value: string
  readonly protoName: string
  readonly number: number
}

/** How a kind of value is named in a `.proto` text. */
export function protobufTypeOf(value: ProtobufValue): string {
  switch (value.kind) {
    case 'scalar':
      return value.type
    case 'json':
      return 'string'
    case 'timestamp':
      return 'google.protobuf.Timestamp'
    default:
      return value.type.name
  }
}

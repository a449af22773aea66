import type { ProtobufValue } from '../../schema/protobuf/model.ts'

/** The wire type of a value: 0 varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes. */
export type WireType = 0 | 1 | 2 | 5

/** The wire type of a value that stands alone. */
export function wireTypeOf(value: ProtobufValue): WireType {
  if (value.kind === 'enum') return 0
  return value.kind === 'scalar' ? scalars[value.type] : 2
}

/** What stands before a value. */
export function tagOf(number: number, wireType: WireType): number {
  return ((number << 3) | wireType) >>> 0
}

const scalars = { string: 2, bytes: 2, int32: 0, int64: 0, bool: 0, double: 1, float: 5 } as const

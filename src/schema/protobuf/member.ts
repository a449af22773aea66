/** What has a number of its own: a field of a message, a variant of a union, a value of an enum. */
export interface ProtobufMember {
  /** The name of the field, the tag value or the value of the enum. */
  readonly name: string
  /** How the field is typed in the `.proto` text, without `optional`, and `enum Name`; empty for a value of an enum. */
  readonly type: string
  /** Former names. */
  readonly aliases: readonly string[]
  /** The number that the declaration says. */
  readonly explicit?: number
}

/** Gives a member of a message or an enum its number. */
export type NumberOf = (scope: string, member: ProtobufMember) => number

/**
 * Published numbers by scope and member: `{ 'OrderCreated.Item': { 'sku: string': 1 } }`; a value of an enum has no type.
 */
export interface ProtobufNumbers {
  readonly [scope: string]: { readonly [member: string]: number }
}

/** The key of a member in the published numbers. */
export function memberKey({ name, type }: Pick<ProtobufMember, 'name' | 'type'>): string {
  return type === '' ? name : `${name}: ${type}`
}

/**
 * The number that a scope has for a member; undefined for a new one. A field of the same name whose type has another
 * form on the wire is a new one: bytes that were written before would be read as something else.
 */
export function publishedNumber(
  scope: ReadonlyMap<string, number>,
  { name, type }: Pick<ProtobufMember, 'name' | 'type'>,
): number | undefined {
  const same = scope.get(memberKey({ name, type }))
  if (same !== undefined) return same
  const other = type.replace(/\bint(32|64)\b/, (_, bits: string) => (bits === '32' ? 'int64' : 'int32'))
  return other === type ? undefined : scope.get(memberKey({ name, type: other }))
}

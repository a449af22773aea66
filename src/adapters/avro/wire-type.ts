import type { Type } from 'avsc'
import type { AvroType } from '../../schema/avro/model.ts'
import type { Avsc } from './driver.ts'
import { longType } from './long-type.ts'

/** The type of the package that reads and writes the bytes of a schema, and how its values look. */
export interface WireType {
  readonly type: Type
  /** The member that holds a value of that branch of a union; null itself is not held by anything. */
  branchKey(branch: AvroType): string
}

/**
 * Makes a type with the same bytes but not the same names, because names become members of objects and text of programs
 * there: fields are `f0`, `f1`, …, symbols `s0`, `s1`, …, named types `t0`, `t1`, …, and a map is a record whose `f0` is
 * the list of its entries `{ f0: key, f1: value }`, which has the same bytes. A value of a union is wrapped in an object
 * with one member; a long is a number where it can be, else a bigint.
 */
export function wireType(avsc: Avsc, type: AvroType): WireType {
  const names: Names = new Map()
  // A registry of its own: what one schema calls its types must not be known in the next.
  const registry = { long: longType(avsc) }
  const made = avsc.Type.forSchema(rewritten(type, names) as never, {
    registry: registry as never,
    wrapUnions: 'always',
    omitRecordMethods: true,
  })
  return { type: made, branchKey: (branch) => names.get(branch) ?? branch.kind }
}

type Names = Map<AvroType, string>

function rewritten(type: AvroType, names: Names): unknown {
  switch (type.kind) {
    case 'array':
      return { type: 'array', items: rewritten(type.items, names) }
    case 'union':
      return type.branches.map((branch) => rewritten(branch, names))
    case 'map':
    case 'record':
    case 'enum':
    case 'fixed':
      return names.get(type) ?? named(type, names)
    default:
      return type.kind
  }
}

function named(type: AvroType & { readonly kind: 'map' | 'record' | 'enum' | 'fixed' }, names: Names): unknown {
  const name = `t${names.size}`
  names.set(type, name)
  switch (type.kind) {
    case 'enum':
      return { type: 'enum', name, symbols: type.symbols.map((_, index) => `s${index}`) }
    case 'fixed':
      return { type: 'fixed', name, size: type.size }
    case 'map': {
      const entry = record(undefined, ['string', rewritten(type.values, names)])
      return record(name, [{ type: 'array', items: entry }])
    }
    case 'record':
      return record(
        name,
        type.fields.map((field) => rewritten(field.type, names)),
      )
  }
}

function record(name: string | undefined, types: readonly unknown[]): unknown {
  const fields = types.map((type, index) => ({ name: `f${index}`, type }))
  return { type: 'record', ...(name !== undefined && { name }), fields }
}

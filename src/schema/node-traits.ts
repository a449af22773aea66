import type { FieldNode, ForeignNode, Traits } from './node.ts'
import type { Schema } from './field.ts'

const foreignSchemas = new WeakMap<FieldNode, Schema>()

/** Binds the node of another library's schema to that schema; a copy of the node made by `withTraits` stays bound. */
export function foreignNode(node: ForeignNode, schema: Schema): ForeignNode {
  const frozen = Object.freeze({ ...node })
  foreignSchemas.set(frozen, schema)
  return frozen
}

/** The live schema of a foreign node; undefined for a node that was read from text. */
export function foreignSchemaOf(node: ForeignNode): Schema | undefined {
  return foreignSchemas.get(node)
}

/** A frozen copy of the node with other traits or constraints; a trait that is undefined is removed. */
export function withTraits<N extends FieldNode>(node: N, traits: Readonly<Record<string, unknown>>): N {
  const copy: Record<string, unknown> = { ...node, ...traits }
  for (const [name, value] of Object.entries(traits)) if (value === undefined) delete copy[name]
  const frozen = Object.freeze(copy) as unknown as N
  const schema = foreignSchemas.get(node)
  if (schema !== undefined) foreignSchemas.set(frozen, schema)
  return frozen
}

/** The node without what says that its value may be missing: the kind of value itself. */
export function withoutAbsence<N extends FieldNode & Traits>(node: N): N {
  return withTraits(node, { optional: undefined, nullable: undefined, default: undefined })
}

import type { FieldNode, ShapeNode } from '../schema/node.ts'

/** Paths of personal data in a shape, in the order of declaration: `customerId`, `lines[].name`, `labels.*`. */
export function personalData(node: ShapeNode): readonly string[] {
  return Object.freeze(
    node.kind === 'fields' ? node.fields.flatMap((field) => pathsOf(field.node, field.name)) : pathsOf(node, ''),
  )
}

function pathsOf(node: FieldNode, path: string): readonly string[] {
  if (node.pii !== undefined) return [path]
  const inside = (name: string): string => (path === '' ? name : `${path}.${name}`)
  switch (node.kind) {
    case 'array':
      return pathsOf(node.of, `${path}[]`)
    case 'map':
      return pathsOf(node.of, inside('*'))
    case 'record':
      return node.fields.flatMap((field) => pathsOf(field.node, inside(field.name)))
    case 'union':
      return [...new Set(node.variants.flatMap(({ record }) => pathsOf(record, path)))]
    default:
      return []
  }
}

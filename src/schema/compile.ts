import { checkOfShape } from './check.ts'
import type { Out, Shape } from './field.ts'
import type { Result } from './issue.ts'
import type { ShapeNode } from './node.ts'
import type { Check, Run } from './run.ts'
import { shapeNode } from './shape.ts'

/** A compiled shape. It keeps nothing between calls and may be used from anywhere. */
export interface Validator<O> {
  readonly node: ShapeNode
  /**
   * Checks what a caller wrote and returns it in canonical form: a new, deeply frozen value (bytes are copied, they
   * cannot be frozen) that holds only declared fields. Finds every issue, up to 1,000. Unknown fields are refused.
   * Throws only `EW_SCHEMA_FOREIGN`, for a foreign schema that cannot be used at all.
   */
  parse(value: unknown): Result<O>
  /** As `parse` for data read back: unknown fields are kept as they are, and foreign schemas are not run again. */
  parseStored(value: unknown): Result<O>
}

/** The validator of a shape; the same one for the same shape. Throws `EW_DESIGN` for a shape that is not valid. */
export function compile<S extends Shape>(shape: S): Validator<Out<S>> {
  const node = shapeNode(shape)
  const earlier = known.get(node)
  if (earlier !== undefined) return earlier as Validator<Out<S>>
  const made = compileNode(node)
  known.set(node, made)
  return made as Validator<Out<S>>
}

/** The validator of a node, for descriptions that were read from text: their foreign schemas accept any JSON. */
export function compileNode(node: ShapeNode): Validator<unknown> {
  const check = checkOfShape(node)
  return Object.freeze({
    node,
    parse: (value: unknown) => run(check, value, false),
    parseStored: (value: unknown) => run(check, value, true),
  })
}

const known = new WeakMap<ShapeNode, Validator<unknown>>()

function run(check: Check, value: unknown, stored: boolean): Result<unknown> {
  const state: Run = { issues: [], stored }
  const result = check(value, state)
  return state.issues.length === 0 ? { ok: true, value: result } : { ok: false, issues: state.issues }
}

import { EventwrightError, failure } from '../base/errors.ts'
import { nodeCodec } from '../schema/codec.ts'
import { compile, type Validator } from '../schema/compile.ts'
import type { Shape } from '../schema/field.ts'
import { validationFailure } from '../schema/issue.ts'
import { jsonText } from '../schema/json-text.ts'
import type { ShapeNode } from '../schema/node.ts'
import { schemaHash } from '../schema/hash.ts'
import { shapeNode } from '../schema/shape.ts'

/** A shape with all that is done with values of it. Compiled at its first use, so that declaring stays cheap. */
export interface ShapeCodec {
  readonly node: ShapeNode
  readonly schemaHash: string
  /** Whether values and their JSON form are the same. */
  readonly plain: boolean
  /**
   * What a caller wrote as a canonical, deeply frozen value. Error: EW_VALIDATION with every issue; `what` names the
   * value.
   */
  make(value: unknown, what: string): unknown
  /** The JSON form of a canonical value. */
  encode(value: any): unknown
  /** A value that `make` has returned, as canonical JSON. */
  text(value: any): string
  /** A value of its JSON form, unchecked. */
  decode(json: unknown): unknown
  /**
   * What `encode` wrote as a checked value; schemas of other libraries do not run a second time. Error: EW_VALIDATION.
   */
  restore(json: unknown, what: string): unknown
}

/** The codec of a shape. Errors: EW_DESIGN and EW_SCHEMA_FOREIGN, naming `where`, for a shape that is not valid. */
export function shapeCodec(shape: Shape, where: string): ShapeCodec {
  const node = named(where, () => shapeNode(shape))
  const codec = nodeCodec(node)
  let compiled: Validator<unknown> | undefined
  const validator = (): Validator<unknown> => (compiled ??= compile(shape))
  return Object.freeze({
    node,
    schemaHash: schemaHash(node),
    plain: codec === null,
    make(value: unknown, what: string) {
      const result = validator().parse(value)
      if (result.ok) return result.value
      throw validationFailure(what, result.issues)
    },
    text: jsonText(node),
    encode: (value: unknown) => (codec === null ? value : codec.encode(value)),
    decode: (json: unknown) => (codec === null ? json : codec.decode(json)),
    restore(json: unknown, what: string) {
      const result = validator().parseStored(codec === null ? json : codec.decode(json))
      if (result.ok) return result.value
      throw validationFailure(what, result.issues)
    },
  })
}

function named<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof EventwrightError)) throw error
    throw failure(error.code, `The schema of ${where} is not valid.`, {
      details: { ...error.details, where },
      cause: error,
    })
  }
}

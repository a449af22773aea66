import { failure } from '../base/errors.ts'
import { describeValue } from '../base/json-value.ts'
import { canonicalJson, parseJson, type Json } from '../base/json.ts'
import { faultOfOutput } from './foreign-output.ts'
import type { Schema } from './field.ts'
import { foreignNode } from './node-traits.ts'
import type { ForeignNode } from './node.ts'

/**
 * The node of another library's Standard Schema. Throws `EW_SCHEMA_FOREIGN` when the schema shows at once that it is
 * asynchronous or that its output is not JSON (dates, bigints, maps); what it hides until it meets a value is refused
 * then.
 */
export function nodeOfForeign(schema: Schema): ForeignNode {
  const standard = schema['~standard'] as StandardLike | undefined
  if (
    typeof standard !== 'object' ||
    standard === null ||
    standard.version !== 1 ||
    typeof standard.validate !== 'function'
  ) {
    throw failure('EW_DESIGN', `${describeValue(schema)} is not a schema: expected a field of t or a Standard Schema.`)
  }
  const vendor = String(standard.vendor)
  for (const probe of probes) runForeign(schema, probe, vendor)
  const jsonSchema = ownJsonSchema(standard, vendor)
  return foreignNode({ kind: 'foreign', vendor, ...(jsonSchema === undefined ? {} : { jsonSchema }) }, schema)
}

/** What a foreign schema answered: its output, or its issues. */
export type ForeignAnswer =
  { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly ForeignIssue[] }

/** An issue in the form of Standard Schema. */
export interface ForeignIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Runs a foreign schema on one value; throws `EW_SCHEMA_FOREIGN` for a promise and for an output that is not JSON. */
export function runForeign(schema: Schema, value: unknown, vendor: string): ForeignAnswer {
  const answer = schema['~standard'].validate(value)
  if (isThenable(answer)) {
    // The promise is of no use to anybody; without this its rejection would end the process.
    answer.then(undefined, () => undefined)
    throw failure('EW_SCHEMA_FOREIGN', `A ${vendor} schema answers with a promise, but validation must be synchronous.`)
  }
  const known = answer as ForeignAnswer
  if (known.issues === undefined) {
    const problem = faultOfOutput(known.value)
    if (problem !== null) {
      throw failure('EW_SCHEMA_FOREIGN', `A ${vendor} schema gives ${problem}, which JSON cannot hold.`)
    }
  }
  return known
}

interface StandardLike {
  readonly version: unknown
  readonly vendor: unknown
  readonly validate: unknown
  readonly jsonSchema?: { readonly output?: (options: { readonly target: string }) => unknown }
}

/** Values that make many a schema show what it is: one that accepts dates gives a date back. */
const probes: readonly unknown[] = Object.freeze([undefined, '', 0, false, {}, 0n, new Map(), new Set()])

const outsideJson = /^(?:Date|BigInt|Map|Set|Symbol|Function|NaN)\b/i

function ownJsonSchema(standard: StandardLike, vendor: string): Json | undefined {
  if (typeof standard.jsonSchema?.output !== 'function') return undefined
  try {
    return parseJson(canonicalJson(standard.jsonSchema.output({ target: 'draft-2020-12' })))
  } catch (error) {
    // A converter that cannot tell (transforms) is no reason to refuse; one that names a type outside JSON is.
    if (!(error instanceof Error) || !outsideJson.test(error.message)) return undefined
    const problem = `A ${vendor} schema has a value that JSON cannot hold: ${error.message}.`
    throw failure('EW_SCHEMA_FOREIGN', problem, { cause: error })
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

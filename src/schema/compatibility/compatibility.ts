import { avroIncompatibilities } from './avro.ts'
import { protobufIncompatibilities } from './protobuf.ts'
import type { Incompatibility } from './incompatibility.ts'

/** The modes of a schema registry. */
export type CompatibilityMode =
  'NONE' | 'BACKWARD' | 'BACKWARD_TRANSITIVE' | 'FORWARD' | 'FORWARD_TRANSITIVE' | 'FULL' | 'FULL_TRANSITIVE'

/** An incompatibility between the newer schema and one of the older ones. */
export interface CompatibilityFinding extends Incompatibility {
  /** `backward`: the newer one reads; `forward`: the older one reads. */
  readonly direction: 'backward' | 'forward'
  /** The older schema, counted from 1, the oldest. */
  readonly version: number
}

/**
 * Compares schema texts of one format: all reasons why `reader` cannot read everything that `writer` writes; none when
 * it can. Error: EW_SCHEMA_TEXT.
 */
export type SchemaComparison = (
  reader: string,
  writer: string,
  newer: 'reader' | 'writer',
) => readonly Incompatibility[]

/** A format of schemas that can be compared, as registries call it. */
export type ComparedFormat = 'AVRO' | 'PROTOBUF'

/** What each format brings; a format that is not here cannot be checked. */
const comparisons: Readonly<Record<ComparedFormat, SchemaComparison>> = {
  AVRO: avroIncompatibilities,
  PROTOBUF: protobufIncompatibilities,
}

/** What is compared: the texts of one subject. */
export interface CompatibilityQuestion {
  readonly format: ComparedFormat
  readonly mode: CompatibilityMode
  /** Oldest first. */
  readonly older: readonly string[]
  readonly newer: string
}

/**
 * What stands against publishing the newer schema; nothing when its subject may have it. Modes that are not transitive
 * look at the last of the older ones alone. Error: EW_SCHEMA_TEXT.
 */
export function compatibilityFindings(question: CompatibilityQuestion): readonly CompatibilityFinding[] {
  const { format, mode, older, newer } = question
  if (mode === 'NONE') return []
  const compare: SchemaComparison = comparisons[format]
  const first = mode.endsWith('_TRANSITIVE') ? 0 : Math.max(0, older.length - 1)
  return older.slice(first).flatMap((text, index) => {
    const version = first + index + 1
    return [
      ...(mode.startsWith('FORWARD') ? [] : found(compare(newer, text, 'reader'), 'backward', version)),
      ...(mode.startsWith('BACKWARD') ? [] : found(compare(text, newer, 'writer'), 'forward', version)),
    ]
  })
}

/** A finding as a sentence. */
export function findingText({ direction, version, path, what }: CompatibilityFinding): string {
  const who =
    direction === 'backward'
      ? `The new schema cannot read what version ${version} wrote`
      : `Version ${version} cannot read what the new schema writes`
  return `${who}: ${path === '' ? '' : `${path}: `}${what}.`
}

function found(
  list: readonly Incompatibility[],
  direction: CompatibilityFinding['direction'],
  version: number,
): readonly CompatibilityFinding[] {
  return list.map((each) => ({ ...each, direction, version }))
}

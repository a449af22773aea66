import { isDeepStrictEqual } from 'node:util'
import { freezeDeep } from '../../base/freeze.ts'
import { canonicalJson, type Json } from '../../base/json.ts'
import type { AnyEvent, EventVersion } from '../../design/definition.ts'
import { nodeCodec } from '../../schema/codec.ts'
import { sample } from '../../schema/sample.ts'
import type { Random } from '../../schema/random.ts'

/** Stored data of events by type and schema version, for schemas that cannot be sampled. */
export type StoredExamples = { readonly [type: string]: { readonly [version: number]: readonly Json[] } }

/** Data of one event in one schema version as a store may hold it, and what today's readers get of it. */
export interface StoredSample {
  readonly type: string
  readonly schemaVersion: number
  /** JSON text as it is stored. */
  readonly stored: string
  /** In today's schema version, frozen. */
  readonly data: unknown
}

/** Samples of one schema version, or why there are none. */
export interface VersionSamples {
  readonly schemaVersion: number
  readonly samples: readonly StoredSample[]
  /** What could not be drawn or brought up to today's version, each problem once. */
  readonly problems: readonly string[]
}

/** Draws stored data of every schema version of an event and brings it to today's version as the runtime does. */
export function samplesOf(
  event: AnyEvent,
  random: Random,
  count: number,
  examples: StoredExamples,
): readonly VersionSamples[] {
  return event.versions.map((version) => {
    const { schemaVersion } = version
    const drawn = storedData(version, random, count, examples[event.type]?.[schemaVersion])
    if (typeof drawn === 'string') return { schemaVersion, samples: [], problems: [drawn] }
    const samples: StoredSample[] = []
    const problems = new Map<string, string>()
    for (const stored of drawn) {
      const result = upcast(event, schemaVersion, stored)
      if (typeof result !== 'string') samples.push(result)
      else if (!problems.has(result)) problems.set(result, `${result} Stored data: ${cut(stored)}`)
    }
    return { schemaVersion, samples, problems: [...problems.values()].slice(0, 3) }
  })
}

function storedData(
  { node }: EventVersion,
  random: Random,
  count: number,
  examples: readonly Json[] | undefined,
): readonly string[] | string {
  if (examples !== undefined) return examples.map((example) => canonicalJson(example))
  const codec = nodeCodec(node)
  try {
    return Array.from({ length: count }, () => {
      const value = sample(node, random)
      return canonicalJson(codec === null ? value : codec.encode(value))
    })
  } catch (error) {
    return `No sample could be drawn; give stored data in \`examples\`. ${messageOf(error)}`
  }
}

function upcast(event: AnyEvent, schemaVersion: number, stored: string): StoredSample | string {
  try {
    const data = freezeDeep(event.decode(schemaVersion, JSON.parse(stored)))
    const again: unknown = event.decode(event.schemaVersion, JSON.parse(event.text(data)))
    if (isDeepStrictEqual(data, again)) return { type: event.type, schemaVersion, stored, data }
    return "Written again in today's version, the event does not read as the same."
  } catch (error) {
    return messageOf(error)
  }
}

/** What was thrown, in one line and of a length that can be read. */
export function messageOf(error: unknown): string {
  return cut(
    (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replaceAll(/\s+/g, ' ').trim(),
  )
}

/** The text in one line of at most 300 characters. */
export function cut(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}

import type { RegistryClient, SubjectVersion } from '../../adapters/schema-registry/client.ts'
import { errorText } from '../../base/error-text.ts'
import { isEventwrightError } from '../../base/errors.ts'
import type { WireSchema } from '../../design/wire-schema.ts'
import { compatibilityFindings, findingText, type CompatibilityMode } from '../../schema/compatibility/compatibility.ts'
import type { DeclaredSubject } from './registry-choice.ts'

/** What stands against a schema, for people and for programs. */
export interface Break {
  /** The schema version of the message that would be published. */
  readonly version: number
  /** The published version that it does not go with. */
  readonly against: number
  readonly path: string
  readonly rule: string
  readonly text: string
}

/** A subject as a registry has it beside what a design has for it. */
export interface Review {
  readonly declared: DeclaredSubject
  readonly mode: CompatibilityMode
  readonly published: readonly SubjectVersion[]
  /** What the registry does not have. */
  readonly fresh: readonly WireSchema[]
  /** Where the newest schema of the design is published. */
  readonly newest: { readonly id: number; readonly version: number } | undefined
  readonly breaks: readonly Break[]
}

/** Compares what a design has for a subject with all that is published there, by the mode of the subject or another. */
export async function review(
  client: RegistryClient,
  declared: DeclaredSubject,
  mode?: CompatibilityMode,
): Promise<Review> {
  const { subject, schemas } = declared
  const published: SubjectVersion[] = []
  for (const number of await client.versions(subject)) {
    const version = await client.version(subject, number)
    if (version !== undefined) published.push(version)
  }
  const places: ({ readonly id: number; readonly version: number } | undefined)[] = []
  for (const schema of schemas) {
    places.push(published.length === 0 ? undefined : await client.lookup(subject, bodyOf(schema)))
  }
  const fresh = schemas.filter((_, index) => places[index] === undefined)
  const inMode = mode ?? (await client.config(subject))
  return {
    declared,
    mode: inMode,
    published,
    fresh,
    newest: places.at(-1),
    breaks: breaksOf(fresh, published, inMode),
  }
}

/** A schema as a registry is asked about it. */
export function bodyOf({ schemaType, text }: WireSchema): {
  readonly schemaType: 'AVRO' | 'PROTOBUF'
  readonly schema: string
} {
  return { schemaType, schema: text }
}

function breaksOf(
  fresh: readonly WireSchema[],
  published: readonly SubjectVersion[],
  mode: CompatibilityMode,
): readonly Break[] {
  const older: { readonly version: number; readonly schema: string; readonly schemaType: string }[] = [...published]
  return fresh.flatMap((schema) => {
    const found = breaksWith(schema, older, mode)
    older.push({ version: (older.at(-1)?.version ?? 0) + 1, schema: schema.text, schemaType: schema.schemaType })
    return found
  })
}

function breaksWith(
  { version, schemaType, text: newer }: WireSchema,
  older: readonly { readonly version: number; readonly schema: string; readonly schemaType: string }[],
  mode: CompatibilityMode,
): readonly Break[] {
  const last = older.at(-1)
  const whole = (rule: string, text: string): readonly Break[] => [
    { version, against: last?.version ?? 0, path: '', rule, text },
  ]
  if (last !== undefined && last.schemaType !== schemaType) {
    return whole('format', `Version ${last.version} is ${last.schemaType}, and the new schema is ${schemaType}.`)
  }
  const same = older.filter((each) => each.schemaType === schemaType)
  try {
    const question = { format: schemaType, mode, older: same.map(({ schema }) => schema), newer }
    return compatibilityFindings(question).map((finding) => {
      const against = same[finding.version - 1]!.version
      return {
        version,
        against,
        path: finding.path,
        rule: finding.rule,
        text: findingText({ ...finding, version: against }),
      }
    })
  } catch (error) {
    if (!isEventwrightError(error, 'EW_SCHEMA_TEXT')) throw error
    return whole('text', errorText(error))
  }
}

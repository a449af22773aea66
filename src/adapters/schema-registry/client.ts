import { failure } from '../../base/errors.ts'
import { isPlainObject, type Json } from '../../base/json.ts'
import type { CompatibilityMode } from '../../schema/compatibility/compatibility.ts'
import { ask, registryFailed, type Answer, type Question } from './request.ts'
import type { RegistrySettings } from './settings.ts'

/** The formats of schemas, as registries call them. */
export type SchemaType = 'AVRO' | 'PROTOBUF' | 'JSON'

/** A schema as it is given to a registry. */
export interface SchemaText {
  readonly schemaType: SchemaType
  readonly schema: string
}

/** A schema as a registry has it. */
export interface RegisteredSchema extends SchemaText {
  /** Whether it is made of other schemas too, which are not fetched. */
  readonly hasReferences: boolean
}

/** A schema at its place in a subject. */
export interface SubjectVersion extends RegisteredSchema {
  readonly id: number
  readonly version: number
}

/** What a registry says about a schema that may follow. */
export interface Verdict {
  readonly isCompatible: boolean
  readonly messages: readonly string[]
}

/**
 * The calls of a schema registry that are needed, in the REST interface of Confluent's. Errors: EW_REGISTRY_FAILED;
 * EW_SCHEMA_REFUSED where it does not take a schema.
 */
export class RegistryClient {
  readonly #settings: RegistrySettings

  constructor(settings: RegistrySettings) {
    this.#settings = settings
  }

  /** Registers a schema; one that the subject has already keeps its id. */
  async register(subject: string, schema: SchemaText): Promise<number> {
    const question = post(`${subjectPath(subject)}/versions`, schema)
    const answer = await ask(this.#settings, question)
    if (answer.ok) return this.#number(question, answer.json, 'id')
    throw this.#refused(question, subject, answer)
  }

  /** Where the subject has exactly this schema; undefined when it has not. */
  async lookup(
    subject: string,
    schema: SchemaText,
  ): Promise<{ readonly id: number; readonly version: number } | undefined> {
    const question = post(subjectPath(subject), schema)
    const answer = await ask(this.#settings, question)
    if (answer.ok) {
      const [id, version] = ['id', 'version'].map((name) => this.#number(question, answer.json, name))
      return { id: id!, version: version! }
    }
    if (answer.status === 404) return undefined
    throw this.#refused(question, subject, answer)
  }

  /** The schema of an id; undefined when there is none. */
  async byId(id: number): Promise<RegisteredSchema | undefined> {
    const question = get(`/schemas/ids/${id}`)
    const json = await this.#found(question)
    return json === undefined ? undefined : this.#schema(question, json)
  }

  /** The numbers of a subject's versions, ascending; none for a subject that is not there. */
  async versions(subject: string): Promise<readonly number[]> {
    const question = get(`${subjectPath(subject)}/versions`)
    const json = (await this.#found(question)) ?? []
    if (Array.isArray(json) && json.every((each) => typeof each === 'number')) return json.toSorted((a, b) => a - b)
    throw this.#odd(question)
  }

  /** One version of a subject; undefined when it is not there. */
  async version(subject: string, version: number | 'latest'): Promise<SubjectVersion | undefined> {
    const question = get(`${subjectPath(subject)}/versions/${version}`)
    const json = await this.#found(question)
    if (json === undefined) return undefined
    const number = (name: string): number => this.#number(question, json, name)
    return { ...this.#schema(question, json), id: number('id'), version: number('version') }
  }

  /** What the registry itself says about a schema that is to follow the latest one, or all of them. */
  async compatibility(subject: string, schema: SchemaText, version: 'latest' | 'all'): Promise<Verdict> {
    const place = version === 'all' ? 'versions' : 'versions/latest'
    const question = post(`/compatibility${subjectPath(subject)}/${place}?verbose=true`, schema)
    const answer = await ask(this.#settings, question)
    if (!answer.ok) {
      if (answer.status === 404) return { isCompatible: true, messages: [] }
      throw this.#refused(question, subject, answer)
    }
    const { is_compatible: isCompatible, messages } = Object(answer.json) as { [name: string]: unknown }
    if (typeof isCompatible !== 'boolean') throw this.#odd(question)
    return { isCompatible, messages: Array.isArray(messages) ? messages.map(String) : [] }
  }

  /** The mode of a subject, or that of the registry where it has none of its own. */
  async config(subject?: string): Promise<CompatibilityMode> {
    const own = subject === undefined ? undefined : await this.#mode(get(`${configPath(subject)}?defaultToGlobal=true`))
    return own ?? (await this.#mode(get('/config'))) ?? 'BACKWARD'
  }

  /** Sets the mode of a subject, or of the registry. */
  async configure(subject: string | undefined, mode: CompatibilityMode): Promise<void> {
    const question: Question = { method: 'PUT', path: configPath(subject), body: { compatibility: mode } }
    const answer = await ask(this.#settings, question)
    if (!answer.ok) throw registryFailed(this.#settings, question, `answered ${answer.status}: ${answer.said}`)
  }

  async #mode(question: Question): Promise<CompatibilityMode | undefined> {
    const json = await this.#found(question)
    if (json === undefined) return undefined
    const { compatibilityLevel, compatibility } = Object(json) as { [name: string]: unknown }
    const mode = compatibilityLevel ?? compatibility
    if (typeof mode === 'string' && isMode(mode)) return mode
    throw this.#odd(question)
  }

  async #found(question: Question): Promise<Json | undefined> {
    const answer = await ask(this.#settings, question)
    if (answer.ok) return answer.json
    if (answer.status === 404) return undefined
    throw registryFailed(this.#settings, question, `answered ${answer.status}: ${answer.said.slice(0, 300)}`)
  }

  #schema(question: Question, json: Json): RegisteredSchema {
    const { schema, schemaType = 'AVRO', references } = Object(json) as { [name: string]: unknown }
    if (typeof schema !== 'string' || !isSchemaType(schemaType)) throw this.#odd(question)
    return {
      schema,
      schemaType: typeOf(schema, schemaType),
      hasReferences: Array.isArray(references) && references.length > 0,
    }
  }

  #number(question: Question, json: Json, name: string): number {
    const value = isPlainObject(json) ? json[name] : undefined
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw this.#odd(question)
  }

  #odd(question: Question): Error {
    return registryFailed(this.#settings, question, 'answered something else than a schema registry does')
  }

  #refused(question: Question, subject: string, answer: Answer & { readonly ok: false }): Error {
    const { status, code, said } = answer
    if (status !== 409 && status !== 422 && status !== 400) {
      return registryFailed(this.#settings, question, `answered ${status}: ${said.slice(0, 300)}`)
    }
    const what = `The registry does not take the schema for the subject ${subject} (${code}): ${said.slice(0, 600)}`
    return failure('EW_SCHEMA_REFUSED', what, { details: { subject, status, code } })
  }
}

const modes: readonly string[] = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] satisfies readonly CompatibilityMode[]

/** Whether a word is a mode of compatibility. */
export function isMode(word: string): word is CompatibilityMode {
  return modes.includes(word)
}

function isSchemaType(value: unknown): value is SchemaType {
  return value === 'AVRO' || value === 'PROTOBUF' || value === 'JSON'
}

/** Where the format of a subject has changed, Apicurio goes on calling its schemas what the first one was. */
function typeOf(schema: string, said: SchemaType): SchemaType {
  if (said === 'JSON') return said
  return /^\s*["[{]/.test(schema) ? 'AVRO' : 'PROTOBUF'
}

function get(path: string): Question {
  return { method: 'GET', path }
}

function post(path: string, { schema, schemaType }: SchemaText): Question {
  return { method: 'POST', path, body: { schema, schemaType } }
}

function subjectPath(subject: string): string {
  return `/subjects/${encodeURIComponent(subject)}`
}

function configPath(subject: string | undefined): string {
  return subject === undefined ? '/config' : `/config/${encodeURIComponent(subject)}`
}

import type { Json } from '../../wire.ts'

/** What is read of a JSON Schema. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly enum?: readonly Json[]
  readonly const?: Json
  readonly default?: Json
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly format?: string
  readonly pattern?: string
  readonly contentEncoding?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
}

/** A schema without what stands around it: a reference is followed, and that it may be null is told beside it. */
export function bareSchema(
  schema: JsonSchema,
  root: JsonSchema,
): { readonly schema: JsonSchema; readonly isNullable: boolean } {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1]
  const found = name === undefined ? schema : (root.$defs?.[decodeURIComponent(name)] ?? schema)
  const others = found.anyOf?.filter(({ type }) => type !== 'null')
  if (found.anyOf === undefined || others?.length !== 1) return { schema: found, isNullable: false }
  const { anyOf, ...around } = found
  return { schema: { ...others[0]!, ...around }, isNullable: anyOf.length > 1 }
}

/** The least value of a schema, which somebody is about to fill in. */
export function blankOf(given: JsonSchema, root: JsonSchema): Json {
  const { schema, isNullable } = bareSchema(given, root)
  if (schema.default !== undefined) return schema.default
  if (isNullable) return null
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0] ?? ''
  if (schema.oneOf !== undefined) return blankOf(schema.oneOf[0] ?? {}, root)
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema
      return Object.fromEntries(required.map((name) => [name, blankOf(properties[name] ?? {}, root)]))
    }
    case 'array':
      return []
    case 'integer':
    case 'number':
      return schema.minimum !== undefined && schema.minimum > 0 ? schema.minimum : 0
    case 'boolean':
      return false
    default:
      return ''
  }
}

/** The variant of a union that a value is of, by the tag that each of them says in its own way; -1 for none. */
export function variantOf(variants: readonly JsonSchema[], value: Json | undefined): number {
  if (!isObject(value)) return -1
  return variants.findIndex(({ properties = {} }) => {
    const tags = Object.entries(properties).filter(([, of]) => of.const !== undefined)
    return tags.length > 0 && tags.every(([name, of]) => value[name] === of.const)
  })
}

/** In what form a text is to be written, in a few words; undefined where any text is fine. */
export function formOf({ description, format, contentEncoding, pattern }: JsonSchema): string | undefined {
  const digits = /^\^-\?\[0-9\]\{1,(\d+)\}(?:\(\\\.\[0-9\]\{1,(\d+)\}\)\?)?\$$/.exec(pattern ?? '')
  const [, whole, behind = '0'] = digits ?? []
  const decimal = digits && `a number with up to ${whole} digits before the point and ${behind} behind it`
  return (
    [description, decimal ?? format ?? contentEncoding].filter((part) => part !== undefined).join('; ') || undefined
  )
}

/** Whether a value is an object of JSON. */
export function isObject(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

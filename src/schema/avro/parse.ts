import { failure } from '../../base/errors.ts'
import { isPlainObject, parseJson, type Json } from '../../base/json.ts'
import { quoted } from '../../base/text.ts'
import type { AvroField, AvroLogical, AvroNamed, AvroPrimitiveKind, AvroRecord, AvroType, AvroUnion } from './model.ts'
import { avroTypeName } from './model.ts'
import { isAvroDefault } from './default.ts'

/**
 * Reads the text of an Avro schema, our own or a foreign one. Error: EW_SCHEMA_TEXT, naming the place, for a text that
 * is none, that is longer than 1 MiB, or that has more than 1,000 named types. `anyDefaults` is for whoever reads what
 * the schema wrote, to whom defaults are nothing: old libraries published some that are no values of their types.
 */
export function parseAvro(text: string, options: { readonly anyDefaults?: boolean } = {}): AvroType {
  if (text.length > maxLength) throw bad('', `The text has ${text.length} characters, more than ${maxLength}`)
  const run: Run = { named: new Map(), defaults: [] }
  const type = typeOf(run, jsonOf(text), undefined, '')
  if (options.anyDefaults === true) return type
  // Only now every name is known, so that a default may be looked at against its type.
  for (const { type: of, value, at } of run.defaults) {
    if (!isAvroDefault(of, value)) throw bad(at, `The default is not a value of ${avroTypeName(of)}`)
  }
  return type
}

const maxLength = 1_048_576
const maxNamed = 1000
const maxDepth = 100
const name = /^[A-Za-z_][A-Za-z0-9_]*$/
const fullName = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/
const primitives: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
])

interface Run {
  readonly named: Map<string, AvroType>
  readonly defaults: { readonly type: AvroType; readonly value: Json; readonly at: string }[]
}

type Attributes = Readonly<Record<string, unknown>>

function jsonOf(text: string): Json {
  try {
    return parseJson(text, maxDepth)
  } catch (cause) {
    // Registries give the text of a primitive type without quotes, too.
    if (primitives.has(text.trim())) return text.trim()
    throw failure('EW_SCHEMA_TEXT', 'The Avro schema is not valid JSON.', { cause })
  }
}

function typeOf(run: Run, json: unknown, space: string | undefined, at: string): AvroType {
  if (typeof json === 'string') return referred(run, json, space, at)
  if (Array.isArray(json)) return unionOf(run, json, space, at)
  if (!isPlainObject(json)) throw bad(at, 'Expected a type: a name, a list of types or an object')
  const kind = json['type']
  if (typeof kind !== 'string') return typeOf(run, kind, space, at)
  if (primitives.has(kind)) {
    return { kind: kind as AvroPrimitiveKind, ...logicalOf(json), ...constantOf(json) }
  }
  switch (kind) {
    case 'array':
      return { kind, items: typeOf(run, json['items'], space, `${at}[]`) }
    case 'map':
      return { kind, values: typeOf(run, json['values'], space, `${at}.*`) }
    case 'record':
    case 'error':
      return recordOf(run, json, space, at)
    case 'enum':
      return enumOf(run, json, space, at)
    case 'fixed':
      return fixedOf(run, json, space, at)
    default:
      return referred(run, kind, space, at)
  }
}

function referred(run: Run, text: string, space: string | undefined, at: string): AvroType {
  if (primitives.has(text)) return { kind: text as AvroPrimitiveKind }
  const known = run.named.get(qualified(text, space)) ?? run.named.get(text)
  if (known !== undefined) return known
  throw bad(at, `The type ${quoted(text)} is not defined before it is used`)
}

function unionOf(run: Run, list: readonly unknown[], space: string | undefined, at: string): AvroUnion {
  const branches = list.map((branch) => typeOf(run, branch, space, at))
  const names = branches.map(avroTypeName)
  if (branches.length === 0) throw bad(at, 'A union has no types')
  if (names.includes('union')) throw bad(at, 'A union stands directly in a union')
  const twice = names.find((each, index) => names.indexOf(each) !== index)
  if (twice !== undefined) throw bad(at, `A union has ${twice} twice`)
  return { kind: 'union', branches }
}

function recordOf(run: Run, json: Attributes, space: string | undefined, at: string): AvroRecord {
  const named = nameOf(json, space, at)
  const fields: AvroField[] = []
  const record: AvroRecord = { kind: 'record', ...named, fields }
  define(run, record, at)
  const list = json['fields']
  if (!Array.isArray(list)) throw bad(at, `Record ${named.name} has no list of fields`)
  const inner = spaceOf(named.name)
  const seen = new Set<string>()
  for (const each of list as readonly unknown[]) {
    const field = fieldOf(run, each, inner, at)
    if (seen.has(field.name)) throw bad(at, `Record ${named.name} has the field ${field.name} twice`)
    seen.add(field.name)
    fields.push(field)
  }
  return record
}

function fieldOf(run: Run, json: unknown, space: string | undefined, at: string): AvroField {
  if (!isPlainObject(json)) throw bad(at, 'A field is no object')
  const own = json['name']
  if (typeof own !== 'string' || !name.test(own)) throw bad(at, `${quoted(String(own))} is no name of a field`)
  const place = at === '' ? own : `${at}.${own}`
  const type = typeOf(run, json['type'], space, place)
  const hasDefault = Object.hasOwn(json, 'default')
  if (hasDefault) run.defaults.push({ type, value: json['default'] as Json, at: place })
  return { name: own, aliases: textsOf(json['aliases'], place, 'aliases'), type, hasDefault }
}

function enumOf(run: Run, json: Attributes, space: string | undefined, at: string): AvroType {
  const named = nameOf(json, space, at)
  const symbols = textsOf(json['symbols'], at, 'symbols')
  const fallback = json['default']
  const wrong = symbols.find((symbol, index) => !name.test(symbol) || symbols.indexOf(symbol) !== index)
  if (symbols.length === 0 || wrong !== undefined) {
    throw bad(at, `Enum ${named.name} has ${wrong === undefined ? 'no symbols' : `the symbol ${quoted(wrong)}`}`)
  }
  if (fallback === undefined) return define(run, { kind: 'enum', ...named, symbols }, at)
  if (typeof fallback !== 'string' || !symbols.includes(fallback)) {
    throw bad(at, `The default of enum ${named.name} is none of its symbols`)
  }
  return define(run, { kind: 'enum', ...named, symbols, default: fallback }, at)
}

function fixedOf(run: Run, json: Attributes, space: string | undefined, at: string): AvroType {
  const named = nameOf(json, space, at)
  const size = json['size']
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw bad(at, `Fixed ${named.name} has no size`)
  }
  return define(run, { kind: 'fixed', ...named, size, ...logicalOf(json) }, at)
}

function define<T extends AvroType & AvroNamed>(run: Run, type: T, at: string): T {
  if (run.named.has(type.name)) throw bad(at, `The name ${type.name} is defined twice`)
  if (run.named.size >= maxNamed) throw bad(at, `The schema has more than ${maxNamed} named types`)
  run.named.set(type.name, type)
  return type
}

function nameOf(json: Attributes, space: string | undefined, at: string): AvroNamed {
  const own = json['name']
  if (typeof own !== 'string' || !fullName.test(own) || primitives.has(own)) {
    throw bad(at, `${quoted(String(own))} is no name of a type`)
  }
  const namespace = json['namespace']
  const full = qualified(own, typeof namespace === 'string' ? namespace : space)
  const aliases = textsOf(json['aliases'], at, 'aliases').map((alias) => qualified(alias, spaceOf(full)))
  return { name: full, aliases }
}

function qualified(own: string, space: string | undefined): string {
  return own.includes('.') || space === undefined || space === '' ? own : `${space}.${own}`
}

function spaceOf(full: string): string | undefined {
  const dot = full.lastIndexOf('.')
  return dot < 0 ? undefined : full.slice(0, dot)
}

function textsOf(json: unknown, at: string, what: string): readonly string[] {
  if (json === undefined) return []
  if (Array.isArray(json) && json.every((each) => typeof each === 'string')) return json as readonly string[]
  throw bad(at, `The ${what} are no list of texts`)
}

/** As the specification has it: a logical type that is not valid is passed over. */
function logicalOf(json: Attributes): { readonly logical?: AvroLogical } {
  const own = json['logicalType'] ?? json['eventwright.kind']
  if (typeof own !== 'string') return {}
  if (own !== 'decimal') return { logical: { name: own } }
  const [precision, scale] = [json['precision'], json['scale'] ?? 0]
  const valid =
    typeof precision === 'number' &&
    typeof scale === 'number' &&
    Number.isSafeInteger(precision) &&
    Number.isSafeInteger(scale) &&
    precision > 0 &&
    scale >= 0 &&
    scale <= precision
  return valid ? { logical: { name: own, precision, scale } } : {}
}

function constantOf(json: Attributes): { readonly constant?: Json } {
  const own = json['eventwright.const']
  return own === undefined ? {} : { constant: own as Json }
}

function bad(at: string, problem: string): Error {
  const where = at === '' ? '' : ` At ${at}.`
  return failure('EW_SCHEMA_TEXT', `The Avro schema is not valid: ${problem}.${where}`, { details: { path: at } })
}

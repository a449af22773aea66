import { tokensOf, type Tokens } from './tokens.ts'

/** What a `.proto` text declares, as far as it decides about bytes. */
export interface ParsedProto {
  readonly package: string
  readonly messages: readonly ParsedMessage[]
  readonly enums: readonly ParsedEnum[]
}

/** A message. */
export interface ParsedMessage extends ParsedReserved {
  readonly name: string
  readonly fields: readonly ParsedField[]
  readonly messages: readonly ParsedMessage[]
  readonly enums: readonly ParsedEnum[]
}

/** A field. */
export interface ParsedField {
  readonly name: string
  readonly number: number
  readonly repetition: 'one' | 'many' | 'map'
  /** `required` of proto2. */
  readonly required: boolean
  /** As it is written; of a map the type of its values. */
  readonly type: string
  /** The type of the keys of a map. */
  readonly keyType?: string
  /** The oneof that it is part of. */
  readonly oneof?: string
}

/** An enum. */
export interface ParsedEnum extends ParsedReserved {
  readonly name: string
  readonly values: readonly { readonly name: string; readonly number: number }[]
}

/** What must not be used again. */
export interface ParsedReserved {
  /** Both ends belong to it. */
  readonly reservedNumbers: readonly (readonly [first: number, last: number])[]
  readonly reservedNames: readonly string[]
}

const deepest = 32
const lastNumber = 536_870_911

/** Reads a `.proto` text of proto2 or proto3; options, services and extensions are passed over. Error: EW_SCHEMA_TEXT. */
export function parseProto(text: string): ParsedProto {
  const tokens = tokensOf(text)
  const messages: ParsedMessage[] = []
  const enums: ParsedEnum[] = []
  let packageName = ''
  while (tokens.peek() !== undefined) {
    if (tokens.take(';')) continue
    if (tokens.take('package')) {
      packageName = nameIn(tokens)
      tokens.expect(';')
    } else if (tokens.take('message')) messages.push(messageIn(tokens, 1))
    else if (tokens.take('enum')) enums.push(enumIn(tokens))
    else if (statements.has(tokens.peek()!)) tokens.skipStatement()
    else throw tokens.fail('expected a message, an enum or a statement of a file')
  }
  return { package: packageName, messages, enums }
}

const statements: ReadonlySet<string> = new Set(['syntax', 'edition', 'import', 'option', 'service', 'extend'])

function messageIn(tokens: Tokens, depth: number): ParsedMessage {
  if (depth > deepest) throw tokens.fail(`messages are nested deeper than ${deepest} levels`)
  const name = nameIn(tokens)
  const fields: ParsedField[] = []
  const messages: ParsedMessage[] = []
  const enums: ParsedEnum[] = []
  const reserved = emptyReserved()
  tokens.expect('{')
  while (!tokens.take('}')) {
    if (tokens.take(';')) continue
    if (tokens.take('message')) messages.push(messageIn(tokens, depth + 1))
    else if (tokens.take('enum')) enums.push(enumIn(tokens))
    else if (tokens.take('reserved')) reservedIn(tokens, reserved, lastNumber)
    else if (tokens.take('oneof')) fields.push(...oneofIn(tokens))
    else if (['option', 'extensions', 'extend'].includes(tokens.peek() ?? '')) tokens.skipStatement()
    else fields.push(fieldIn(tokens))
  }
  return { name, fields, messages, enums, ...reserved }
}

function oneofIn(tokens: Tokens): readonly ParsedField[] {
  const oneof = nameIn(tokens)
  const fields: ParsedField[] = []
  tokens.expect('{')
  while (!tokens.take('}')) {
    if (tokens.take(';')) continue
    if (tokens.peek() === 'option') tokens.skipStatement()
    else fields.push({ ...fieldIn(tokens), oneof })
  }
  return fields
}

function fieldIn(tokens: Tokens): ParsedField {
  const required = tokens.take('required')
  const many = !required && tokens.take('repeated')
  if (!many && !required) tokens.take('optional')
  const type = nameIn(tokens)
  let [valueType, keyType] = [type, undefined as string | undefined]
  if (type === 'map' && tokens.take('<')) {
    keyType = nameIn(tokens)
    tokens.expect(',')
    valueType = nameIn(tokens)
    tokens.expect('>')
  }
  const name = nameIn(tokens)
  tokens.expect('=')
  const number = numberIn(tokens)
  tokens.skipOptions()
  tokens.expect(';')
  const map = keyType === undefined ? {} : { keyType }
  const repetition = keyType === undefined ? (many ? 'many' : 'one') : 'map'
  return { name, number, repetition, required, type: valueType.replace(/^\./, ''), ...map }
}

function enumIn(tokens: Tokens): ParsedEnum {
  const name = nameIn(tokens)
  const values: { readonly name: string; readonly number: number }[] = []
  const reserved = emptyReserved()
  tokens.expect('{')
  while (!tokens.take('}')) {
    if (tokens.take(';')) continue
    if (tokens.peek() === 'option') tokens.skipStatement()
    else if (tokens.take('reserved')) reservedIn(tokens, reserved, 2_147_483_647)
    else {
      const value = nameIn(tokens)
      tokens.expect('=')
      const number = numberIn(tokens)
      tokens.skipOptions()
      tokens.expect(';')
      values.push({ name: value, number })
    }
  }
  return { name, values, ...reserved }
}

interface OpenReserved {
  readonly reservedNumbers: (readonly [first: number, last: number])[]
  readonly reservedNames: string[]
}

function emptyReserved(): OpenReserved {
  return { reservedNumbers: [], reservedNames: [] }
}

function reservedIn(tokens: Tokens, { reservedNumbers, reservedNames }: OpenReserved, greatest: number): void {
  do {
    const next = tokens.peek() ?? ''
    if (/^["']/.test(next)) reservedNames.push(tokens.next().slice(1, -1))
    else if (/^-?\d/.test(next) || next === '-') {
      const first = numberIn(tokens)
      const last = !tokens.take('to') ? first : tokens.take('max') ? greatest : numberIn(tokens)
      reservedNumbers.push([first, last])
    } else reservedNames.push(nameIn(tokens))
  } while (tokens.take(','))
  tokens.expect(';')
}

function nameIn(tokens: Tokens): string {
  const first = tokens.peek() ?? ''
  const leading = first === '.' ? tokens.next() : ''
  const name = tokens.peek() ?? ''
  if (!/^\.?[A-Za-z_][\w.]*$/.test(name)) throw tokens.fail('expected a name')
  return leading + tokens.next()
}

function numberIn(tokens: Tokens): number {
  const sign = tokens.take('-') ? -1 : 1
  const text = tokens.peek() ?? ''
  if (!/^(?:0[xX][\da-fA-F]+|\d+)$/.test(text)) throw tokens.fail('expected a whole number')
  tokens.next()
  const octal = /^0[0-7]+$/.test(text)
  return sign * (octal ? Number.parseInt(text, 8) : Number(text))
}

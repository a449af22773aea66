import type { FieldNode } from '../node.ts'
import { identifierOf, protoJsonName } from './names.ts'
import { protobufTypeOf, type ProtobufEnum, type ProtobufField, type ProtobufMessage } from './model.ts'

/** Numbers and names that earlier versions have used, by scope. */
export type Reserved = ReadonlyMap<string, { readonly numbers: readonly number[]; readonly names: readonly string[] }>

/** The `.proto` text of a message in a package, which may be empty. */
export function protobufText(packageName: string, message: ProtobufMessage, reserved: Reserved): string {
  const lines = ['syntax = "proto3";', '']
  if (packageName !== '') lines.push(`package ${packageName};`, '')
  if (hasTimestamp(message)) lines.push('import "google/protobuf/timestamp.proto";', '')
  return [...lines, ...messageLines(message, reserved), ''].join('\n')
}

function messageLines(message: ProtobufMessage, reserved: Reserved): readonly string[] {
  const { name, scope, form, tag, doc, fields, messages, enums } = message
  const members = fields.flatMap(fieldLines)
  const body = [
    ...reservedLines(scope, reserved),
    ...(form === 'union' ? [`oneof ${identifierOf(tag!, 'kind')} {`, ...members.map(indented), '}'] : members),
  ]
  const nested = [
    ...enums.map((type) => enumLines(type, reserved)),
    ...messages.map((type) => messageLines(type, reserved)),
  ].sort((a, b) => (headOf(a) < headOf(b) ? -1 : 1))
  const inside = nested.reduce<readonly string[]>(
    (lines, block) => [...lines, ...(lines.length > 0 ? [''] : []), ...block],
    body,
  )
  return [...docLines(doc), `message ${name} {`, ...inside.map(indented), '}']
}

function headOf(block: readonly string[]): string {
  return block.find((line) => !line.startsWith('//')) ?? ''
}

function fieldLines(field: ProtobufField): readonly string[] {
  const { name, protoName, number, doc, repetition, explicit, value, node } = field
  const type = protobufTypeOf(value)
  const typed =
    repetition === 'map'
      ? `map<string, ${type}>`
      : repetition === 'many'
        ? `repeated ${type}`
        : explicit
          ? `optional ${type}`
          : type
  const json = protoJsonName(protoName) === name ? '' : ` [json_name = ${quotedText(name)}]`
  const note = notes(node)
  return [...docLines(doc), `${typed} ${protoName} = ${number}${json};${note === '' ? '' : ` // ${note}`}`]
}

function enumLines({ name, scope, values }: ProtobufEnum, reserved: Reserved): readonly string[] {
  const prefix = identifierOf(name, 'enum').toUpperCase()
  const lines = values.map(({ value, protoName, number }) => {
    const plain = protoName === `${prefix}_${value.toUpperCase()}`
    return `${protoName} = ${number};${plain ? '' : ` // ${oneLine(JSON.stringify(value))}`}`
  })
  const all = [...reservedLines(scope, reserved), `${prefix}_UNSPECIFIED = 0;`, ...lines]
  return [`enum ${name} {`, ...all.map(indented), '}']
}

function reservedLines(scope: string, reserved: Reserved): readonly string[] {
  const { numbers, names } = reserved.get(scope) ?? { numbers: [], names: [] }
  return [
    ...(numbers.length === 0 ? [] : [`reserved ${numbers.toSorted((a, b) => a - b).join(', ')};`]),
    ...(names.length === 0 ? [] : [`reserved ${names.map((name) => `"${name}"`).join(', ')};`]),
  ]
}

/** What the type says in our language and Protobuf has no word for. */
function notes(node: FieldNode): string {
  const parts = [kindNote(node)]
  if (node.default !== undefined) parts.push(`default ${oneLine(JSON.stringify(node.default))}`)
  if (node.nullable === true) parts.push('or null')
  return parts.filter((part) => part !== '').join(', ')
}

function kindNote(node: FieldNode): string {
  switch (node.kind) {
    case 'decimal':
      return `decimal(${node.precision}, ${node.scale})`
    case 'uuid':
    case 'date':
    case 'duration':
    case 'json':
      return node.kind
    case 'foreign':
      return 'json'
    case 'literal':
      return `always ${oneLine(JSON.stringify(node.value))}`
    case 'array':
    case 'map': {
      const inner = notes(node.of)
      return inner === '' || node.of.kind === 'array' || node.of.kind === 'map' ? '' : inner
    }
    default:
      return ''
  }
}

function docLines(doc: string | undefined): readonly string[] {
  return doc === undefined ? [] : doc.split(/\r\n|[\n\r\u2028\u2029\v\f]/).map((line) => `// ${line}`.trimEnd())
}

/** A text between quotes that every reader of `.proto` texts takes back for the same one. */
function quotedText(text: string): string {
  const bytes = [...new TextEncoder().encode(text)].map((byte) => {
    const character = String.fromCharCode(byte)
    if (byte < 0x20 || byte > 0x7e) return `\\${byte.toString(8).padStart(3, '0')}`
    return character === '"' || character === '\\' ? `\\${character}` : character
  })
  return `"${bytes.join('')}"`
}

function oneLine(text: string): string {
  return text.replaceAll(
    /[\u2028\u2029\v\f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function indented(line: string): string {
  return line === '' ? '' : `  ${line}`
}

function hasTimestamp({ fields, messages }: ProtobufMessage): boolean {
  return fields.some(({ value }) => value.kind === 'timestamp') || messages.some(hasTimestamp)
}

import { failure } from '../../base/errors.ts'
import type { ShapeNode } from '../node.ts'
import { memberKey, publishedNumber, type ProtobufMember, type ProtobufNumbers } from './member.ts'
import { identifierOf, protoFieldName } from './names.ts'
import { isScopeOf, protobufMembers } from './numbers.ts'
import type { ProtobufMessage } from './model.ts'
import { protobufPlan } from './plan.ts'
import { protobufText, type Reserved } from './text.ts'

export type { ProtobufMember, ProtobufNumbers } from './member.ts'

/** A declared message, for which a `.proto` text is wanted. */
export interface ProtobufSource {
  /** The type of the event or command. */
  readonly name: string
  /** All schema versions, the oldest first. */
  readonly versions: readonly ShapeNode[]
  /** Which of them, from 1; default: the newest. */
  readonly version?: number
  /** Usually the name of the service that owns the message. */
  readonly package: string
  readonly numbers: ProtobufNumbers
}

/** A message as Protobuf. */
export interface ProtobufSchema {
  /** The `.proto` text (proto3). It never changes for a published version. */
  readonly text: string
  /** With the package. */
  readonly fullName: string
  /** What the bytes hold, for codecs. */
  readonly message: ProtobufMessage
}

/**
 * The `.proto` text of a declared message and what is needed to read and write it. Error: EW_SCHEMA_FORM for a field
 * without a number, and for names that Protobuf cannot tell apart.
 */
export function protobufSchema(source: ProtobufSource): ProtobufSchema {
  const { name, versions, version = versions.length, numbers } = source
  const node = versions[version - 1]
  if (node === undefined) throw failure('EW_DESIGN', `The message ${name} has no version ${version}.`)
  const scopes = new Map(Object.entries(numbers).map(([scope, members]) => [scope, new Map(Object.entries(members))]))
  const empty = new Map<string, number>()
  const message = protobufPlan(name, node, (scope, member) => {
    const number = publishedNumber(scopes.get(scope) ?? empty, member)
    if (number !== undefined) return number
    throw failure(
      'EW_SCHEMA_FORM',
      `${member.name} of ${scope} has no Protobuf number: eventwright check --write gives it one, or .number(…).`,
      { details: { scope, member: member.name } },
    )
  })
  const packageName = protobufPackage(source.package)
  const text = protobufText(packageName, message, reservedIn(source, version, scopes))
  return { text, message, fullName: packageName === '' ? name : `${packageName}.${name}` }
}

/** The name of a package: parts between dots, each an identifier. */
export function protobufPackage(name: string): string {
  return name === ''
    ? ''
    : name
        .split('.')
        .map((part) => identifierOf(part, 'part'))
        .join('.')
}

/** What earlier versions have used and this one does not; the newest also keeps what no version declares any more. */
function reservedIn(
  { name, versions }: ProtobufSource,
  version: number,
  scopes: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Reserved {
  const declared = versions.map((node) => protobufMembers(name, node))
  const now = declared[version - 1]!
  const result = new Map<string, { readonly numbers: readonly number[]; readonly names: readonly string[] }>()
  for (const [scope, members] of scopes) {
    if (!isScopeOf(name, scope)) continue
    const used = now.get(scope) ?? []
    const later = declared.slice(version).flatMap((each) => each.get(scope) ?? [])
    const earlier = declared.slice(0, version - 1).flatMap((each) => each.get(scope) ?? [])
    const gone = [...members].filter(
      ([key]) => !isOf(key, used, members) && (isOf(key, earlier, members) || !isOf(key, later, members)),
    )
    const numbersInUse = new Set(used.map((member) => publishedNumber(members, member)))
    const everyone = [...used, ...earlier, ...later]
    const isEnum = everyone.length > 0 && everyone.every(({ type }) => type === '')
    const namesInUse = new Set(used.map((member) => protoFieldName(member.name)))
    const names = isEnum ? [] : gone.map(([key]) => protoFieldName(key.slice(0, key.indexOf(': '))))
    result.set(scope, {
      numbers: [...new Set(gone.map(([, number]) => number))].filter((number) => !numbersInUse.has(number)),
      names: [...new Set(names)].filter((each) => !namesInUse.has(each)).sort(),
    })
  }
  return result
}

function isOf(key: string, members: readonly ProtobufMember[], known: ReadonlyMap<string, number>): boolean {
  return members.some(
    (member) => memberKey(member) === key || (!known.has(memberKey(member)) && sameField(key, member, known)),
  )
}

function sameField(key: string, member: ProtobufMember, known: ReadonlyMap<string, number>): boolean {
  return key.startsWith(`${member.name}: `) && known.get(key) === publishedNumber(known, member)
}

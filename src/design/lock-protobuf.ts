import { isPlainObject } from '../base/json.ts'
import type { ShapeNode } from '../schema/node.ts'
import { protobufNumbers, type NumberProblem } from '../schema/protobuf/numbers.ts'
import type { ProtobufNumbers } from '../schema/protobuf/member.ts'
import type { Finding } from './composition/finding.ts'
import type { AnyCommand, AnyEvent, AnyMessage } from './definition.ts'
import type { AnySystem } from './system.ts'

/** A message that travels as Protobuf on some channel. */
export interface ProtobufDeclaration {
  readonly name: string
  /** The service that owns it: the package of its `.proto` text. */
  readonly service: string
  /** Its schema versions, the oldest first; a command has one. */
  readonly versions: readonly ShapeNode[]
}

/** The messages of a system that travel as Protobuf, by name. */
export function protobufDeclarations({ graph }: AnySystem): readonly ProtobufDeclaration[] {
  const carried = new Set<AnyMessage>()
  for (const { definition } of graph.channels.values()) {
    if (definition.format === 'protobuf') for (const message of definition.carries) carried.add(message)
  }
  for (const { kind, carries, tunedBy } of graph.derivedChannels.values()) {
    if (kind === 'commands' && tunedBy?.format === 'protobuf') for (const command of carries) carried.add(command)
  }
  return [...carried]
    .map(({ kind, type }) => {
      const { definition, service } = kind === 'event' ? graph.events.get(type)! : graph.commands.get(type)!
      return { name: type, service, versions: versionsOf(definition) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** All schema versions of a message. */
export function versionsOf(definition: AnyEvent | AnyCommand): readonly ShapeNode[] {
  return definition.kind === 'event' ? definition.versions.map(({ node }) => node) : [definition.node]
}

/** The published numbers together with the next free ones for what is new, and what they do not allow. */
export function lockNumbers(
  published: ProtobufNumbers,
  declarations: readonly ProtobufDeclaration[],
): { readonly numbers: ProtobufNumbers; readonly findings: readonly Finding[] } {
  let numbers = published
  const findings: Finding[] = []
  for (const { name, versions } of declarations) {
    const assigned = protobufNumbers(name, versions, published, { assign: true })
    numbers = { ...numbers, ...assigned.numbers }
    findings.push(...assigned.problems.map(findingOf))
  }
  return { numbers: Object.fromEntries(Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1))), findings }
}

/** Whether a value from a lock file has the form of published numbers. */
export function areNumbers(value: unknown): value is ProtobufNumbers {
  return (
    isPlainObject(value) &&
    Object.values(value).every(
      (members) =>
        isPlainObject(members) &&
        Object.values(members).every((number) => typeof number === 'number' && Number.isInteger(number) && number > 0),
    )
  )
}

function findingOf({ kind, scope, member, number, other }: NumberProblem): Finding {
  const where = `Protobuf message ${scope}`
  return kind === 'changed'
    ? {
        code: 'lock-number-changed',
        where,
        what: `${member} declares the number ${number}, and ${other} is published.`,
        remedy: `Take the number back: bytes that were written before hold ${other}.`,
      }
    : {
        code: 'lock-number-taken',
        where,
        what: `${member} has the number ${number}, which is published for ${other}.`,
        remedy: 'Give it another number, or none: it gets the next free one.',
      }
}

import type { FieldNode, ShapeNode } from '../../schema/node.ts'
import type { AnyCommand, AnyEvent, AnyMessage } from '../definition.ts'
import { isTuning } from './derived-channels.ts'
import type { Finding } from './finding.ts'
import { emittersOf, isChannel, type Composition } from './parts.ts'

/** What channels carry, their keys, and who publishes them. */
export function channelFindings(composition: Composition): readonly Finding[] {
  const declared = composition.channels.filter(({ definition }) => !isTuning(composition, definition))
  return [
    ...declared.flatMap(({ definition, where }) => [
      ...(definition.carries.length > 0
        ? []
        : [
            {
              code: 'source-missing',
              where,
              what: 'The channel carries no message.',
              remedy: 'Name messages in `carries`.',
            },
          ]),
      ...definition.carries.flatMap((message) => keyFindings(message, definition.key, where)),
    ]),
    ...publishedByOthers(composition),
    ...unpublishedSources(composition),
  ]
}

const keyKinds: readonly FieldNode['kind'][] = [
  'string',
  'uuid',
  'int',
  'long',
  'enum',
  'literal',
  'decimal',
  'timestamp',
  'date',
  'boolean',
  'foreign',
]

function keyFindings(message: AnyMessage, key: string, where: string): readonly Finding[] {
  const fields = fieldsOf(nodeOf(message))
  if (fields === undefined) return []
  const field = fields.find(({ name }) => name === key)?.node
  const what =
    field === undefined
      ? `The ${message.kind} ${message.type} has no field ${key}, which is the key of the channel.`
      : field.optional === true || field.nullable === true
        ? `The key ${key} may be absent in the ${message.kind} ${message.type}.`
        : keyKinds.includes(field.kind)
          ? undefined
          : `The key ${key} of the ${message.kind} ${message.type} is of kind ${field.kind}, which orders nothing.`
  return what === undefined
    ? []
    : [
        {
          code: 'channel-key',
          where,
          what,
          remedy: 'Choose a field that every message of the channel always has as a plain value.',
        },
      ]
}

function nodeOf(message: AnyMessage): ShapeNode {
  return message.kind === 'event' ? (message as AnyEvent).versions.at(-1)!.node : (message as AnyCommand).node
}

function fieldsOf(node: ShapeNode) {
  return node.kind === 'fields' || node.kind === 'record' ? node.fields : undefined
}

function publishedByOthers(composition: Composition): readonly Finding[] {
  const { channels } = composition
  const owners = emittersOf(composition)
  const publishers = new Set(channels.map(({ definition, service }) => `${service} ${definition.name}`))
  const seen = new Set<string>()
  return channels.flatMap(({ definition, where }) =>
    definition.carries.flatMap((message) => {
      const owner = message.kind === 'event' ? owners.get(message.type) : undefined
      const id = `${definition.name} ${message.type}`
      if (owner === undefined || publishers.has(`${owner} ${definition.name}`) || seen.has(id)) return []
      seen.add(id)
      return [
        {
          code: 'channel-publisher',
          where,
          what: `The event ${message.type} belongs to the service ${owner}, which does not publish this channel.`,
          remedy: `Add the channel to what ${owner} publishes, or take ${message.type} out of it.`,
        },
      ]
    }),
  )
}

function unpublishedSources({ subscriptions, channels }: Composition): readonly Finding[] {
  const published = new Set<unknown>(channels.map(({ definition }) => definition))
  return subscriptions.flatMap(({ definition: { from }, where }) =>
    !isChannel(from) || published.has(from)
      ? []
      : [
          {
            code: 'channel-publisher',
            where,
            what: `No service publishes the channel ${from.name}.`,
            remedy: 'Add the channel to `publishes` of the service that owns its messages.',
          },
        ],
  )
}

import type { AnyMessage } from '../definition.ts'
import type { Finding } from './finding.ts'
import { usesOf, type Composition } from './parts.ts'

/** Events and commands without an owner or with two. */
export function ownerFindings(composition: Composition): readonly Finding[] {
  return [
    ...eventsWithTwoOwners(composition),
    ...commandsWithTwoHandlers(composition),
    ...messagesWithoutOwner(composition),
  ]
}

function eventsWithTwoOwners({ aggregates }: Composition): readonly Finding[] {
  const owners = new Map<string, string>()
  return aggregates.flatMap(({ definition, service, where }) =>
    definition.events.flatMap(({ type }) => {
      const owner = owners.get(type)
      if (owner === undefined) owners.set(type, service)
      return owner === undefined || owner === service
        ? []
        : [
            {
              code: 'owner-twice',
              where,
              what: `The event ${type} is emitted here and in the service ${owner}.`,
              remedy: 'Let one service emit it, and give the other an event of its own.',
            },
          ]
    }),
  )
}

function commandsWithTwoHandlers({ aggregates, handlers }: Composition): readonly Finding[] {
  const owners = new Map<string, string>()
  const uses = [
    ...aggregates.flatMap(({ definition, where }) => definition.commands.map(({ type }) => ({ type, where }))),
    ...handlers.map(({ definition, where }) => ({ type: definition.command, where })),
  ]
  return uses.flatMap(({ type, where }) => {
    const other = owners.get(type)
    if (other === undefined) owners.set(type, where)
    return other === undefined
      ? []
      : [
          {
            code: 'owner-twice',
            where,
            what: `The command ${type} is handled here and by ${other}.`,
            remedy: 'Let one part handle it.',
          },
        ]
  })
}

function messagesWithoutOwner(composition: Composition): readonly Finding[] {
  const { aggregates, handlers } = composition
  const owned = new Set([
    ...aggregates.flatMap(({ definition }) => [...definition.events, ...definition.commands].map(({ type }) => type)),
    ...handlers.map(({ definition }) => definition.command),
  ])
  return usesOf(composition)
    .filter(({ message }) => !owned.has(message.type))
    .map(({ message, where }) => withoutOwner(message, where))
}

function withoutOwner({ kind, type }: AnyMessage, where: string): Finding {
  return kind === 'event'
    ? {
        code: 'owner-missing',
        where,
        what: `No aggregate of the system emits the event ${type}.`,
        remedy: 'Add it to the events of an aggregate, or do not read it.',
      }
    : {
        code: 'owner-missing',
        where,
        what: `No part of the system handles the command ${type}.`,
        remedy: 'Add it to the commands of an aggregate, or write a handler with handle(…).',
      }
}

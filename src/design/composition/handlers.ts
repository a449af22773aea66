import type { Finding } from './finding.ts'
import { eventsOf, type Composition } from './parts.ts'

/** Handlers that are missing, and handlers for messages that the part does not have. */
export function handlerFindings(composition: Composition): readonly Finding[] {
  const { aggregates, handlers, projections, subscriptions } = composition
  return [
    ...aggregates.flatMap(({ definition, where }) => [
      ...compared(definition.evolve, definition.events, 'evolve', 'event', where),
      ...compared(definition.decide, definition.commands, 'decide', 'command', where),
      ...functions({ id: definition.id, initial: definition.initial }, where),
    ]),
    ...handlers.flatMap(({ definition, where }) => functions({ run: definition.run }, where)),
    ...projections.flatMap(({ definition, where }) => [
      ...compared(definition.on, definition.from, 'on', 'event', where),
      ...functions({ key: definition.key }, where),
    ]),
    ...subscriptions.flatMap(({ definition, where }) => [
      ...unknownHandlers(definition.on, eventsOf(definition), 'on', 'event', where),
      ...withoutHandlers(definition.on, where),
    ]),
  ]
}

type Table = { readonly [type: string]: unknown }
type Messages = readonly { readonly type: string }[]

function compared(table: Table, messages: Messages, member: string, kind: string, where: string): readonly Finding[] {
  const missing = messages
    .filter(({ type }) => typeof table[type] !== 'function')
    .map(({ type }) => ({
      code: 'handler-missing',
      where,
      what: `${member} has no function for the ${kind} ${type}.`,
      remedy: `Add ${member}.${type}, or take ${type} out of the list.`,
    }))
  return [...missing, ...unknownHandlers(table, messages, member, kind, where)]
}

function unknownHandlers(
  table: Table,
  messages: Messages,
  member: string,
  kind: string,
  where: string,
): readonly Finding[] {
  const known = new Set(messages.map(({ type }) => type))
  return Object.keys(table)
    .filter((type) => !known.has(type))
    .map((type) => ({
      code: 'handler-unknown',
      where,
      what: `${member}.${type} is for no ${kind} of this part.`,
      remedy: `Correct the name, or add the ${kind} to the list.`,
    }))
}

function withoutHandlers(table: Table, where: string): readonly Finding[] {
  if (Object.values(table).some((handler) => typeof handler === 'function')) return []
  return [
    {
      code: 'handler-missing',
      where,
      what: 'The subscription has no handler at all.',
      remedy: 'Add a function to .on({ … }), or take the subscription out.',
    },
  ]
}

function functions(members: Table, where: string): readonly Finding[] {
  return Object.entries(members)
    .filter(([, member]) => typeof member !== 'function')
    .map(([name]) => ({
      code: 'handler-missing',
      where,
      what: `${name} is not a function.`,
      remedy: `Declare ${name}.`,
    }))
}

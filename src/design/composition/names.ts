import { quoted } from '../../base/text.ts'
import type { AnyCommand, AnyMessage } from '../definition.ts'
import type { Finding } from './finding.ts'
import { usesOf, type Composition, type Placed } from './parts.ts'

/** Names that break the rules, and names that are taken. */
export function nameFindings(composition: Composition): readonly Finding[] {
  return [
    ...invalidNames(composition),
    ...invalidCodes(composition),
    ...takenNames(composition),
    ...sameParts(composition),
    ...messagesDefinedTwice(composition),
  ]
}

const word = { pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/, says: 'a letter, then up to 99 letters, digits, _ . or -' }
const identifier = { pattern: /^[A-Za-z][A-Za-z0-9_]{0,99}$/, says: 'a letter, then up to 99 letters, digits or _' }
const table = { pattern: /^[A-Za-z][A-Za-z0-9_]{0,39}$/, says: 'a letter, then up to 39 letters, digits or _' }

function invalidNames(composition: Composition): readonly Finding[] {
  const { system, services, aggregates, projections, subscriptions, sagas, processes, channels } = composition
  const checked: readonly (readonly [typeof word, unknown, string])[] = [
    [word, system, 'system'],
    ...services.map(({ name }) => [word, name, 'service'] as const),
    ...messagesOf(composition).map(({ kind, type }) => [identifier, type, kind] as const),
    ...aggregates.map(({ definition }) => [word, definition.name, 'aggregate'] as const),
    ...projections.map(({ definition }) => [table, definition.name, 'projection'] as const),
    ...subscriptions.map(({ definition }) => [word, definition.name, 'subscription'] as const),
    ...sagas.map(({ definition }) => [word, definition.name, 'saga'] as const),
    ...processes.map(({ definition }) => [word, definition.name, 'process'] as const),
    ...channels.map(({ definition }) => [word, definition.name, 'channel'] as const),
  ]
  return checked
    .filter(([rule, name]) => typeof name !== 'string' || !rule.pattern.test(name))
    .map(([rule, name, kind]) => ({
      code: 'name-not-valid',
      where: `${kind} ${quoted(String(name))}`,
      what: `The name of the ${kind} is not valid.`,
      remedy: `Use ${rule.says}.`,
    }))
}

function invalidCodes(composition: Composition): readonly Finding[] {
  const commands = messagesOf(composition).filter((message): message is AnyCommand => message.kind === 'command')
  return commands.flatMap(({ type, refusals }) =>
    refusals
      .filter((code) => !word.pattern.test(code))
      .map((code) => ({
        code: 'name-not-valid',
        where: `command ${type}`,
        what: `The refusal ${quoted(String(code))} is not a valid name.`,
        remedy: `Use ${word.says}.`,
      })),
  )
}

function takenNames(composition: Composition): readonly Finding[] {
  const { services, aggregates, projections, subscriptions, sagas, processes, channels } = composition
  return [
    ...taken(
      'service',
      services.map(({ name }) => ({ name, where: `service ${name}` })),
    ),
    // Each of them names its streams, so that these are told apart by the name alone.
    ...taken('aggregate, saga or process', named([...aggregates, ...sagas, ...processes])),
    // SQL compares the names of tables without case.
    ...taken('projection', named(projections), (name) => name.toLowerCase()),
    ...taken('subscription', named(subscriptions)),
    ...taken('channel', named(distinct(channels))),
  ]
}

function taken(
  kind: string,
  uses: readonly { readonly name: string; readonly where: string }[],
  fold = (name: string) => name,
): readonly Finding[] {
  const first = new Map<string, string>()
  return uses.flatMap(({ name, where }) => {
    const other = first.get(fold(name))
    if (other === undefined) {
      first.set(fold(name), where)
      return []
    }
    return [
      {
        code: 'name-taken',
        where,
        what: `Another ${kind} has this name: ${other}.`,
        remedy: `Rename one of the two.`,
      },
    ]
  })
}

function named(placed: readonly Placed<{ readonly name: string }>[]) {
  return placed.map(({ definition, where }) => ({ name: String(definition.name), where }))
}

function distinct<D>(placed: readonly Placed<D>[]): readonly Placed<D>[] {
  return [...new Map(placed.map((each) => [each.definition, each])).values()]
}

function sameParts({ repeated }: Composition): readonly Finding[] {
  return repeated.map(({ where }) => ({
    code: 'part-twice',
    where,
    what: 'The same part is in the system already.',
    remedy: 'Leave it in one service only.',
  }))
}

function messagesDefinedTwice(composition: Composition): readonly Finding[] {
  const first = new Map<string, { readonly message: AnyMessage; readonly where: string }>()
  const reported = new Set<AnyMessage>()
  return usesOf(composition).flatMap(({ message, where }) => {
    const before = first.get(message.type)
    if (before === undefined) first.set(message.type, { message, where })
    if (before === undefined || before.message === message || reported.has(message)) return []
    reported.add(message)
    return [definedTwice(before, message, where)]
  })
}

function definedTwice(before: { message: AnyMessage; where: string }, message: AnyMessage, where: string): Finding {
  const sameKind = before.message.kind === message.kind && message.kind === 'event'
  const versions = sameKind && before.message.schemaVersion !== message.schemaVersion
  return {
    code: 'message-defined-twice',
    where,
    what: versions
      ? `It uses version ${message.schemaVersion} of the event ${message.type}, ` +
        `and ${before.where} uses version ${before.message.schemaVersion}.`
      : `The ${message.kind} ${message.type} is another definition than the ${before.message.kind} of that name ` +
        `in ${before.where}.`,
    remedy: versions ? 'Use the last value of the .next(…) chain everywhere.' : 'Rename one, or import the same one.',
  }
}

function messagesOf(composition: Composition): readonly AnyMessage[] {
  return [...new Set(usesOf(composition).map(({ message }) => message))]
}

import type { AnyChannel } from '../channel.ts'
import type { AnyCommand, AnyMessage } from '../definition.ts'
import type { Finding } from './finding.ts'
import type { Composition } from './parts.ts'
import { asks, commandsOfSaga } from './saga-messages.ts'

/** What travels on a derived channel. */
export type DerivedChannelKind = 'commands' | 'replies'

/** A channel that follows from what services do: commands to a service, or replies to it. Nobody declares it. */
export interface DerivedChannel {
  /** `<service>.commands` or `<service>.replies`. */
  readonly name: string
  readonly service: string
  readonly kind: DerivedChannelKind
  /** The commands that travel on it, or whose replies do. */
  readonly carries: readonly AnyCommand[]
  /**
   * The declaration of that name, whose settings hold for it; undefined: the broker's. Its key is not used: the engine
   * keys messages by the saga's instance, the aggregate's id or the idempotency key.
   */
  readonly tunedBy: AnyChannel | undefined
}

/** The name of a derived channel. */
export function derivedChannelName(service: string, kind: DerivedChannelKind): string {
  return `${service}.${kind}`
}

/** Commands to every service that handles some, replies to every service whose sagas ask. */
export function derivedChannelsOf(composition: Composition): readonly DerivedChannel[] {
  const { services, sagas, channels } = composition
  const handled = commandsByService(composition)
  return services.flatMap(({ name: service }) => {
    const asking = sagas.filter((placed) => placed.service === service && asks(placed.definition))
    const derived = (kind: DerivedChannelKind, carries: readonly AnyCommand[]): DerivedChannel => {
      const name = derivedChannelName(service, kind)
      const tunedBy = channels.find(({ definition }) => definition.name === name)?.definition
      return Object.freeze({ name, service, kind, carries: Object.freeze([...new Set(carries)]), tunedBy })
    }
    const commands = handled.get(service) ?? []
    return [
      ...(commands.length === 0 ? [] : [derived('commands', commands)]),
      ...(asking.length === 0
        ? []
        : [
            derived(
              'replies',
              asking.flatMap(({ definition }) => commandsOfSaga(definition)),
            ),
          ]),
    ]
  })
}

/** Whether a declared channel tunes a derived one: its name says so. */
export function isTuning({ services }: Composition, { name }: AnyChannel): boolean {
  return services.some((service) => isNameOf(service.name, name))
}

/** Declarations that tune derived channels wrongly, and channels that would carry commands which never come. */
export function derivedChannelFindings(composition: Composition): readonly Finding[] {
  const derived = new Map(derivedChannelsOf(composition).map((each) => [each.name, each]))
  return composition.channels.flatMap(({ definition, service, where }) => {
    if (!isTuning(composition, definition)) return commandsElsewhere(composition, definition, where)
    const tuned = derived.get(definition.name)
    const owner = composition.services.find((each) => isNameOf(each.name, definition.name))!.name
    const foreign = tuned && definition.carries.find((message) => !tuned.carries.includes(message as AnyCommand))
    const [what, remedy] =
      tuned === undefined
        ? [`The service ${owner} has no such channel: it handles no command, or its sagas ask nobody.`, 'Take it out.']
        : service !== owner
          ? [`It tunes a channel of the service ${owner}.`, `Publish it from ${owner}.`]
          : foreign !== undefined
            ? [`The ${foreign.kind} ${foreign.type} does not travel on it.`, `Take ${foreign.type} out of it.`]
            : []
    return what === undefined ? [] : [{ code: 'derived-channel', where, what, remedy: remedy! }]
  })
}

function commandsElsewhere(composition: Composition, channel: AnyChannel, where: string): readonly Finding[] {
  const owners = new Map<AnyMessage, string>()
  for (const [service, commands] of commandsByService(composition)) {
    for (const command of commands) owners.set(command, service)
  }
  return channel.carries.flatMap((message) => {
    const owner = owners.get(message)
    if (owner === undefined) return []
    const name = derivedChannelName(owner, 'commands')
    return [
      {
        code: 'derived-channel',
        where,
        what: `The command ${message.type} travels on ${name}, so it never comes here.`,
        remedy: `Take it out; a channel named ${name} sets its partitions and its retention.`,
      },
    ]
  })
}

function commandsByService({ aggregates, handlers }: Composition): ReadonlyMap<string, readonly AnyCommand[]> {
  const commands = new Map<string, AnyCommand[]>()
  const add = (service: string, more: readonly AnyCommand[]) =>
    commands.set(service, [...(commands.get(service) ?? []), ...more])
  for (const { definition, service } of aggregates) add(service, definition.commands)
  for (const { definition, service } of handlers) add(service, [definition.definition])
  return commands
}

function isNameOf(service: string, channel: string): boolean {
  return channel === derivedChannelName(service, 'commands') || channel === derivedChannelName(service, 'replies')
}

import type { ShapeNode } from '../schema/node.ts'
import type { AnyChannel, MessageFormat } from './channel.ts'
import type { AnyMessage } from './definition.ts'
import type { Graph } from './graph.ts'
import { versionsOf } from './lock-protobuf.ts'

/** A message of a channel, with what its schemas are made of. */
export interface CarriedMessage {
  readonly kind: 'event' | 'command'
  readonly type: string
  /** The service that owns it: `<service>.<type>` is its name on the wire. */
  readonly service: string
  /** Its schema versions, the oldest first; a command has one. */
  readonly versions: readonly ShapeNode[]
}

/** The messages of a channel and how they are written. */
export interface ChannelMessages {
  readonly channel: string
  readonly format: MessageFormat
  /** Whether this process writes to it; what is only read need not be published yet. */
  readonly written: boolean
  readonly messages: readonly CarriedMessage[]
}

/**
 * The channels that services write or read, with their messages. Commands may be sent by any service to any other;
 * answers are JSON whatever their channel is tuned to, because there is no declaration of what stands around a reply.
 */
export function channelMessages(graph: Graph, services: ReadonlySet<string>): readonly ChannelMessages[] {
  const channels = new Map<string, ChannelMessages>()
  for (const { service, feeds } of graph.feeds.values()) {
    if (!services.has(service)) continue
    for (const { channel } of feeds)
      if (channel !== undefined) channels.set(channel.name, ofEvents(graph, channel, false))
  }
  for (const { definition, service } of graph.channels.values()) {
    if (services.has(service)) channels.set(definition.name, ofEvents(graph, definition, true))
  }
  for (const { name, kind, carries, tunedBy } of graph.derivedChannels.values()) {
    const format = kind === 'commands' ? (tunedBy?.format ?? 'json') : 'json'
    const messages = kind === 'commands' ? carries.map((command) => carried(graph, command)) : []
    channels.set(name, { channel: name, format, written: true, messages })
  }
  return [...channels.values()]
}

function ofEvents(graph: Graph, { name, format, carries }: AnyChannel, written: boolean): ChannelMessages {
  return { channel: name, format, written, messages: carries.map((message) => carried(graph, message)) }
}

function carried(graph: Graph, { kind, type }: AnyMessage): CarriedMessage {
  const { definition, service } = kind === 'event' ? graph.events.get(type)! : graph.commands.get(type)!
  return { kind, type, service, versions: versionsOf(definition) }
}

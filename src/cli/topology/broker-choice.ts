import type { Command } from 'commander'
import { planOf, type PlanConsent, type TopologyPlan } from '../../architect/topology/plan.ts'
import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import type { TopologyAdapter, TopologyServer } from '../../ports/topology.ts'
import { channelSpecs, usesMessages } from '../../runtime/messages/channel-specs.ts'
import type { Io } from '../io.ts'
import { nameList, withJson, withSystem, wholeNumber } from '../options.ts'
import { assertServices } from '../run-system.ts'
import { systemOf } from '../system-of.ts'

/** What a command was told of the design and of the broker. */
export interface TopologyChoice {
  readonly system: string
  readonly services?: readonly string[]
  readonly broker?: string
  readonly management?: string
  readonly prefix?: string
  readonly queue?: string
  readonly deliveryLimit?: number
}

/** Adds what says which channels of which system are meant, and how they are kept in the broker. */
export function withDesign(command: Command): Command {
  return withJson(withSystem(command))
    .option('--services <names>', 'only channels of these services (default: all)', nameList)
    .option('--broker <url>', 'kafka://host:port,… or amqp://… (default: $EVENTWRIGHT_BROKER)')
    .option('--prefix <text>', 'before every name, as the broker of the system has it')
    .option('--queue <kind>', 'of channels in RabbitMQ that do not say: quorum or stream (default: quorum)')
    .option('--delivery-limit <number>', 'of queues in RabbitMQ that do not say', wholeNumber(1))
}

/** Adds `--management`. */
export function withServer(command: Command): Command {
  return withDesign(command).option(
    '--management <url>',
    'the management interface of RabbitMQ (default: on port 15672, or beside the port of --broker)',
  )
}

/** Adds what the person agrees to. */
export function withConsent(command: Command): Command {
  return withServer(command)
    .option('--raise-partitions', 'make more partitions where messages are: keys move to others')
    .option('--delete <names>', 'delete these, which nobody declares', nameList)
}

/** The channels that the services of the system need. Error: EW_CONFIG for an unknown service. */
export async function channelsOf(choice: TopologyChoice, io: Io): Promise<readonly ChannelSpec[]> {
  const system = await systemOf(choice.system, io)
  const { services = [...system.graph.services.keys()] } = choice
  assertServices(system, services)
  return usesMessages(system.graph) ? channelSpecs(system.graph, new Set(services)) : []
}

/** The address of the broker that was chosen; undefined where none was. Error: EW_CONFIG for the embedded one. */
export function placeOf({ broker, prefix }: TopologyChoice, { env }: Io): string | undefined {
  const place = broker ?? (env['EVENTWRIGHT_BROKER'] || undefined)
  if (place === undefined) return undefined
  if (/^kafka:/i.test(place)) return prefix === undefined ? place : withQuery(place, prefix)
  if (/^amqps?:/i.test(place)) return place
  throw failure(
    'EW_CONFIG',
    'A topology is in a broker at kafka://… or amqp://…; what is embedded in a store has none.',
  )
}

/** What the broker is asked by. A missing choice is a usage error. Errors: EW_CONFIG. */
export async function topologyOf(command: Command, choice: TopologyChoice, io: Io): Promise<TopologyAdapter> {
  const place = placeOf(choice, io)
  if (place === undefined) {
    const what = 'error: no broker: use --broker kafka://…, --broker amqp://… or set EVENTWRIGHT_BROKER'
    return command.error(what, { code: 'eventwright.broker' })
  }
  if (/^kafka:/i.test(place)) {
    const { kafkaTopology } = await import('../../adapters/kafka/topology-admin.ts')
    return kafkaTopology(place)
  }
  const { rabbitmqTopology } = await import('../../adapters/rabbitmq/topology-admin.ts')
  return rabbitmqTopology(place, rabbitmqChoice(choice))
}

/** The options of the RabbitMQ adapter that were chosen. */
export function rabbitmqChoice({ management, prefix, queue, deliveryLimit }: TopologyChoice): {
  readonly queue?: 'quorum' | 'stream'
} {
  return {
    ...(management !== undefined && { management }),
    ...(prefix !== undefined && { prefix }),
    // What is neither is refused by the adapter.
    ...(queue !== undefined && { queue: queue as 'quorum' | 'stream' }),
    ...(deliveryLimit !== undefined && { deliveryLimit }),
  }
}

/** A plan and the broker that it is for. */
export interface Comparison {
  readonly name: string
  readonly plan: TopologyPlan
  readonly server: TopologyServer
}

/** Compares the broker with the design and hands both to the work; the connection is closed after it. */
export async function compared(
  command: Command,
  choice: TopologyChoice,
  consent: PlanConsent,
  io: Io,
  work: (comparison: Comparison) => Promise<void>,
): Promise<void> {
  const adapter = await topologyOf(command, choice, io)
  const wanted = adapter.wanted(await channelsOf(choice, io))
  const server = await adapter.open()
  try {
    const plan = planOf(wanted, await server.read(wanted), adapter.whyFixed, consent)
    await work({ name: adapter.name, plan, server })
  } finally {
    await server.close()
  }
}

function withQuery(place: string, prefix: string): string {
  return `${place}${place.includes('?') ? '&' : '?'}prefix=${encodeURIComponent(prefix)}`
}

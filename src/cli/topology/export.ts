import { Option, type Command } from 'commander'
import { kafkaTopics, yamlOf } from '../../architect/topology/strimzi.ts'
import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import type { Run } from '../io.ts'
import { printJson } from '../print.ts'
import { channelsOf, placeOf, rabbitmqChoice, withDesign, type TopologyChoice } from './broker-choice.ts'

interface Options extends TopologyChoice {
  readonly format: 'strimzi' | 'rabbitmq'
  readonly cluster?: string
  readonly namespace?: string
}

/** `topology export`: the same as files for others to apply; no broker is asked. */
export function topologyExportCommand(parent: Command, run: Run): void {
  const command = withDesign(
    parent
      .command('export')
      .description('Writes what the design declares as KafkaTopics of Strimzi, or as definitions of RabbitMQ.')
      .addOption(
        new Option('--format <format>', 'what is written').choices(['strimzi', 'rabbitmq']).makeOptionMandatory(),
      )
      .option('--cluster <name>', 'the Kafka cluster in Strimzi')
      .option('--namespace <name>', 'the namespace in Kubernetes'),
  )
  command.action(async ({ format, ...options }: Options) => {
    const { cluster } = options
    if (format === 'strimzi' && cluster === undefined)
      return command.error('error: --format strimzi needs --cluster, the name of the Kafka resource', {
        code: 'eventwright.cluster',
      })
    const channels = await channelsOf(options, run.io)
    if (format === 'rabbitmq') return printJson(run.io, await definitions(options, channels, run))
    await strimzi({ ...options, cluster: cluster! }, channels, run)
  })
}

async function definitions(
  options: Options | TopologyChoice,
  channels: readonly ChannelSpec[],
  { io }: Run,
): Promise<unknown> {
  const { rabbitmqTopology } = await import('../../adapters/rabbitmq/topology-admin.ts')
  const place = placeOf(options, io) ?? 'amqp://localhost'
  assertKind(place, /^amqps?:/i, 'rabbitmq')
  const adapter = rabbitmqTopology(place, rabbitmqChoice(options))
  return adapter.definitions(adapter.wanted(channels))
}

async function strimzi(
  { cluster, namespace, ...options }: TopologyChoice & { readonly cluster: string; readonly namespace?: string },
  channels: readonly ChannelSpec[],
  { io, json }: Run,
): Promise<void> {
  const { kafkaTopology } = await import('../../adapters/kafka/topology-admin.ts')
  const place = placeOf(options, io) ?? placeOf({ ...options, broker: 'kafka://localhost' }, io)!
  assertKind(place, /^kafka:/i, 'strimzi')
  const topics = kafkaTopology(place).wanted(channels)
  const resources = kafkaTopics(topics, { cluster, ...(namespace !== undefined && { namespace }) })
  if (json) return printJson(io, resources)
  await io.stdout.write(yamlOf(resources))
}

function assertKind(place: string, kind: RegExp, format: string): void {
  if (!kind.test(place))
    throw failure('EW_CONFIG', `The format ${format} is for another kind of broker than --broker is.`)
}

import type { Command } from 'commander'
import type { BrokerAdapter } from '../../ports/broker-adapter.ts'
import type { Store } from '../../ports/store.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { ConsumerReport } from '../../runtime/lag/consumer-report.ts'
import type { ChannelReport } from '../../runtime/messages/channel-report.ts'
import type { Io, Run } from '../io.ts'
import { withJson, withStore, withSystem } from '../options.ts'
import { printJson, printLines, printTable } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { timeSpan } from '../time-span.ts'
import { placeOf } from '../topology/broker-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly system: string
  readonly broker?: string
  readonly prefix?: string
}

/** A channel with whoever reads it. */
interface ChannelLine extends ChannelReport {
  readonly groups: readonly ConsumerReport[]
}

interface GroupLine {
  readonly channel: ChannelReport
  readonly group: ConsumerReport | undefined
}

/** `channels list`: the channels of a system with their partitions, who reads them, and how far behind. */
export function channelsListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists channels with their partitions, who reads them, and how far each is behind.')
    .option('--broker <url>', 'kafka://host:port,… or amqp://… (default: $EVENTWRIGHT_BROKER, or the store)')
    .option('--prefix <text>', 'before every name, as the broker of the system has it')
  withJson(withStore(withSystem(command))).action(async ({ system, broker, prefix, ...choice }: Options) => {
    const { graph } = await systemOf(system, run.io)
    const outside = await brokerOf({ broker, prefix }, run.io)
    await withOpenStore(command, choice, run.io, (opened) =>
      withBroker(opened, outside, run.io, async (store) => {
        const { channels, consumers } = inspect(store, undefined, undefined, graph)
        const readers = Map.groupBy(await consumers(), ({ source }) => source)
        const lines = (await channels()).map((channel): ChannelLine => {
          return { ...channel, groups: readers.get(channel.channel) ?? [] }
        })
        await (run.json ? printJson(run.io, lines) : printChannels(run, lines))
      }),
    )
  })
}

async function brokerOf(
  { broker, prefix }: { readonly broker: string | undefined; readonly prefix: string | undefined },
  io: Io,
): Promise<BrokerAdapter | undefined> {
  const place = placeOf(
    { system: '', ...(broker !== undefined && { broker }), ...(prefix !== undefined && { prefix }) },
    io,
  )
  if (place === undefined) return undefined
  if (/^kafka:/i.test(place)) return (await import('../../adapters/kafka/index.ts')).kafka(place)
  const { rabbitmq } = await import('../../adapters/rabbitmq/index.ts')
  return rabbitmq(place, prefix === undefined ? {} : { prefix })
}

/** What is asked of a broker here is never decoded, so no registry has to be at hand. */
async function withBroker(
  store: Store,
  adapter: BrokerAdapter | undefined,
  { clock }: Io,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  if (adapter === undefined) return work(store)
  const broker = await adapter.open({ clock })
  try {
    await work({ ...store, broker })
  } finally {
    await broker.close()
  }
}

async function printChannels({ io }: Run, channels: readonly ChannelLine[]): Promise<void> {
  const rows = channels.flatMap(({ groups, ...channel }): readonly GroupLine[] =>
    groups.length === 0 ? [{ channel, group: undefined }] : groups.map((group) => ({ channel, group })),
  )
  await printTable(
    io,
    [
      { title: 'channel', text: ({ channel }) => channel.channel },
      { title: 'kind', text: ({ channel }) => channel.kind },
      { title: 'service', text: ({ channel }) => channel.service },
      { title: 'partitions', right: true, text: ({ channel }) => channel.partitions.length },
      { title: 'messages', right: true, text: ({ channel: { partitions } }) => messagesIn(partitions) },
      { title: 'read by', text: ({ group }) => group?.name ?? 'nobody' },
      { title: 'status', text: ({ group }) => group?.status ?? '' },
      { title: 'lag', right: true, text: ({ group }) => group?.lag ?? '' },
      { title: 'oldest', right: true, text: ({ group }) => oldest(group) },
    ],
    rows,
    'the system has no channels',
  )
  for (const { channel, problem } of channels) if (problem !== undefined) await printLines(io, `${channel}: ${problem}`)
}

function messagesIn(partitions: ChannelReport['partitions']): number {
  return partitions.reduce((sum, { first, next }) => sum + Math.max(0, next - first), 0)
}

function oldest(group: ConsumerReport | undefined): string {
  if (group === undefined) return ''
  return group.lagMs === null ? '?' : timeSpan(group.lagMs)
}

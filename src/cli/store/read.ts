import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { streamName } from '../../base/stream-name.ts'
import type { Store } from '../../ports/store.ts'
import type { Envelope } from '../../runtime/log/envelope.ts'
import type { Events } from '../../runtime/log/events.ts'
import type { Run } from '../io.ts'
import { nameList, wholeNumber, withJson, withStore, withSystemIfAny } from '../options.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { isWanted, partitionOf, withEventFilter, type EventFilter } from './event-filter.ts'
import { eventsOf, printEvent } from './event-line.ts'

interface Options extends StoreChoice, EventFilter {
  readonly system?: string
  readonly after?: number
  readonly category?: readonly string[]
  readonly backwards?: boolean
  readonly limit: number
}

/** `store read [stream]`: the events of a stream, or of the log in position order, or the other way round. */
export function storeReadCommand(parent: Command, run: Run): void {
  const command = parent
    .command('read')
    .description('Prints the events of a stream, or of the whole store.')
    .argument('[stream]', 'the stream, for example Order/1; default: the log')
    .option('--after <number>', 'begin behind this version of the stream, or position of the log', wholeNumber(0))
    .option('--backwards', 'begin with the last event')
    .option('--category <names>', 'only streams of these categories, for the log', nameList)
    .option('--limit <number>', 'print so many events at most', wholeNumber(1), 100)
  withEventFilter(command)
  withJson(withStore(withSystemIfAny(command, 'data is then brought to its schemas of today')), true).action(
    (stream: string | undefined, options: Options) => {
      refuseMixed(command, stream, options)
      return withOpenStore(command, options, run.io, async (store) => {
        if (stream !== undefined) await assertStream(store, stream)
        const source = await eventsOf(store, options.system, run.io)
        let printed = 0
        for await (const event of selected(store, source, stream, options)) {
          if (run.io.stop.aborted) return
          if (!isWanted(options, event)) continue
          await printEvent(run, event)
          if (++printed === options.limit) return
        }
      })
    },
  )
}

function selected(store: Store, source: Events, stream: string | undefined, options: Options): AsyncIterable<Envelope> {
  const { after = 0, backwards = false, category } = options
  if (stream === undefined) {
    const wanted = { partition: partitionOf(options), ...(category && { categories: category }) }
    if (!backwards) return source.log({ ...wanted, after })
    return newestFirst(
      () => store.log.head(wanted.partition),
      (behind, to) => source.log({ ...wanted, after: behind, to }),
    )
  }
  return backwards ? source.stream(stream, { backwards }) : source.stream(stream, { from: after + 1 })
}

const stepEvents = 500

/** The log is read forwards in steps, the last one first. */
async function* newestFirst(
  head: () => Promise<number>,
  between: (after: number, to: number) => AsyncIterable<Envelope>,
): AsyncGenerator<Envelope> {
  for (let to = await head(); to > 0; to -= stepEvents) {
    const page: Envelope[] = []
    for await (const event of between(Math.max(0, to - stepEvents), to)) page.push(event)
    yield* page.reverse()
  }
}

function refuseMixed(
  command: Command,
  stream: string | undefined,
  { after, backwards, category, engine }: Options,
): void {
  if (stream !== undefined && category !== undefined)
    command.error('error: --category is for the log, not for a stream')
  if (stream !== undefined && engine === true) command.error('error: --engine is for the log, not for a stream')
  if (backwards && after !== undefined) command.error('error: --backwards begins at the end; it takes no --after')
}

async function assertStream(store: Store, stream: string): Promise<void> {
  const slash = stream.indexOf('/')
  const category = slash < 0 ? stream : stream.slice(0, slash)
  const name = streamName(category, slash < 0 ? '' : stream.slice(slash + 1))
  if ((await store.log.version(name)) > 0) return
  const [first] = await store.log.streams({ category, limit: 1 })
  const hint = first === undefined ? `nor any stream of ${category}` : `one that is there: ${first.stream}`
  throw failure('EW_CONFIG', `The store ${store.name} has no stream ${name}; ${hint}.`, { details: { stream } })
}

import type { Command } from 'commander'
import { inspect, type Inspect } from '../runtime/inspect.ts'
import { inTreeOrder, type Caused } from '../runtime/log/causation.ts'
import type { Envelope } from '../runtime/log/envelope.ts'
import { graphOf } from './graph-of.ts'
import type { Io, Run } from './io.ts'
import { wholeNumber, withJson, withStore, withSystemIfAny } from './options.ts'
import { jsonText, printJson, printLines, say } from './print.ts'
import { printable } from './printable.ts'
import { progressBar } from './progress-bar.ts'
import { dataJson, plainEvent } from './store/event-line.ts'
import type { StoreChoice } from './store-choice.ts'
import { withOpenStore } from './with-open-store.ts'

interface Options extends StoreChoice {
  readonly system?: string
  readonly limit: number
}

/** So long may others write between two pages of the index. */
const restMs = 20

/**
 * `trace <correlation id>`: the events of a correlation as the tree of what follows from what. The index that they are
 * found by is brought on first, which a store that nobody has searched for long takes a while for. Exit code 1 where
 * no event has the id, or when it was interrupted before all were searched.
 */
export function traceCommand(parent: Command, run: Run): void {
  const command = parent
    .command('trace')
    .description('Prints what a correlation id stands for, as the tree of which event follows from which.')
    .argument('<id>', 'the correlation id')
    .option('--limit <number>', 'print so many events at most, the first ones', wholeNumber(1), 1_000)
  withJson(withStore(withSystemIfAny(command, 'data is then brought to its schemas of today'))).action(
    async (id: string, { system, limit, ...choice }: Options) => {
      const graph = await graphOf(system, run.io)
      await withOpenStore(command, choice, run.io, async (store) => {
        const { events: reports } = inspect(store, undefined, undefined, graph)
        await bringOn(run, reports)
        const { events, isCut, behind } = await reports.trace(id, limit)
        if (events.length === 0 || behind > 0) run.exitCode = 1
        if (run.json) {
          const told = events.map(({ event, ...place }) => ({ ...plainEvent(event, graph), ...place }))
          return printJson(run.io, { correlationId: id, events: told, isCut, behindEvents: behind })
        }
        if (events.length === 0) await printLines(run.io, printable(`no event has the correlation id ${id}`))
        await printLines(run.io, ...treeLines(events))
        if (isCut) await say(run, `There are more than these ${limit}; see --limit.`)
        if (behind > 0) await say(run, `The newest ${behind} events were not searched; the same once more goes on.`)
      })
    },
  )
}

/** Takes all events there are into the index, in pages between which others may write. */
async function bringOn(run: Run, { extendIndex }: Inspect['events']): Promise<void> {
  const { clock, stop } = run.io
  const bar = progressBar(run, 'indexing')
  try {
    let most = 0
    for (let left = await extendIndex(); left > 0 && !stop.aborted; left = await extendIndex()) {
      most = Math.max(most, left)
      bar.show(most - left, most)
      await clock.sleep(restMs, stop)
    }
  } finally {
    bar.end()
  }
}

const longestData = 200
/** Deeper ones stand no further to the right. */
const mostGuides = 24

function treeLines(events: readonly Caused<Envelope>[]): readonly string[] {
  if (events.length === 0) return []
  const sorted = inTreeOrder(events)
  const began = Date.parse(sorted[0]!.event.recordedAt)
  const guides = guidesOf(sorted.map(({ depth }) => Math.min(depth, mostGuides)))
  return sorted.map(({ event }, at) => {
    const { type, stream, version, recordedAt } = event
    const afterMs = Date.parse(recordedAt) - began
    const line = `${guides[at]!}${type}  ${stream}@${version}  +${afterMs} ms  ${gist(event)}`
    return printable(line.length > longestData ? `${line.slice(0, longestData)}…` : line)
  })
}

/** What stands before each line of a tree, by the depths of the lines. */
function guidesOf(depths: readonly number[]): readonly string[] {
  // Of each depth: whether another one comes below.
  let comes: boolean[] = []
  return depths
    .toReversed()
    .map((depth) => {
      const trunks = Array.from({ length: Math.max(0, depth - 1) }, (_, at) => (comes[at + 1] ? '│  ' : '   '))
      const branch = depth === 0 ? '' : comes[depth] ? '├─ ' : '└─ '
      comes = comes.slice(0, depth)
      comes[depth] = true
      return trunks.join('') + branch
    })
    .reverse()
}

function gist(event: Envelope): string {
  return event.deleted ? 'deleted' : jsonText(dataJson(event))
}

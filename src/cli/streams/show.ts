import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { changesBetween } from '../../console/changes.ts'
import { quoted } from '../../base/text.ts'
import type { Graph } from '../../design/graph.ts'
import { inspect, type Inspect } from '../../runtime/inspect.ts'
import { graphOf } from '../graph-of.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore, withSystemIfAny } from '../options.ts'
import { jsonText, printJson, printLines, say } from '../print.ts'
import { printable } from '../printable.ts'
import { plainEvent } from '../store/event-line.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly system?: string
  readonly at?: number
  readonly last: number
}

/**
 * `streams show <stream>`: a stream with the state of its aggregate after each of its last events and what each has
 * changed; `--at` ends with another version. Error: EW_STREAM_UNKNOWN.
 */
export function streamsShowCommand(parent: Command, run: Run): void {
  const command = parent
    .command('show')
    .description('Shows a stream: what was done to it, and the state after each event with what that has changed.')
    .argument('<stream>', 'the stream as `streams list` shows it, for example Order/1')
    .option('--at <version>', 'end with this version (default: the last one)', wholeNumber(1))
    .option('--last <number>', 'show so many versions', wholeNumber(1), 10)
  withJson(withStore(withSystemIfAny(command, 'it tells the states'))).action(
    async (stream: string, { system, at, last, ...choice }: Options) => {
      const graph = await graphOf(system, run.io)
      await withOpenStore(command, choice, run.io, async (store) => {
        const shown = await shownStream(inspect(store, undefined, undefined, graph), graph, stream, at, last)
        if (run.json) return printJson(run.io, shown)
        await printLines(run.io, ...linesOf(shown).map((line) => printable(line, { limit: 2_000 })))
        if (graph === undefined) await say(run, 'States are told with --system.')
      })
    },
  )
}

type Shown = Awaited<ReturnType<typeof shownStream>>

async function shownStream(
  { events, streamActions }: Inspect,
  graph: Graph | undefined,
  stream: string,
  at: number | undefined,
  last: number,
) {
  const known = await events.stream(stream)
  if (known === undefined) throw failure('EW_STREAM_UNKNOWN', `The store has no stream ${quoted(stream, 300)}.`)
  const to = Math.min(at ?? known.version, known.version)
  const from = Math.max(1, to - last + 1)
  const [told, actions] = await Promise.all([events.states({ stream, from, to }), streamActions({ stream, limit: 20 })])
  let before = told.before
  const versions = told.states.map(({ event, state, problem }) => {
    const changes = state === undefined ? [] : changesBetween(before, state)
    before = state
    return {
      event: plainEvent(event, graph),
      ...(state !== undefined && { state }),
      changes,
      ...(problem !== undefined && graph !== undefined && { problem }),
    }
  })
  return { ...known, actions, versions }
}

function linesOf({ stream, version, status, unfinished, actions, versions }: Shown): readonly string[] {
  const left = unfinished === true ? ', and not all of it is gone: delete it again' : ''
  const state = versions.at(-1)?.state
  return [
    `${stream}  ${status}${left}  (${version} ${version === 1 ? 'event' : 'events'})`,
    ...actions.map(({ at, what, who, why }) => `  ${at}  ${what === 'open' ? 'reopened' : what} by ${who}: ${why}`),
    ...versions.flatMap(({ event, changes, problem }) => [
      `${String(event.version).padStart(4)}  ${event.recordedAt}  ${event.type}`,
      ...(problem === undefined ? changes.map(changeLine) : [`        ${problem}`]),
    ]),
    ...(state === undefined ? [] : [`state at ${versions.at(-1)!.event.version}`, ...jsonLines(state)]),
  ]
}

function changeLine({ path, before, after }: ReturnType<typeof changesBetween>[number]): string {
  const text = (value: unknown): string => (value === undefined ? 'nothing' : jsonText(value))
  return `        ${path === '' ? 'state' : path}: ${text(before)} → ${text(after)}`
}

function jsonLines(value: unknown): readonly string[] {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`)
}

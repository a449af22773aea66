import type { Command } from 'commander'
import { inspect, type Inspect } from '../../runtime/inspect.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import { printJson, printTable, say, type Column } from '../print.ts'
import { shellWord } from '../shell-word.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly consumer?: string
  readonly code?: string
  readonly type?: string
  readonly counts?: boolean
  readonly discarded?: boolean
  readonly edited?: boolean
  readonly key?: string
  readonly after?: readonly string[]
  readonly limit: number
}

/** `dead-letters list`: messages that failed for good, how many there are, or those that were discarded. */
export function deadLettersListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists messages that failed for good, with the reason.')
    .option('--consumer <name>', 'only those of this consumer')
    .option('--code <code>', 'only those that failed by this code')
    .option('--type <type>', 'only messages of this type')
    .option('--counts', 'how many there are, by consumer, code and type')
    .option('--discarded', 'what was discarded, by whom and why, the newest first')
    .option('--edited', 'what was edited, by whom and why; with --discarded both')
    .option('--key <key>', 'with those: only what was done to this key')
    .option('--after <place...>', 'begin behind this place, which the page before names')
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action((options: Options) =>
    withOpenStore(command, options, run.io, async (store) => {
      refuseWrongPlace(command, options)
      const { deadLetters } = inspect(store)
      if (options.counts) return listCounts(run, deadLetters, options)
      if (options.discarded || options.edited) return listActions(run, deadLetters, options)
      return listLetters(run, deadLetters, options)
    }),
  )
}

type Reports = Inspect['deadLetters']
type Action = Awaited<ReturnType<Reports['actions']>>[number]

async function listLetters(run: Run, reports: Reports, { consumer, code, type, after, limit }: Options): Promise<void> {
  const page = {
    limit,
    ...(consumer !== undefined && { consumer }),
    ...(code !== undefined && { code }),
    ...(type !== undefined && { type }),
    ...(after !== undefined && { after: { consumer: after[0]!, key: after[1]! } }),
  }
  const letters = await reports.list(page)
  if (run.json) return printJson(run.io, letters)
  await printTable(
    run.io,
    [
      { title: 'consumer', text: (letter) => letter.consumer },
      { title: 'key', text: ({ key }) => key },
      { title: 'type', text: (letter) => letter.type ?? '' },
      { title: 'behind', right: true, text: ({ behind }) => behind },
      { title: 'tried', right: true, text: ({ attempts }) => attempts },
      { title: 'replays', right: true, text: ({ replays }) => replays },
      { title: 'state', text: ({ state }) => state },
      { title: 'reason', text: (letter) => `${letter.code}: ${letter.message}`.slice(0, 300) },
    ],
    letters,
    'there are no dead letters',
  )
  const last = letters.at(-1)
  if (letters.length === limit && last !== undefined)
    await say(run, `There may be more: --after ${shellWord(last.consumer)} ${shellWord(last.key)}`)
}

async function listCounts(run: Run, reports: Reports, { consumer, code, type }: Options): Promise<void> {
  const counts = (await reports.counts(consumer)).filter(
    (each) => (code === undefined || each.code === code) && (type === undefined || each.type === type),
  )
  if (run.json) return printJson(run.io, counts)
  const columns: readonly Column<(typeof counts)[number]>[] = [
    { title: 'consumer', text: (each) => each.consumer },
    { title: 'type', text: (each) => each.type ?? '' },
    { title: 'dead letters', right: true, text: ({ count }) => count },
    { title: 'code', text: (each) => each.code },
  ]
  await printTable(run.io, columns, counts, 'there are no dead letters')
}

async function listActions(
  run: Run,
  reports: Reports,
  { consumer, key, after, limit, discarded, edited }: Options,
): Promise<void> {
  const kind = discarded ? 'discarded' : 'edited'
  const page = {
    limit,
    ...(discarded !== edited && { kind: kind as 'discarded' | 'edited' }),
    ...(key !== undefined && { key }),
    ...(consumer !== undefined && { consumer }),
    ...(after !== undefined && { after: Number(after[0]) }),
  }
  const actions = await reports.actions(page)
  if (run.json) return printJson(run.io, actions)
  await printTable(
    run.io,
    [
      { title: 'when', text: ({ at }) => at },
      ...(discarded && edited ? [{ title: 'what', text: (action: Action) => action.kind }] : []),
      { title: 'consumer', text: (action) => action.consumer },
      { title: 'key', text: (action) => action.key },
      { title: 'type', text: ({ type }) => type ?? '' },
      { title: 'who', text: ({ who }) => who },
      { title: 'why', text: ({ why }) => why.slice(0, 300) },
    ],
    actions,
    discarded ? 'nothing was discarded' : 'nothing was edited',
  )
  const last = actions.at(-1)
  if (actions.length === limit && last !== undefined) await say(run, `There may be more: --after ${last.seq}`)
}

function refuseWrongPlace(command: Command, { after, discarded, edited }: Options): void {
  if (after === undefined) return
  const isPlace = discarded || edited ? after.length === 1 && /^\d{1,15}$/.test(after[0]!) : after.length === 2
  const wanted = discarded || edited ? 'the number of what was done' : 'a consumer and a key'
  if (!isPlace) command.error(`error: --after takes ${wanted}`, { code: 'eventwright.after' })
}

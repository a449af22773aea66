import type { Command } from 'commander'
import { timestampOf } from '../base/clock.ts'
import { inspect } from '../runtime/inspect.ts'
import type { Found } from '../runtime/search.ts'
import { graphOf } from './graph-of.ts'
import type { Run } from './io.ts'
import { withJson, withStore, withSystemIfAny } from './options.ts'
import { printJson, printTable, type Column } from './print.ts'
import { shellWord } from './shell-word.ts'
import type { StoreChoice } from './store-choice.ts'
import { withViewsUrl, type ViewsChoice } from './views-choice.ts'
import { withOpenStore } from './with-open-store.ts'

/**
 * `search <text>`: what an id, a key or a correlation id stands for, each with the command that shows it. Exit code 1
 * where it stands for nothing.
 */
export function searchCommand(parent: Command, run: Run): void {
  const command = parent
    .command('search')
    .description('Finds what an id, a key or a correlation id stands for.')
    .argument('<text>', 'the id or key, or the whole name of a stream or an instance')
  withJson(
    withViewsUrl(withStore(withSystemIfAny(command, 'ids of streams and keys of rows are then found too'))),
  ).action(async (text: string, { system, ...choice }: StoreChoice & ViewsChoice & { readonly system?: string }) => {
    const graph = await graphOf(system, run.io)
    const work = async (store: Parameters<typeof inspect>[0]): Promise<void> => {
      const hits = (await inspect(store, undefined, undefined, graph).search(text.trim())).map((found): Hit => {
        return { ...found, command: `eventwright ${commandOf(found).map(shellWord).join(' ')}` }
      })
      if (hits.length === 0) run.exitCode = 1
      if (run.json) return printJson(run.io, hits)
      await printTable(run.io, columns, hits, 'it stands for nothing here')
    }
    await withOpenStore(command, choice, run.io, work, graph)
  })
}

type Hit = Found & { readonly command: string }

const columns: readonly Column<Hit>[] = [
  { title: 'kind', text: ({ kind }) => kind },
  { title: 'what', text: whatIs },
  { title: 'see', text: ({ command }) => command },
]

function commandOf(found: Found): readonly string[] {
  switch (found.kind) {
    case 'event':
      return ['store', 'event', found.id]
    case 'correlation':
      return ['trace', found.id]
    case 'idempotency key':
      return found.event === undefined ? ['search', found.key] : ['store', 'event', found.event.id]
    case 'stream':
      return ['streams', 'show', found.stream]
    case 'saga':
      return ['sagas', 'show', found.instance]
    case 'row':
      return ['views', 'rows', found.view, found.key]
    case 'dead letter':
      return ['dead-letters', 'show', found.consumer, found.key]
  }
}

function whatIs(found: Found): string {
  switch (found.kind) {
    case 'event':
      return `${found.type} at ${found.stream}@${found.version}`
    case 'correlation': {
      const count = found.isCut ? `more than ${found.events}` : String(found.events)
      return `${count} events${found.behind === 0 ? '' : `, the newest ${found.behind} not searched`}`
    }
    case 'idempotency key': {
      const { from, service, outcome, atMs } = found
      return `${from === 'step' ? 'a step of a saga' : 'a request'} to ${service}, ${outcome} at ${timestampOf(atMs)}`
    }
    case 'stream':
      return `${found.stream}, ${found.events} events`
    case 'saga':
      return `${found.instance}, ${found.status}`
    case 'row':
      return `a row of ${found.view}`
    case 'dead letter':
      return `${found.type ?? 'a message'} of ${found.consumer}: ${found.code}`
  }
}

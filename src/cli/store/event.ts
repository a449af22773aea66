import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { quoted } from '../../base/text.ts'
import type { Graph } from '../../design/graph.ts'
import { inspect } from '../../runtime/inspect.ts'
import { graphOf } from '../graph-of.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { plainEvent } from './event-line.ts'

/**
 * `store event <id>`: one event, how it is stored, and with the system who reads it. Error: EW_CONFIG where there is
 * none.
 */
export function storeEventCommand(parent: Command, run: Run): void {
  const command = parent
    .command('event')
    .description('Prints one event with its meta, how it is stored, and which parts of the system read it.')
    .argument('<id>', 'the id of the event')
  withJson(withStore(withSystemIfAny(command, 'data is then brought to its schema of today'))).action(
    async (id: string, { system, ...choice }: StoreChoice & { readonly system?: string }) => {
      const graph = await graphOf(system, run.io)
      await withOpenStore(command, choice, run.io, async (store) => {
        const found = await inspect(store, undefined, undefined, graph).events.get(id)
        if (found === undefined)
          throw failure('EW_CONFIG', `The store ${store.name} has no event of the id ${quoted(id, 300)}.`)
        const { event, stored } = found
        const shown = { event: plainEvent(event, graph), stored, readers: readersOf(graph, event.type) }
        if (run.json) return printJson(run.io, shown)
        await printLines(run.io, ...linesOf(shown).map((line) => printable(line)))
      })
    },
  )
}

interface Shown {
  readonly event: ReturnType<typeof plainEvent>
  readonly stored: unknown
  readonly readers: readonly Reader[]
}

interface Reader {
  readonly kind: string
  readonly name: string
}

function readersOf(graph: Graph | undefined, type: string): readonly Reader[] {
  const entry = graph?.events.get(type)
  return (['projections', 'subscriptions', 'sagas', 'processes', 'channels'] as const).flatMap((kind) =>
    (entry?.[kind] ?? []).map((name) => ({ kind, name })),
  )
}

function linesOf({ event, stored, readers }: Shown): readonly string[] {
  const { id, type, schemaVersion, stream, version, position, occurredAt, recordedAt, meta, data, problem } = event
  const [today, before] = [jsonLines(data), jsonLines(stored)]
  return [
    `${type}  ${id}`,
    named('version', String(schemaVersion)),
    named('place', `${stream}@${version}, position ${position}`),
    named('occurred', occurredAt),
    named('recorded', recordedAt),
    ...Object.entries(meta).map(([name, text]) => named(name, text)),
    ...readers.map(({ kind, name }) => named('read by', `${name} (${kind})`)),
    ...(problem === undefined ? [] : [named('problem', problem)]),
    ...(event.deleted === true ? ['deleted'] : ['data', ...today]),
    ...(event.deleted === true || today.join() === before.join() ? [] : ['as it is stored', ...before]),
  ]
}

function named(name: string, text: string): string {
  return `${name.padEnd(15)}${text}`
}

function jsonLines(value: unknown): readonly string[] {
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each), 2)
  return text.split('\n').map((line) => `  ${line}`)
}

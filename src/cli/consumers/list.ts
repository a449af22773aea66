import type { Command } from 'commander'
import { storedConsumers, type StoredConsumer } from '../../runtime/forgetting/stored-consumers.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printTable, type Column } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly system?: string
}

/** `consumers list`: what a store has of each consumer, also of those that nobody runs any more. */
export function consumersListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists what a store has of consumers, also of those that no design has any more.')
  withJson(withStore(withSystemIfAny(command, 'it tells which consumers it has no part for'))).action(
    ({ system, ...choice }: Options) =>
      withOpenStore(command, choice, run.io, async (store) => {
        const graph = system === undefined ? undefined : (await systemOf(system, run.io)).graph
        const consumers = await storedConsumers(store, graph)
        if (run.json) return printJson(run.io, consumers)
        await printTable(run.io, graph === undefined ? columns : [...columns, declared], consumers, 'no consumers')
      }),
  )
}

const columns: readonly Column<StoredConsumer>[] = [
  { title: 'consumer', text: ({ consumer }) => consumer },
  { title: 'reads', text: ({ sources }) => sources.join(', ') },
  { title: 'buckets', right: true, text: ({ buckets }) => buckets },
  { title: 'position', right: true, text: ({ first, last }) => (first === last ? (first ?? '') : `${first}–${last}`) },
  { title: 'owners', right: true, text: ({ heldBy }) => heldBy.length },
  { title: 'parked', right: true, text: ({ parkedKeys }) => parkedKeys },
  { title: 'rows', text: ({ view }) => view ?? '' },
]

const declared: Column<StoredConsumer> = {
  title: 'in the system',
  text: (consumer) => (consumer.declared === true ? 'yes' : 'no'),
}

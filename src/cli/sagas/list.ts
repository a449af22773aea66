import { Option, type Command } from 'commander'
import type { Store } from '../../ports/store.ts'
import { inspect } from '../../runtime/inspect.ts'
import { sagaStatuses } from '../../runtime/sagas/state.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import { printJson, printTable, say } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly saga?: string
  readonly status?: readonly string[]
  readonly counts?: true
  readonly after?: string
  readonly limit: number
}

/** `sagas list`: instances of sagas and processes, with their status. */
export function sagasListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists instances of sagas and processes.')
    .option('--saga <name>', 'only those of this saga or process')
    .addOption(new Option('--status <status...>', 'only those').choices([...sagaStatuses, 'ended']))
    .option('--counts', 'how many there are, by saga and status')
    .option('--after <id>', 'begin behind this instance')
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action(({ saga, status, counts, after, limit, ...choice }: Options) =>
    withOpenStore(command, choice, run.io, async (store) => {
      if (counts) return listCounts(run, store, saga, status)
      const page = {
        limit,
        ...(saga !== undefined && { saga }),
        ...(status !== undefined && { statuses: status }),
        ...(after !== undefined && { after }),
      }
      const instances = await inspect(store).sagas(page)
      if (run.json) return printJson(run.io, instances)
      await printTable(
        run.io,
        [
          { title: 'instance', text: ({ id }) => id },
          { title: 'status', text: (instance) => instance.status },
          { title: 'events', right: true, text: ({ version }) => version },
          { title: 'started', text: ({ startedAt }) => startedAt },
          { title: 'due', text: ({ dueAt }) => dueAt ?? '' },
        ],
        instances,
        'no instance is there',
      )
      if (instances.length === limit) await say(run, `There may be more: --after ${instances.at(-1)!.id}`)
    }),
  )
}

async function listCounts(
  run: Run,
  store: Store,
  saga: string | undefined,
  statuses: readonly string[] | undefined,
): Promise<void> {
  const counts = (await inspect(store).sagaCounts(saga)).filter(({ status }) => statuses?.includes(status) ?? true)
  if (run.json) return printJson(run.io, counts)
  await printTable(
    run.io,
    [
      { title: 'saga', text: (each) => each.saga },
      { title: 'status', text: ({ status }) => status },
      { title: 'instances', right: true, text: ({ count }) => count },
    ],
    counts,
    'no instance is there',
  )
}

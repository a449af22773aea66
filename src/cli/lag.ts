import { Option, type Command } from 'commander'
import { formatDuration } from '../base/duration.ts'
import type { Store } from '../ports/store.ts'
import { inspect } from '../runtime/inspect.ts'
import type { ConsumerReport } from '../runtime/lag/consumer-report.ts'
import { belongsTo } from '../runtime/lag/declared.ts'
import { isAlarming, type LagStatus } from '../runtime/lag/evaluation.ts'
import type { Run } from './io.ts'
import { withJson, withStore, withSystemIfAny } from './options.ts'
import { printJson, printJsonLine, printLines, printTable, type Column } from './print.ts'
import type { StoreChoice } from './store-choice.ts'
import { systemOf } from './system-of.ts'
import { timeSpan } from './time-span.ts'
import { withOpenStore } from './with-open-store.ts'

interface Options extends StoreChoice {
  readonly system?: string
  readonly check?: true
  readonly watch?: true
  readonly prometheus?: true
}

const watchMs = 2_000

/** `lag`: how far every consumer is behind, and which of them are stuck. */
export function lagCommand(parent: Command, run: Run): void {
  const command = parent
    .command('lag')
    .description('Shows how far every consumer is behind, and which of them are stuck.')
    .option(
      '--check',
      'end with 1 when a consumer is stalled, stopped or falling behind, needs a newer release, or misses an objective',
    )
    .option('--watch', 'look again every two seconds, until it is interrupted')
    .addOption(new Option('--prometheus', 'print metrics for Prometheus').conflicts(['json', 'watch', 'check']))
  withJson(withStore(withSystemIfAny(command, 'only what it declares is shown, with its objectives'))).action(
    (options: Options) =>
      withOpenStore(command, options, run.io, async (store) => {
        const look = await looker(store, options, run)
        do {
          const consumers = await look.consumers()
          if (options.check) run.exitCode = consumers.some(needsSomebody) ? 1 : 0
          if (options.prometheus) await run.io.stdout.write(await look.metrics())
          else if (!run.json) await printConsumers(run, consumers)
          else if (options.watch) await printJsonLine(run.io, consumers)
          else await printJson(run.io, consumers)
          if (options.watch) await run.io.clock.sleep(watchMs, run.io.stop)
        } while (options.watch && !run.io.stop.aborted)
      }),
  )
}

function needsSomebody({ status, objective }: ConsumerReport): boolean {
  return isAlarming(status) || objective?.met === false
}

interface Look {
  consumers(): Promise<readonly ConsumerReport[]>
  metrics(): Promise<string>
}

async function looker(store: Store, { system }: Options, { io }: Run): Promise<Look> {
  const graph = system === undefined ? undefined : (await systemOf(system, io)).graph
  const { consumers, metrics } = inspect(store, undefined, undefined, graph)
  const isShown = ({ name }: ConsumerReport): boolean => graph === undefined || belongsTo(graph, name)
  return { consumers: async () => (await consumers()).filter(isShown), metrics }
}

const columns: readonly Column<ConsumerReport>[] = [
  { title: 'consumer', text: ({ name }) => name },
  { title: 'status', text: ({ status }) => status },
  { title: 'position', right: true, text: ({ position }) => position },
  { title: 'lag', right: true, text: ({ lag }) => lag },
  { title: 'oldest', right: true, text: ({ lagMs }) => (lagMs === null ? '?' : timeSpan(lagMs)) },
  { title: 'still for', right: true, text: ({ stalenessMs }) => timeSpan(stalenessMs) },
  { title: 'owners', right: true, text: ({ owners }) => owners.length },
  { title: 'parked', right: true, text: ({ parkedKeys }) => parkedKeys },
]

/** Shown where something is declared. */
const objectiveColumn: Column<ConsumerReport> = {
  title: 'objective',
  text: ({ objective }) => objectiveText(objective),
}

function objectiveText(objective: ConsumerReport['objective']): string {
  if (objective === undefined) return '-'
  const { lag, stalenessMs, met } = objective
  const parts = [lag ?? [], stalenessMs === undefined ? [] : formatDuration(stalenessMs)].flat()
  return `${parts.join(', ')} ${met ? 'kept' : 'missed'}`
}

/** What a person does about it. */
const remedies: Partial<Record<LagStatus, string>> = {
  'falling behind': 'more comes than it can do: give it more processes, or make its handler faster',
  stalled: 'it has work and does not get it done: its handler hangs or fails, see the log of its process',
  stopped: 'nobody works for it: start its service, or see why it gave up',
  'broker away': 'nobody knows what waits in its channel: see that the broker runs and lets this login in',
  ahead: 'it has done more than its source holds (EW_CHECKPOINT_AHEAD): restore both from one backup, or rebuild it',
  'needs newer release': 'it has met what a newer release has written: start that release',
  'waiting for refeed': 'the service that owns its events sends them again: see that it runs',
  'parked keys': 'some messages have failed: eventwright dead-letters list',
}

async function printConsumers({ io }: Run, consumers: readonly ConsumerReport[]): Promise<void> {
  const isDeclared = consumers.some(({ objective }) => objective !== undefined)
  await printTable(io, [...columns, ...(isDeclared ? [objectiveColumn] : [])], consumers, 'no consumers')
  for (const [status, found] of Map.groupBy(consumers, (each) => each.status)) {
    const remedy = remedies[status]
    if (remedy !== undefined) await printLines(io, `${found.length} ${status}: ${remedy}`)
  }
  const missed = consumers.filter(({ objective }) => objective?.met === false).length
  if (missed > 0)
    await printLines(io, `${missed} missed: further behind than the design allows, see what their status says`)
}

import { Command, CommanderError } from 'commander'
import { actionsListCommand } from './actions/list.ts'
import { channelsListCommand } from './channels/list.ts'
import { checkCommand } from './check.ts'
import { consumersForgetCommand } from './consumers/forget.ts'
import { consumersListCommand } from './consumers/list.ts'
import { deadLettersDiscardCommand } from './dead-letters/discard.ts'
import { deadLettersEditCommand } from './dead-letters/edit.ts'
import { deadLettersListCommand } from './dead-letters/list.ts'
import { deadLettersReplayCommand } from './dead-letters/replay.ts'
import { deadLettersShowCommand } from './dead-letters/show.ts'
import { devCommand } from './dev.ts'
import { diagramMapCommand } from './diagram/map.ts'
import { diagramSagaCommand } from './diagram/saga.ts'
import { tellFailure } from './failure-report.ts'
import type { Io, Run } from './io.ts'
import { lagCommand } from './lag.ts'
import { migrateCommand } from './migrate.ts'
import { observabilityExportCommand } from './observability/export.ts'
import { packageVersion } from './package-version.ts'
import { processesListCommand } from './processes/list.ts'
import { sagasListCommand } from './sagas/list.ts'
import { sagasOrderCommands } from './sagas/order.ts'
import { sagasShowCommand } from './sagas/show.ts'
import { schemasCheckCommand } from './schemas/check.ts'
import { schemasDiffCommand } from './schemas/diff.ts'
import { schemasPushCommand } from './schemas/push.ts'
import { searchCommand } from './search.ts'
import { startCommand } from './start.ts'
import { storeCopyCommand } from './store/copy.ts'
import { storeEventCommand } from './store/event.ts'
import { storeReadCommand } from './store/read.ts'
import { storeStreamsCommand } from './store/streams.ts'
import { storeTailCommand } from './store/tail.ts'
import { storeVerifyCommand } from './store/verify.ts'
import { streamsAuditCommand } from './streams/audit.ts'
import { streamsDeleteCommand } from './streams/delete.ts'
import { streamsListCommand } from './streams/list.ts'
import { streamsArchiveCommand, streamsReopenCommand } from './streams/order.ts'
import { streamsShowCommand } from './streams/show.ts'
import { printable } from './printable.ts'
import { timersListCommand } from './timers/list.ts'
import { topologyApplyCommand } from './topology/apply.ts'
import { topologyDriftCommand } from './topology/drift.ts'
import { topologyExportCommand } from './topology/export.ts'
import { topologyPlanCommand } from './topology/plan.ts'
import { traceCommand } from './trace.ts'
import { viewsListCommand } from './views/list.ts'
import { viewsRebuildCommand } from './views/rebuild.ts'
import { viewsRebuildKeyCommand } from './views/rebuild-key.ts'
import { viewsRowsCommand } from './views/rows.ts'
import { viewsStatusCommand } from './views/status.ts'
import { withoutPassword } from './without-password.ts'

/**
 * Runs one command and answers the exit code: 0 done, 1 failed or found something, 2 wrongly called. Never rejects.
 * `argv` begins with the name of the command.
 */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<number> {
  const run: Run = { io, exitCode: 0, json: false }
  try {
    await commandLine(run).parseAsync([...argv], { from: 'user' })
    return run.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    await tellFailure(run, error)
    return 1
  }
}

const deadLetterCommands = [
  deadLettersListCommand,
  deadLettersShowCommand,
  deadLettersEditCommand,
  deadLettersReplayCommand,
  deadLettersDiscardCommand,
]

const storeCommands = [
  storeStreamsCommand,
  storeReadCommand,
  storeEventCommand,
  storeTailCommand,
  storeVerifyCommand,
  storeCopyCommand,
]

const viewCommands = [
  viewsListCommand,
  viewsStatusCommand,
  viewsRowsCommand,
  viewsRebuildCommand,
  viewsRebuildKeyCommand,
]

const streamCommands = [
  streamsListCommand,
  streamsShowCommand,
  streamsArchiveCommand,
  streamsReopenCommand,
  streamsDeleteCommand,
  streamsAuditCommand,
]

/** Every command with its options and help. */
export function commandLine(run: Run): Command {
  const { io } = run
  const program = new Command('eventwright')
    .description('Runs event-driven systems and looks into their stores.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // What was typed comes back in the message: it may be long, and it may try to steer the terminal.
      outputError: (text, write) => write(printable(withoutPassword(text), { lines: true, limit: 600 })),
      getOutHelpWidth: () => Math.min(io.stdout.columns, 120),
      getErrHelpWidth: () => Math.min(io.stderr.columns, 120),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(eventwright help shows every command)')
    .hook('preAction', (_, command) => void (run.json = command.opts()['json'] === true))
  startCommand(program, run)
  devCommand(program, run)
  checkCommand(program, run)
  lagCommand(program, run)
  searchCommand(program, run)
  traceCommand(program, run)
  migrateCommand(program, run)
  const store = program.command('store').description('Looks into a store.')
  for (const add of storeCommands) add(store, run)
  const consumers = program
    .command('consumers')
    .description('Shows what a store has of consumers, and forgets old ones.')
  for (const add of [consumersListCommand, consumersForgetCommand]) add(consumers, run)
  const processes = program.command('processes').description('Shows who works on a store.')
  processesListCommand(processes, run)
  const views = program.command('views').description('Shows views and builds them anew.')
  for (const add of viewCommands) add(views, run)
  const dead = program
    .command('dead-letters')
    .description('Shows messages that failed for good, and what to do about them.')
  for (const add of deadLetterCommands) add(dead, run)
  const sagas = program.command('sagas').description('Shows instances of sagas and processes, and gives them orders.')
  for (const add of [sagasListCommand, sagasShowCommand, sagasOrderCommands]) add(sagas, run)
  const streams = program.command('streams').description('Shows streams, closes them and deletes what is in them.')
  for (const add of streamCommands) add(streams, run)
  const channels = program.command('channels').description('Shows channels and who reads them.')
  channelsListCommand(channels, run)
  const actions = program.command('actions').description('Shows what operators have ordered and done.')
  actionsListCommand(actions, run)
  const schemas = program.command('schemas').description('Compares the schemas of messages with a registry.')
  for (const add of [schemasCheckCommand, schemasPushCommand, schemasDiffCommand]) add(schemas, run)
  const timers = program.command('timers').description('Shows commands that wait for their time.')
  timersListCommand(timers, run)
  const diagram = program.command('diagram').description('Draws a design as SVG; nothing has to run for it.')
  for (const add of [diagramMapCommand, diagramSagaCommand]) add(diagram, run)
  const topology = program
    .command('topology')
    .description('Compares what a broker has with what a design declares, and makes it so.')
  for (const add of [topologyPlanCommand, topologyApplyCommand, topologyDriftCommand, topologyExportCommand])
    add(topology, run)
  const observability = program.command('observability').description('Writes what watches over a running system.')
  observabilityExportCommand(observability, run)
  return program
}

import { InvalidArgumentError, type Command } from 'commander'
import type { Json } from '../../base/json.ts'
import type { Graph } from '../../design/graph.ts'
import { commitLimits } from '../../runtime/commits/limits.ts'
import { commitQueue } from '../../runtime/commits/queue.ts'
import { operateSagas, type OperateSagas, type SagaOrderAnswer } from '../../runtime/saga-runner/operate-sagas.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printLines, say } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly reason: string
  readonly by?: string
  readonly order?: string
  readonly system?: string
  readonly output?: { readonly json: Json }
}

type Given = Parameters<OperateSagas['skip']>[1]

interface Order {
  readonly name: string
  readonly description: string
  /** Said for orders that are about one step. */
  readonly step?: string
  give(operator: OperateSagas, instance: string, order: Given): Promise<SagaOrderAnswer>
}

const stands = 'the step; default: the one at which the instance stands'

const orders: readonly Order[] = [
  {
    name: 'cancel',
    description: 'Turns an instance back, as long as its pivot was not asked for.',
    give: (operator, instance, order) => operator.cancel(instance, order),
  },
  {
    name: 'retry',
    description: 'Tries a step now that waits for its next attempt or is stuck.',
    step: stands,
    give: (operator, instance, order) => operator.retry(instance, order),
  },
  {
    name: 'resume',
    description: 'Lets a stuck instance go on where it stands, with all attempts anew.',
    give: (operator, instance, order) => operator.resume(instance, order),
  },
  {
    name: 'mark-undone',
    description: 'Says that a step was undone by hand.',
    step: stands,
    give: (operator, instance, order) => operator.markUndone(instance, order),
  },
  {
    name: 'skip',
    description: 'Says that the step at which an instance is stuck was done by hand, from the pivot on.',
    step: stands,
    give: (operator, instance, order) => operator.skip(instance, order),
  },
  {
    name: 'terminate',
    description: 'Gives an instance up and records what is neither done to the end nor undone.',
    give: (operator, instance, order) => operator.terminate(instance, order),
  },
]

/**
 * `sagas cancel|retry|resume|mark-undone|skip|terminate <instance> [step]`: posts an order to the process that owns the
 * saga. Exit code 1 where the instance takes no such order now; the order is posted all the same, so that its timeline
 * tells. Errors: as `OperateSagas`.
 */
export function sagasOrderCommands(parent: Command, run: Run): void {
  for (const order of orders) sagasOrderCommand(parent, run, order)
}

function sagasOrderCommand(parent: Command, run: Run, { name, description, step, give }: Order): void {
  const command = parent
    .command(name)
    .description(description)
    .argument('<instance>', 'the instance as `sagas list` shows it, for example order-creation/42')
  if (step !== undefined) command.argument('[step]', step)
  command
    .requiredOption('--reason <text>', 'why; it stands in the timeline')
    .option('--by <name>', 'who gives the order (default: $USER)')
    .option('--order <id>', 'the name of the order: given again under it, it is the same one (default: a new one)')
  if (name === 'skip') command.option('--output <json>', 'what the step answers, as JSON', jsonValue)
  withSystemIfAny(command, 'with it every refusal is known at once')
  withJson(withStore(command)).action((instance: string, ...rest: readonly unknown[]) => {
    const [at, options] = step === undefined ? [undefined, rest[0]] : [rest[0], rest[1]]
    return posted(command, run, options as Options, (operator, order) =>
      give(operator, instance, { ...order, ...(at !== undefined && { step: at as string }) }),
    )
  })
}

async function posted(
  command: Command,
  run: Run,
  { reason, by, order: id, system: file, output, ...choice }: Options,
  give: (operator: OperateSagas, order: Given) => Promise<SagaOrderAnswer>,
): Promise<void> {
  const sagas: Graph['sagas'] = file === undefined ? new Map() : (await systemOf(file, run.io)).graph.sagas
  const who = by ?? run.io.env['USER'] ?? 'operator'
  await withOpenStore(command, choice, run.io, async (store) => {
    const queue = commitQueue(store, run.io.clock, commitLimits)
    const operator = operateSagas({ store, commit: queue.commit, sagaOf: (name) => sagas.get(name)?.definition })
    const more = { ...(id !== undefined && { id }), ...(output !== undefined && { output: output.json }) }
    const answer = await give(operator, { who, why: reason, ...more }).finally(() => queue.close())
    if (answer.refusal !== undefined) run.exitCode = 1
    const row = await store.sagas.get(answer.instance)
    const owned = await store.ownership.list(`${row?.service}/saga:${row?.saga}`)
    if (!owned.some(({ owner, untilMs }) => owner !== null && (untilMs ?? 0) > run.io.clock.now()))
      await say(run, 'No process runs this saga now; one that starts reads the order.')
    if (run.json) return printJson(run.io, answer)
    await printLines(run.io, printable(line(answer)))
  })
}

function line({ instance, status, order, refusal, repeated }: SagaOrderAnswer): string {
  const what = repeated ? `the order ${order} was given before` : `posted as order ${order}`
  return `${instance} (${status}): ${what}${refusal === undefined ? '' : `; it takes no such order now: ${refusal}`}`
}

/** In a box, since null is a value too. */
function jsonValue(text: string): { readonly json: Json } {
  try {
    return { json: JSON.parse(text) as Json }
  } catch {
    throw new InvalidArgumentError('It must be JSON.')
  }
}

import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { SagaStory } from '../../runtime/saga-runner/report.ts'
import { graphOf } from '../graph-of.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly system?: string
}

type Step = NonNullable<SagaStory['steps']>[number]

/**
 * `sagas show <instance>`: what happened to an instance, in order, and which orders it takes now; with the system also
 * how it stands at each step. Error: EW_SAGA_UNKNOWN.
 */
export function sagasShowCommand(parent: Command, run: Run): void {
  const command = parent
    .command('show')
    .description('Prints the timeline of one instance, how it stands at each step, and which orders it takes.')
    .argument('<instance>', 'the instance as `sagas list` shows it, for example order-creation/42')
  withJson(withStore(withSystemIfAny(command, 'it tells the steps'))).action(async (id: string, options: Options) => {
    const { system, ...choice } = options
    const graph = await graphOf(system, run.io)
    await withOpenStore(command, choice, run.io, async (store) => {
      const story = await inspect(store, undefined, undefined, graph).saga(id)
      if (story === undefined) throw failure('EW_SAGA_UNKNOWN', `The store has no instance ${JSON.stringify(id)}.`)
      if (run.json) return printJson(run.io, story)
      const { status, service, definitionVersion, timeline, dueAt } = story
      await printLines(run.io, printable(`${id}  ${status}  (${service}, version ${definitionVersion})`))
      for (const { version, recordedAt, text } of timeline)
        await printLines(run.io, printable(`${String(version).padStart(4)}  ${recordedAt}  ${text}`))
      if (dueAt !== undefined) await printLines(run.io, `      ${dueAt}  next look`)
      await printLines(run.io, ...standing(story).map((line) => printable(line)))
    })
  })
}

function standing({ steps = [], orders = [] }: SagaStory): readonly string[] {
  const taken = orders.filter(({ refusal }) => refusal === undefined).map(({ order }) => order)
  return [...steps.map(stepLine), ...(taken.length === 0 ? [] : [`takes now: ${taken.join(', ')}`])]
}

function stepLine({ step, kind, message, outcome, undoState, request, code, isStuck }: Step): string {
  const asked =
    request === undefined ? [] : [`${request.action} attempt ${request.attempt}, ${request.phase}`, request.dueAt ?? '']
  const known = [
    outcome,
    ...(undoState === 'none' ? [] : [`undo ${undoState}`]),
    ...(code === undefined ? [] : [code]),
    ...asked.filter((text) => text !== ''),
    ...(isStuck ? ['STUCK'] : []),
  ]
  return `step  ${step}  (${message === undefined ? kind : `${kind} ${message}`})  ${known.join(', ')}`
}

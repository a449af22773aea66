import { describeValue } from '../../base/json-value.ts'
import type { AnyEvent } from '../definition.ts'
import type { AnyProcess } from '../sagas/process.ts'
import type { AnySaga, SagaStep } from '../sagas/definition.ts'
import type { Finding } from './finding.ts'
import type { Composition } from './parts.ts'
import { absent, present, sampleOf } from './saga-messages.ts'

/** What keeps sagas and processes from working; names, values and owners are matters of the rules about them. */
export function sagaFindings(composition: Composition): readonly Finding[] {
  const { sagas, processes, handlers } = composition
  const owners = commandOwners(composition)
  const outside = new Set(
    handlers.filter(({ definition }) => definition.outside).map(({ definition }) => definition.command),
  )
  return [
    ...sagas.flatMap(({ definition, where }) => [
      ...withoutSteps(definition, where),
      ...ids(definition, where),
      ...definition.steps.flatMap((step) => [
        ...waits(step, where),
        ...undoElsewhere(step, owners, where),
        ...undoInside(step, outside, where),
      ]),
    ]),
    ...processes.flatMap(({ definition, where }) => [
      ...withoutReactions(definition, where),
      ...definition.reactions.flatMap(({ event, correlate }) =>
        wrongKeys(event, correlate, `correlate of ${event.type}`, where),
      ),
    ]),
  ]
}

function withoutSteps({ steps }: AnySaga, where: string): readonly Finding[] {
  if (steps.length > 0) return []
  return [{ code: 'handler-missing', where, what: 'The saga has no step.', remedy: 'Add steps, or take the saga out.' }]
}

function withoutReactions({ reactions }: AnyProcess, where: string): readonly Finding[] {
  if (reactions.length > 0) return []
  const what = 'The process reacts to no event.'
  return [{ code: 'handler-missing', where, what, remedy: 'Add .on(…), or take the process out.' }]
}

function ids(saga: AnySaga, where: string): readonly Finding[] {
  return wrongKeys(saga.startedBy, (data) => saga.id(data), 'id', where)
}

function waits(step: SagaStep, where: string): readonly Finding[] {
  if (step.kind !== 'wait') return []
  return wrongKeys(step.event, (data) => step.by(data), `by of the step ${step.name}`, where)
}

/** A participant knows of an effect only what it has done itself. */
function undoElsewhere(step: SagaStep, owners: ReadonlyMap<string, string>, where: string): readonly Finding[] {
  if (step.kind !== 'call' || step.undo?.kind !== 'call') return []
  const [own, other] = [owners.get(step.command.type), owners.get(step.undo.command.type)]
  if (own === undefined || other === undefined || own === other) return []
  const what = `The step ${step.name} is done by ${own} and undone by ${other}, which does not know what was done.`
  return [{ code: 'undo-elsewhere', where, what, remedy: `Let ${own} handle ${step.undo.command.type}.` }]
}

/** What a step may have begun outside is not known here, so its undo must not depend on it. */
function undoInside(step: SagaStep, outside: ReadonlySet<string>, where: string): readonly Finding[] {
  if (step.kind !== 'call' || step.undo?.kind !== 'call') return []
  const [type, undo] = [step.command.type, step.undo.command.type]
  if (!outside.has(type) || outside.has(undo)) return []
  const unless = 'would not be carried out where the step left no trace'
  const what = `The step ${step.name} reaches outside by ${type}; its undo ${undo} ${unless}.`
  return [{ code: 'undo-inside', where, what, remedy: `Let handle(${undo}, …) be { outside: true } too.` }]
}

/**
 * Whether a function names a text for made-up data of its event, once with optional fields and once without. Data that
 * cannot be made up says nothing against it.
 */
function wrongKeys(event: AnyEvent, ask: (data: any) => unknown, name: string, where: string): readonly Finding[] {
  const answers = [absent, present].flatMap((random) => {
    const data = attempt(() => sampleOf(event, random))
    return data === undefined ? [] : [attempt(() => ask(data))]
  })
  const wrong = answers.find((answer) => typeof answer !== 'string')
  if (answers.every((answer) => typeof answer === 'string')) return []
  return [
    {
      code: 'key-not-valid',
      where,
      what: `${name} answers ${wrong === undefined ? 'nothing' : describeValue(wrong)} for valid data.`,
      remedy: 'Answer a text, from a field that the event always has.',
    },
  ]
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function commandOwners({ aggregates, handlers }: Composition): ReadonlyMap<string, string> {
  return new Map([
    ...aggregates.flatMap(({ definition, service }) => definition.commands.map(({ type }) => [type, service] as const)),
    ...handlers.map(({ definition, service }) => [definition.command, service] as const),
  ])
}

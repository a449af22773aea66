import type { AnyCommand, AnyEvent } from '../definition.ts'
import type { Retry } from '../effects.ts'
import { atLeastOne, designFailure, spanMs } from './check.ts'
import {
  failedStep,
  type ActiveStep,
  type AnySaga,
  type RetryPlan,
  type SagaPhase,
  type UndoPlan,
  type WaitStep,
} from './definition.ts'
import type { StepRetry } from './options.ts'
import { definitionList, frozenList } from '../tables.ts'

/** Options of any step, as a caller wrote them. */
export type StepOptions = { readonly [option: string]: any }

const stepName = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/
const defaultAttemptTimeoutMs = 30_000

const stepRetry: Required<Retry> = { maxAttempts: 5, initial: '200ms', factor: 2, max: '30s' }
// An undo must not be given up lightly: it ends in a stuck saga that waits for a person.
const undoRetry: Required<Retry> = { maxAttempts: 20, initial: '1s', factor: 2, max: '5m' }

/** How often the command that records a failure is sent: until it is answered. */
export const failureRetry: RetryPlan = planOf({ maxAttempts: 'forever', max: '1m' }, stepRetry, 'failed')

/** How long one attempt at recording a failure lasts. */
export const failureTimeoutMs: number = defaultAttemptTimeoutMs

/** A step that does something, from its options. Errors: EW_DESIGN. */
export function activeStep(
  { name: saga }: Pick<AnySaga, 'name'>,
  name: string,
  kind: ActiveStep['kind'],
  phase: SagaPhase,
  options: StepOptions,
): ActiveStep {
  const where = checkedName(saga, name)
  const { attemptTimeout, deadline, retry = {} } = options
  const endless = phase === 'before' ? {} : { maxAttempts: 'forever' as const }
  const shape = {
    name,
    phase,
    attemptTimeoutMs:
      attemptTimeout === undefined ? defaultAttemptTimeoutMs : spanMs(attemptTimeout, `attemptTimeout of ${where}`),
    deadlineMs: deadline === undefined ? undefined : spanMs(deadline, `deadline of ${where}`),
    retry: planOf({ ...endless, ...retry, ...(phase === 'after' && endless) }, stepRetry, where),
    undo: phase === 'before' ? undoPlan(kind, options, where) : undefined,
  }
  if (kind === 'call') {
    const command = commandOf(options['call'], `call of ${where}`)
    return Object.freeze({ ...shape, kind, command, with: functionOf(options['with'], 'with', where) })
  }
  if (deadline !== undefined && kind === 'do' && phase === 'pivot') {
    throw designFailure(`${where} is a pivot whose outcome cannot be given up, so it has no deadline.`)
  }
  return Object.freeze({ ...shape, kind, do: functionOf(options['do'], 'do', where) })
}

/** A wait for an event, from its options. Errors: EW_DESIGN. */
export function waitStep(
  { name: saga, steps }: Pick<AnySaga, 'name' | 'steps'>,
  name: string,
  options: StepOptions,
): WaitStep {
  const where = checkedName(saga, name)
  const [event] = definitionList<AnyEvent>('event', [options['event']], `event of ${where}`)
  const { onTimeout } = options
  const passed = steps.some(({ phase }) => phase !== 'before')
  if (onTimeout !== 'continue' && (onTimeout !== 'fail' || passed)) {
    throw designFailure(`onTimeout of ${where} must be 'continue'${passed ? ' after the pivot' : ` or 'fail'`}.`)
  }
  return Object.freeze({
    kind: 'wait',
    name,
    phase: passed ? 'after' : 'before',
    event: event!,
    by: functionOf(options['by'], 'by', where),
    correlate: functionOf(options['correlate'], 'correlate', where),
    withinMs: spanMs(options['within'], `within of ${where}`),
    onTimeout,
  })
}

function undoPlan(kind: ActiveStep['kind'], options: StepOptions, where: string): UndoPlan {
  const { undo, undoCall, undoWith, noUndo } = options
  if ([undo, undoCall, noUndo].filter((each) => each !== undefined).length !== 1) {
    const names = kind === 'call' ? 'undoCall with undoWith, or noUndo' : 'undo, or noUndo'
    throw designFailure(`${where} stands before the pivot, so it needs exactly one of ${names}.`)
  }
  if (noUndo !== undefined) return Object.freeze({ kind: 'none', reason: String(noUndo) })
  const retry = planOf(options['undoRetry'] ?? {}, undoRetry, `undo of ${where}`)
  if (undoCall !== undefined) {
    const command = commandOf(undoCall, `undoCall of ${where}`)
    return Object.freeze({ kind: 'call', command, with: functionOf(undoWith, 'undoWith', where), retry })
  }
  const run = functionOf(undo, 'undo', where)
  return Object.freeze({ kind: kind === 'local' ? 'local' : 'do', undo: run, retry })
}

function planOf(given: StepRetry, defaults: Required<Retry>, where: string): RetryPlan {
  const { maxAttempts, initial, factor, max } = { ...defaults, ...given }
  const finalRefusals = given.nonRetryable
  return Object.freeze({
    maxAttempts: maxAttempts === 'forever' ? maxAttempts : atLeastOne(maxAttempts, `maxAttempts of ${where}`, true),
    firstMs: spanMs(initial, `retry.initial of ${where}`),
    factor: atLeastOne(factor, `retry.factor of ${where}`, false),
    maxMs: spanMs(max, `retry.max of ${where}`),
    finalRefusals: finalRefusals === undefined ? undefined : frozenList(finalRefusals),
  })
}

function checkedName(saga: string, name: string): string {
  const where = `the step ${name} of saga ${saga}`
  if (typeof name !== 'string' || !stepName.test(name)) {
    throw designFailure(
      `"${String(name)}" is no name of a step of saga ${saga}: a letter, then letters, digits, _ . or -.`,
    )
  }
  if (name === failedStep) {
    throw designFailure(`'${failedStep}' names the command that records the failure; rename ${where}.`)
  }
  return where
}

function functionOf(value: unknown, name: string, where: string): (...args: any[]) => any {
  if (typeof value === 'function') return value as (...args: any[]) => any
  throw designFailure(`${name} of ${where} is not a function.`)
}

function commandOf(value: unknown, where: string): AnyCommand {
  return definitionList<AnyCommand>('command', [value as AnyCommand], where)[0]!
}

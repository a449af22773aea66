import { formatDuration } from '../../base/duration.ts'
import type { AnySaga, RetryPlan, SagaPhase, SagaStep } from '../../design/sagas/definition.ts'

/** A step of a saga in words, and what may become of it. */
export interface SagaRow {
  readonly step: SagaStep
  /** What it does and how often it is tried. */
  readonly texts: readonly [what: string, limits: string]
  /** How it is undone, and how often that is tried; undefined: not at all. */
  readonly undo: readonly [what: string, limits: string] | undefined
  /** Why nothing has to be undone; undefined where it is undone, and where there is no way back. */
  readonly noUndo: string | undefined
  /** What turns the saga back here, without and with an undo of this step. */
  readonly turnsBack: string | undefined
  readonly turnsBackHere: string | undefined
  /** How long a wait lasts that the saga goes on without. */
  readonly passesAfter: string | undefined
}

/** What stands over the steps of a phase. */
export const phaseTitles: Readonly<Record<SagaPhase, string>> = {
  before: 'can be undone',
  pivot: 'pivot: decides',
  after: 'only forward',
}

/** The steps of a saga in words. */
export function sagaRows({ steps }: Pick<AnySaga, 'steps'>): readonly SagaRow[] {
  return steps.map((step): SagaRow => {
    const { undo } = step.kind === 'wait' ? { undo: undefined } : step
    const hasUndo = undo !== undefined && undo.kind !== 'none'
    return {
      step,
      texts: [whatOf(step), limitsOf(step)],
      undo: hasUndo ? [undoOf(undo), `${times(undo.retry)}, then a person`] : undefined,
      noUndo: undo?.kind === 'none' ? undo.reason : undefined,
      ...waysOf(step, hasUndo),
    }
  })
}

/** A time as people write it: `5 s`, `10 min`. */
export function span(ms: number): string {
  return formatDuration(ms)
    .replace(/(?<=\d)(?=[a-z])/, ' ')
    .replace(/ m$/, ' min')
}

function whatOf(step: SagaStep): string {
  switch (step.kind) {
    case 'call':
      return `calls ${step.command.type}`
    case 'do':
      return 'runs a function'
    case 'local':
      return 'records and commits here'
    case 'wait':
      return `waits for ${step.event.type}`
  }
}

function limitsOf(step: SagaStep): string {
  if (step.kind === 'wait') return `at most ${span(step.withinMs)}`
  const { attemptTimeoutMs, retry, deadlineMs } = step
  const inAll = deadlineMs === undefined ? '' : `, ${span(deadlineMs)} in all`
  const endless = retry.maxAttempts === 'forever' && deadlineMs === undefined ? ' without end' : ''
  return `${times(retry)} of ${span(attemptTimeoutMs)}${endless}${inAll}`
}

function times({ maxAttempts }: RetryPlan): string {
  if (maxAttempts === 'forever') return 'attempts'
  return maxAttempts === 1 ? '1 attempt' : `${maxAttempts} attempts`
}

function undoOf(
  undo: { readonly kind: 'call'; readonly command: { readonly type: string } } | { readonly kind: 'do' | 'local' },
): string {
  if (undo.kind === 'call') return undo.command.type
  return undo.kind === 'do' ? 'a function' : 'recorded here'
}

function waysOf(step: SagaStep, hasUndo: boolean): Pick<SagaRow, 'turnsBack' | 'turnsBackHere' | 'passesAfter'> {
  const ways = { turnsBack: undefined, turnsBackHere: undefined, passesAfter: undefined }
  if (step.kind === 'wait') {
    return step.onTimeout === 'fail'
      ? { ...ways, turnsBack: 'too late' }
      : { ...ways, passesAfter: `after ${span(step.withinMs)} without it` }
  }
  if (step.phase === 'after') return ways
  // What commits here is never unknown; of a pivot that is, nobody but a person decides.
  if (step.phase === 'pivot' || step.kind === 'local') return { ...ways, turnsBack: 'refused' }
  return hasUndo ? { ...ways, turnsBack: 'refused', turnsBackHere: 'no answer' } : { ...ways, turnsBack: 'not done' }
}

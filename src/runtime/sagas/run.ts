import { errorText } from '../../base/error-text.ts'
import { canonicalJson, parseJson, type Json } from '../../base/json.ts'
import { isRejection } from '../../design/decision.ts'
import type { HandleContext } from '../../design/handle.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { StepMeta } from '../../design/sagas/scope.ts'
import type { RunEffect } from './effects.ts'
import type { StepResult } from './input.ts'
import { scopeOf, stepNamed, undoScopeOf } from './scope.ts'
import type { SagaState } from './state.ts'

/**
 * Calls the function of a step or of its undo, once; `state` is the instance as it stands now. Never rejects: what the
 * function throws is a failure, `reject(code)` a refusal, what it answers the output in stored form. An output that is
 * not JSON is a failure too, although the effect took place: the next attempt has the same key.
 */
export async function runStep(
  saga: AnySaga,
  state: SagaState,
  { reply }: RunEffect,
  nowMs: number,
  context: StepMeta | HandleContext,
): Promise<StepResult> {
  try {
    const answer: unknown = await call(saga, state, reply.step, reply.action, nowMs, context)
    if (isRejection(answer)) return { status: 'refused', code: answer.code }
    if (reply.action === 'undo' || answer === undefined) return { status: 'done' }
    return { status: 'done', output: plain(answer) }
  } catch (error) {
    return { status: 'failed', error: errorText(error) }
  }
}

function call(
  saga: AnySaga,
  state: SagaState,
  name: string,
  action: 'do' | 'undo',
  nowMs: number,
  context: StepMeta | HandleContext,
): unknown {
  const step = stepNamed(saga, name)
  if (action === 'undo' && (step?.kind === 'do' || step?.kind === 'local')) {
    const { undo } = step
    if (undo?.kind === 'do' || undo?.kind === 'local') return undo.undo(undoScopeOf(saga, state, step, nowMs), context)
  } else if (step?.kind === 'do' || step?.kind === 'local') return step.do(scopeOf(saga, state, nowMs), context)
  throw new TypeError(`The saga ${saga.name} has no function for ${action} ${name}.`)
}

function plain(value: unknown): Json {
  return parseJson(canonicalJson(value))
}

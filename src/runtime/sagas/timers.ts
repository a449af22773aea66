import { advance, compensate, pivotAsked } from './advance.ts'
import { attemptFailed, giveUp, retry } from './attempts.ts'
import type { Course } from './course.ts'
import { stepNamed } from './scope.ts'
import { dueAtMs, openStep, type Request } from './state.ts'

/** Does everything that is due, the deadline of the saga first. Said too early it does nothing. */
export function fireDue(course: Course): void {
  for (let due = dueAtMs(course.state); due !== null && due <= course.moment.nowMs; due = dueAtMs(course.state)) {
    fireOne(course)
  }
}

/** After a crash: functions that ran here are lost, so their attempt has failed; what was sent is on its way. */
export function restarted(course: Course): void {
  const open = openStep(course.state)
  if (open === undefined || open.request.phase !== 'inFlight' || open.request.command !== null) return
  if (open.request.action === 'wait') return
  attemptFailed(course, open.step, open.request, { kind: 'crash', message: 'the process that ran it is gone' })
}

function fireOne(course: Course): void {
  const { state, saga, moment } = course
  const open = openStep(state)
  if (state.cause === null && !state.overdue && isDue(state.deadlineAtMs, moment.nowMs)) {
    if (pivotAsked(saga, state)) return course.emit({ type: 'SagaOverdue' })
    if (open !== undefined) giveUp(course, open.step, open.request, 'deadline')
    return compensate(course, open?.step ?? state.stuck?.step ?? '', 'deadline')
  }
  if (open === undefined) return
  const { step, request } = open
  if (isDue(request.giveUpAtMs, moment.nowMs)) {
    giveUp(course, step, request, 'deadline')
    return compensate(course, step, 'deadline')
  }
  if (request.action === 'wait') return waitIsOver(course, step, request)
  if (request.phase === 'paused') return retry(course, step, request)
  attemptFailed(course, step, request, { kind: 'timeout', message: 'no answer in time' })
}

function waitIsOver(course: Course, step: string, { execId }: Request): void {
  const wait = stepNamed(course.saga, step)
  const continues = wait?.kind === 'wait' && wait.onTimeout === 'continue'
  course.emit({ type: 'WaitTimedOut', step, execId, continues })
  if (continues) advance(course)
  else compensate(course, step, 'timeout')
}

function isDue(atMs: number | null, nowMs: number): boolean {
  return atMs !== null && atMs <= nowMs
}

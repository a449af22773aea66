import type { DeadLetter, ParkedAttempt } from './parked.ts'
import type { ParkWrite } from './unit-of-work.ts'

/** What is stored of a parked key beside what waits for it. */
export type ParkedHead = Omit<DeadLetter, 'waiting' | 'raw'>

const keptAttempts = 10

/** The code of a key whose head was discarded, until the message behind it was tried. */
export const discardedCode = 'discarded'

/**
 * What a key is after its message failed, by the rule that every store keeps: the same message adds to what is known of
 * it, another one at the head begins anew; the key stays parked since the first of them.
 */
export function parkedHead(
  write: Extract<ParkWrite, { readonly kind: 'park' }>,
  known: ParkedHead | undefined,
  nowMs: number,
): ParkedHead {
  const { kind: _, raw: _raw, facts, replay, ...failed } = write
  const before = known?.position === write.position && known.code !== discardedCode ? known : undefined
  const end: ParkedAttempt = { atMs: nowMs, code: write.code, message: write.message }
  const vain = before?.handlers === write.handlers ? before.vainReplays : 0
  return {
    ...failed,
    ...facts,
    attempts: (before?.attempts ?? 0) + write.attempts,
    history: bounded([...(before?.history ?? []), ...(write.history.length > 0 ? write.history : [end])]),
    replays: (before?.replays ?? 0) + (replay ? 1 : 0),
    ends: bounded([...(before?.ends ?? []), ...(replay ? [end] : [])]),
    vainReplays: replay ? vain + 1 : vain,
    edits: before?.edits ?? 0,
    parkedAtMs: known?.parkedAtMs ?? nowMs,
    failedAtMs: nowMs,
    resuming: false,
  }
}

/** What a key is after its head was discarded: it is marked, so that its owner goes on with what waits behind. */
export function withoutHead(known: ParkedHead, nextPosition: number | undefined, why: string): ParkedHead {
  return {
    ...known,
    position: nextPosition ?? known.position,
    id: null,
    type: null,
    schemaVersion: null,
    correlationId: null,
    code: discardedCode,
    message: why,
    stack: '',
    attempts: 0,
    history: [],
    replays: 0,
    ends: [],
    vainReplays: 0,
    edits: 0,
    resuming: true,
  }
}

/** What a key is after its head was edited: it is another message, so nothing was tried in vain yet. */
export function editedHead(known: ParkedHead): ParkedHead {
  return { ...known, edits: known.edits + 1, vainReplays: 0 }
}

/** The first attempt and the newest ones: how it began and how it is now. */
export function bounded<T>(attempts: readonly T[]): readonly T[] {
  return attempts.length <= keptAttempts ? attempts : [attempts[0]!, ...attempts.slice(1 - keptAttempts)]
}

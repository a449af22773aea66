import { errorText } from '../../base/error-text.ts'
import { isEventwrightError } from '../../base/errors.ts'
import type { Loss, Outcome, Unit } from '../../ports/unit-of-work.ts'
import { offer, type Offered } from '../loop/offer.ts'
import { originWithin } from '../log/event-encoding.ts'
import type { AlertEffect } from '../sagas/effects.ts'
import { masked } from '../telemetry/personal-texts.ts'
import { roundOf } from '../telemetry/saga-spans.ts'
import { chained, meetingStep, type Chain } from './chaining.ts'
import { bucketOf, type Desk } from './desk.ts'
import type { Draft } from './draft.ts'
import type { Item } from './inbox.ts'
import { instanceLog, personalOf } from './instance-log.ts'
import type { Instance } from './instances.ts'
import { perform } from './performing.ts'
import { forgetTries, isPoison, parkedDraft, parkInstance } from './poison.ts'
import { causeIn, leaves, partsOf, together, type OwnPart } from './unit.ts'
import { taking, withoutTaken } from './taken-mail.ts'

/**
 * Tells an instance what has come for it, commits what it records, and does what follows. Whatever cannot be done now
 * is back in the inbox. Rejects when the store does.
 */
export async function settle<S, I>(
  desk: Desk<S, I>,
  id: string,
  items: readonly Item<I>[],
  nowMs: number,
): Promise<void> {
  let before: Instance<S>
  try {
    before = await desk.instances.load(id, items[0]!.begins)
  } catch (error) {
    desk.inbox.return(id, items)
    throw error
  }
  const now = desk.singly.has(id) ? items.slice(0, 1) : items
  desk.inbox.return(id, items.slice(now.length))
  const round = roundOf(desk.options.telemetry, desk.core.name, before.origin, now)
  const chain = await chained(desk, before, now, nowMs, round?.trace)
  try {
    await settled(desk, chain)
  } finally {
    round?.end(chain.draft)
  }
}

async function settled<S, I>(desk: Desk<S, I>, chain: Chain<S, I>): Promise<void> {
  const { draft, given } = chain
  const { id } = draft.before
  // Stored, what is asked for and has not begun would be taken for an attempt that ended its process. Mail waits.
  if (chain.isCutOff && given.every(({ mail }) => mail !== undefined)) return desk.inbox.return(id, given)
  remark(desk, draft)
  if (draft.failed !== undefined) {
    const { items: untold, error } = draft.failed
    if (draft.items.length === 0 && isPoison(desk, untold, error)) return parkInstance(desk, id, untold)
    rest(desk, id, untold, error)
  }
  if (draft.events.length > 0 || draft.used.some(({ mail }) => mail !== undefined)) await commit(desk, chain)
  else done(desk, draft)
}

/** Replays a parked instance from its dead letter on; answers false when there was nothing to be done. */
export async function replayInstance<S, I>(
  desk: Desk<S, I>,
  id: string,
  nowMs: number,
  limit?: number,
): Promise<boolean> {
  const { lot, due, options } = desk
  const bucket = bucketOf(desk, id)
  const { draft, parks, refused: refusedBy } = await parkedDraft(desk, id, nowMs, limit)
  remark(desk, draft)
  if (parks.length === 0) return false
  let own: OwnPart = {}
  const { outcome, refusal } = await refusable(desk, id, async () => {
    const parts = await partsOf(options, desk.core, draft)
    own = parts.own
    return options.commit(bucket, { ...together(parts), parks })
  })
  if (refusal !== undefined) {
    if (draft.items.length > 1) return replayInstance(desk, id, nowMs, 1)
    await options.commit(bucket, { parks: refusedBy(refusal) })
  } else if (outcome.ok) {
    lot.committed(parks)
    if (draft.events.length > 0) follow(desk, draft, own)
    if (!lot.has(id)) due.askAnew()
  } else if (outcome.reason !== 'owner') readAnew(desk, id)
  return true
}

/** What cannot be written is no better than what the store refuses. */
async function refusable<S, I>(desk: Desk<S, I>, id: string, commits: () => Promise<Outcome>): Promise<Offered> {
  try {
    return await offer(commits)
  } catch (error) {
    if (!isEventwrightError(error, 'EW_STORE_BUSY')) readAnew(desk, id)
    throw error
  }
}

async function commit<S, I>(desk: Desk<S, I>, chain: Chain<S, I>): Promise<void> {
  let isStored = false
  try {
    isStored = await committed(desk, chain)
  } finally {
    chain.running?.settle(isStored)
  }
}

async function committed<S, I>(desk: Desk<S, I>, chain: Chain<S, I>): Promise<boolean> {
  const { draft, given } = chain
  let unit: Omit<Unit, 'positions'>
  let own: OwnPart
  try {
    const parts = await partsOf(desk.options, desk.core, draft)
    const meeting = meetingStep(chain, parts)
    if (meeting !== undefined) {
      desk.meeting.add(meeting)
      desk.inbox.return(draft.before.id, given)
      return false
    }
    own = parts.own
    unit = { ...together(parts), ...taking(desk, draft.before.id, draft.used) }
  } catch (error) {
    await refused(desk, chain, error)
    return false
  }
  const { outcome, refusal } = await offered(desk, chain, unit)
  if (outcome === undefined) await refused(desk, chain, refusal)
  else if (!outcome.ok) lost(desk, chain, outcome)
  else {
    done(desk, draft)
    if (draft.events.length > 0) follow(desk, draft, own, chain)
  }
  return outcome?.ok === true
}

async function offered<S, I>(
  desk: Desk<S, I>,
  { draft: { before }, given }: Chain<S, I>,
  unit: Omit<Unit, 'positions'>,
): Promise<Offered> {
  const { id } = before
  try {
    return await offer(() => desk.options.commit(bucketOf(desk, id), unit))
  } catch (error) {
    desk.inbox.return(id, given)
    if (!isEventwrightError(error, 'EW_STORE_BUSY')) readAnew(desk, id)
    throw error
  }
}

/** It may be further than is known here, and then nothing of what follows was done. */
export function readAnew<S, I>({ instances, stale }: Desk<S, I>, id: string): void {
  instances.forget(id)
  stale.add(id)
}

/** What was told needs no more attempts. */
export function done<S, I>(desk: Desk<S, I>, { before: { id }, failed, used }: Draft<S, I>): void {
  const { resting, due, singly } = desk
  singly.delete(id)
  forgetTries(desk, used)
  // Its time was not looked at meanwhile.
  if (failed === undefined && resting.recovered(id)) due.askAnew()
}

/** Does what follows once a draft is stored; `own` is what was stored of the instance. */
export function follow<S, I>(
  desk: Desk<S, I>,
  { after, effects, recorded, within }: Draft<S, I>,
  own: OwnPart,
  { begun, running }: Partial<Chain<S, I>> = {},
): void {
  const { options, core, instances, due, waits, wanted, left, apart } = desk
  const { id, state } = after
  const origin = originWithin(after.origin!, within)
  const { closed, dueAtMs } = core.summary(state!)
  // Hardly anything comes for one that has ended, so remembering it would only take room.
  if (closed) {
    instances.forget(id)
    apart.delete(id)
  }
  if (!closed) instances.put(after)
  for (const { performed } of recorded) performed?.work?.committed()
  due.note(dueAtMs)
  if (left.delete(id)) due.askAnew()
  const waitsAt = closed ? undefined : core.waitsAt(state!)
  if (waits.set(id, waitsAt)) wanted.add(waitsAt!)
  for (const effect of effects) {
    if (effect.kind === 'alert') core.alert(withoutPersonal(effect, personalOf(core, state, [])), origin)
    else if (effect === running?.effect) perform(desk, running.effect, state!, origin, { begun: running.performed })
    else if (begun?.has(effect) === true) continue
    else if (effect.kind === 'run') perform(desk, effect, state!, origin)
    else if (effect.kind === 'send' && !leaves(options, effect)) perform(desk, effect, state!, causeIn(own, origin))
  }
}

function withoutPersonal(alert: AlertEffect, personal: readonly string[]): AlertEffect {
  return { ...alert, sagaId: masked(alert.sagaId, personal), reason: masked(alert.reason, personal) }
}

/** Whoever has lost the bucket drops everything; whoever has met another writer looks again. */
function lost<S, I>(desk: Desk<S, I>, chain: Chain<S, I>, loss: Loss): void {
  const { draft, given, steps } = chain
  const { id } = draft.before
  if (loss.reason === 'owner') return
  if (loss.reason === 'inbox') return desk.inbox.return(id, withoutTaken(given, loss))
  const isOfOthers = loss.reason === 'row' || (loss.reason === 'conflict' && loss.stream !== id)
  if (isOfOthers && steps.length > 0) return stepByStep(desk, chain)
  if (isOfOthers) return redo(desk, chain, `it met other writers (${loss.reason})`)
  readAnew(desk, id)
  // It was there already, which nobody had looked for.
  if (draft.before.version === 0 && given[0]?.begins === true) return desk.inbox.return(id, given.map(lookedFor))
  rest(desk, id, given, new Error(`its unit lost by ${loss.reason}`))
}

function lookedFor<I>({ begins: _, ...item }: Item<I>): Item<I> {
  return item
}

/** Runs local steps again whose records met other writers, with the same key and attempt. */
function redo<S, I>(desk: Desk<S, I>, chain: Chain<S, I>, why: string): void {
  const { draft } = chain
  const repeatable = draft.recorded.filter(
    ({ performed, again }) => performed?.work !== undefined && again !== undefined,
  )
  if (repeatable.length === 0) return void refused(desk, chain, new Error(why), false)
  const others = draft.items.filter((item) => !repeatable.includes(item))
  desk.inbox.return(draft.before.id, others)
  for (const { again } of repeatable) again!()
}

/** Once more, each local step after the commit of what asks for it, so that it becomes clear who is to blame. */
function stepByStep<S, I>({ apart, inbox }: Desk<S, I>, { draft: { before }, given }: Chain<S, I>): void {
  apart.add(before.id)
  inbox.return(before.id, given)
}

/** The store will never take this: what a local step has recorded is to blame, or nobody knows what. */
async function refused<S, I>(desk: Desk<S, I>, chain: Chain<S, I>, error: unknown, mayPark = true): Promise<void> {
  if (chain.steps.length > 0) return stepByStep(desk, chain)
  const { before, items, recorded } = chain.draft
  const { id } = before
  const blamed = recorded.filter(({ performed }) => performed?.work !== undefined)
  if (blamed.length === 0) {
    if (items.length > 1) desk.singly.add(id)
    else if (mayPark && isPoison(desk, items, error)) return parkInstance(desk, id, items)
    return rest(desk, id, items, error)
  }
  const message = errorText(error)
  const told = items.map((item) => (blamed.includes(item) ? { id, input: item.performed!.failed(message) } : item))
  desk.inbox.return(id, told)
}

function rest<S, I>(desk: Desk<S, I>, id: string, items: readonly Item<I>[], error: unknown): void {
  const { options, inbox, resting } = desk
  const log = instanceLog(desk, id, items)
  inbox.return(id, items)
  const { failures, pauseMs } = resting.add(id, options.random(), bucketOf(desk, id).signal)
  log.error('an instance cannot go on', { instance: id, failures, pauseMs, error })
}

/** What is kept stays out of every round until somebody else comes, so it is said once. */
function remark<S, I>(desk: Desk<S, I>, { before: { id }, remarks }: Draft<S, I>): void {
  const { left, remarked } = desk
  for (const { item, answer, why } of remarks) {
    const { kind, key } = item.mail ?? {}
    const log = instanceLog(desk, id, [item])
    if (answer === 'refused') log.warn('a message to an instance was refused', { instance: id, kind, key, why })
    else {
      left.add(id)
      if (!remarked.has(why)) log.warn('an instance is left alone', { instance: id, why })
      remarked.add(why)
    }
  }
}

import { errorText } from '../../base/error-text.ts'
import { isEventwrightError } from '../../base/errors.ts'
import type { Loss, Outcome, Unit } from '../../ports/unit-of-work.ts'
import { offer, type Offered } from '../loop/offer.ts'
import type { Desk } from './desk.ts'
import { draftOf, type Draft } from './draft.ts'
import type { Item } from './inbox.ts'
import type { Instance } from './instances.ts'
import { perform } from './performing.ts'
import { forgetTries, isPoison, parkedDraft, parkInstance } from './poison.ts'
import { leaves, unitOf } from './unit.ts'

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
    before = await desk.instances.load(id)
  } catch (error) {
    desk.inbox.return(id, items)
    throw error
  }
  const now = desk.singly.has(id) ? items.slice(0, 1) : items
  desk.inbox.return(id, items.slice(now.length))
  const draft = draftOf(desk.core, before, now, nowMs, desk.options.random)
  remark(desk, draft)
  if (draft.failed !== undefined) {
    const { items: untold, error } = draft.failed
    if (draft.items.length === 0 && isPoison(desk, untold, error)) return parkInstance(desk, id, untold)
    rest(desk, id, untold, error)
  }
  if (draft.events.length > 0 || draft.used.some(({ mail }) => mail !== undefined)) await commit(desk, draft)
  else done(desk, draft)
}

/** Replays a parked instance from its dead letter on; answers false when there was nothing to be done. */
export async function replayInstance<S, I>(
  desk: Desk<S, I>,
  id: string,
  nowMs: number,
  limit?: number,
): Promise<boolean> {
  const { lot, due, options, bucket } = desk
  const { draft, parks, refused: refusedBy } = await parkedDraft(desk, id, nowMs, limit)
  remark(desk, draft)
  if (parks.length === 0) return false
  const { outcome, refusal } = await refusable(desk, id, async () =>
    options.commit(bucket, { ...(await wholeUnit(desk, draft)), parks }),
  )
  if (refusal !== undefined) {
    if (draft.items.length > 1) return replayInstance(desk, id, nowMs, 1)
    await options.commit(bucket, { parks: refusedBy(refusal) })
  } else if (outcome.ok) {
    lot.committed(parks)
    if (draft.events.length > 0) follow(desk, draft)
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

async function commit<S, I>(desk: Desk<S, I>, draft: Draft<S, I>): Promise<void> {
  let unit: Omit<Unit, 'positions'>
  try {
    unit = await wholeUnit(desk, draft)
  } catch (error) {
    return refused(desk, draft, error)
  }
  const { outcome, refusal } = await offered(desk, draft, unit)
  if (outcome === undefined) await refused(desk, draft, refusal)
  else if (!outcome.ok) lost(desk, draft, outcome)
  else {
    done(desk, draft)
    if (draft.events.length > 0) follow(desk, draft)
  }
}

async function offered<S, I>(
  desk: Desk<S, I>,
  { before: { id }, items }: Draft<S, I>,
  unit: Omit<Unit, 'positions'>,
): Promise<Offered> {
  try {
    return await offer(() => desk.options.commit(desk.bucket, unit))
  } catch (error) {
    desk.inbox.return(id, items)
    if (!isEventwrightError(error, 'EW_STORE_BUSY')) readAnew(desk, id)
    throw error
  }
}

/** It may be further than is known here, and then nothing of what follows was done. */
function readAnew<S, I>({ instances, stale }: Desk<S, I>, id: string): void {
  instances.forget(id)
  stale.add(id)
}

/** The unit of the instance with what its local steps have recorded. */
async function wholeUnit<S, I>({ options, core }: Desk<S, I>, draft: Draft<S, I>): Promise<Omit<Unit, 'positions'>> {
  const summary = draft.events.length > 0 ? core.summary(draft.after.state!) : undefined
  const own = unitOf(options, core.name, draft, summary)
  const works = draft.recorded.flatMap(({ performed }) => performed?.work ?? [])
  if (works.length === 0) return own
  const units = [own, ...(await Promise.all(works.map((work) => work.unit())))]
  return {
    ...own,
    appends: units.flatMap(({ appends }) => appends ?? []),
    rows: units.flatMap(({ rows }) => rows ?? []),
    statements: units.flatMap(({ statements }) => statements ?? []),
    snapshots: units.flatMap(({ snapshots }) => snapshots ?? []),
    outbox: units.flatMap(({ outbox }) => outbox ?? []),
    timers: units.flatMap(({ timers }) => timers ?? []),
  }
}

function done<S, I>(desk: Desk<S, I>, { before: { id }, failed, used }: Draft<S, I>): void {
  const { resting, due, singly } = desk
  singly.delete(id)
  forgetTries(desk, used)
  // Its time was not looked at meanwhile.
  if (failed === undefined && resting.recovered(id)) due.askAnew()
}

function follow<S, I>(desk: Desk<S, I>, { after, effects, recorded }: Draft<S, I>): void {
  const { options, core, instances, due, waits, wanted, left } = desk
  const { id, state, origin } = after
  const { closed, dueAtMs } = core.summary(state!)
  // Hardly anything comes for one that has ended, so remembering it would only take room.
  if (closed) instances.forget(id)
  else instances.put(after)
  for (const { performed } of recorded) performed?.work?.committed()
  due.note(dueAtMs)
  if (left.delete(id)) due.askAnew()
  const waitsAt = closed ? undefined : core.waitsAt(state!)
  if (waits.set(id, waitsAt)) wanted.add(waitsAt!)
  for (const effect of effects) {
    if (effect.kind === 'alert') core.alert(effect)
    else if (effect.kind === 'run' || (effect.kind === 'send' && !leaves(options, effect)))
      perform(desk, effect, state!, origin!)
  }
}

/** Whoever has lost the bucket drops everything; whoever has met another writer looks again. */
function lost<S, I>(desk: Desk<S, I>, draft: Draft<S, I>, loss: Loss): void {
  const { id } = draft.before
  if (loss.reason === 'owner') return
  const isOfOthers = loss.reason === 'row' || (loss.reason === 'conflict' && loss.stream !== id)
  if (isOfOthers) return redo(desk, draft, `it met other writers (${loss.reason})`)
  readAnew(desk, id)
  rest(desk, id, draft.items, new Error(`its unit lost by ${loss.reason}`))
}

/** Runs local steps again whose records met other writers, with the same key and attempt. */
function redo<S, I>(desk: Desk<S, I>, draft: Draft<S, I>, why: string): void {
  const repeatable = draft.recorded.filter(
    ({ performed, again }) => performed?.work !== undefined && again !== undefined,
  )
  if (repeatable.length === 0) return void refused(desk, draft, new Error(why), false)
  const others = draft.items.filter((item) => !repeatable.includes(item))
  desk.inbox.return(draft.before.id, others)
  for (const { again } of repeatable) again!()
}

/** The store will never take this: what a local step has recorded is to blame, or nobody knows what. */
async function refused<S, I>(
  desk: Desk<S, I>,
  { before: { id }, items, recorded }: Draft<S, I>,
  error: unknown,
  mayPark = true,
): Promise<void> {
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

function rest<S, I>(
  { options, inbox, resting }: Desk<S, I>,
  id: string,
  items: readonly Item<I>[],
  error: unknown,
): void {
  inbox.return(id, items)
  const { failures, pauseMs } = resting.add(id, options.random())
  options.log.error('an instance cannot go on', { instance: id, failures, pauseMs, error })
}

/** What is kept stays out of every round until somebody else comes, so it is said once. */
function remark<S, I>({ options, left, remarked }: Desk<S, I>, { before: { id }, remarks }: Draft<S, I>): void {
  for (const { item, answer, why } of remarks) {
    const { kind, key } = item.mail ?? {}
    if (answer === 'refused') options.log.warn('a message to an instance was refused', { instance: id, kind, key, why })
    else {
      left.add(id)
      if (!remarked.has(why)) options.log.warn('an instance is left alone', { instance: id, why })
      remarked.add(why)
    }
  }
}

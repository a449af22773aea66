import type { ParkWrite } from '../../ports/unit-of-work.ts'
import type { FailedTry } from '../parking/keyed-run.ts'
import { bucketOf, type Desk } from './desk.ts'
import { draftOf, type Draft } from './draft.ts'
import type { Item } from './inbox.ts'
import { instanceLog } from './instance-log.ts'
import { MailDelivery, parkedMail } from './mail-delivery.ts'
import { taking, withoutTaken } from './taken-mail.ts'

/** How often mail is tried, with growing pauses, before it parks its instance. */
const maxAttempts = 5
const replayedInstances = 100
const replayedMail = 100

/** Notes that mail has failed; answers whether that was the last attempt, so that it is to be parked. */
export function isPoison<S, I>({ tries, options }: Desk<S, I>, [head]: readonly Item<I>[], error: unknown): boolean {
  if (head?.mail === undefined) return false
  const name = nameOf(head)
  const history: readonly FailedTry[] = [...(tries.get(name) ?? []), { atMs: options.clock.now(), error }]
  tries.set(name, history)
  return history.length >= maxAttempts
}

/** Forgets attempts at what was done in the end. */
export function forgetTries<S, I>({ tries }: Desk<S, I>, used: readonly Item<I>[]): void {
  if (tries.size > 0) for (const item of used) tries.delete(nameOf(item))
}

/** Parks the instance by the mail at the head, with the mail behind it. Rejects when the store does. */
export async function parkInstance<S, I>(desk: Desk<S, I>, id: string, items: readonly Item<I>[]): Promise<void> {
  const { lot, tries, resting } = desk
  const [head, ...rest] = deliveriesOf(id, items)
  const name = nameOf(items[0]!)
  const history = tries.get(name) ?? []
  const { error } = history.at(-1)!
  const failed = { key: id, event: head!, rest, error, attempts: history.length, history }
  if (!(await putAway(desk, id, items, lot.park(bucketOf(desk, id), [failed])))) return
  tries.delete(name)
  resting.recovered(id)
  instanceLog(desk, id, items).error('an instance is parked', { instance: id, error })
}

/** Puts mail of parked instances behind what they are parked by. */
export async function setAside<S, I>(desk: Desk<S, I>): Promise<void> {
  const { lot, inbox } = desk
  if (lot.size === 0) return
  for (const [id, items] of inbox.take((each) => lot.has(each))) {
    const deliveries = deliveriesOf(id, items)
    if (deliveries.length === 0) inbox.return(id, items)
    else await putAway(desk, id, items, lot.wait(id, deliveries))
  }
}

/** Moves mail from the mailbox to what is parked; what did not come as mail stays, for whoever goes on. */
async function putAway<S, I>(
  desk: Desk<S, I>,
  id: string,
  items: readonly Item<I>[],
  parks: readonly ParkWrite[],
): Promise<boolean> {
  const { lot, inbox, options } = desk
  let left = items
  try {
    const mailUsed = deliveriesOf(id, items).map(({ mail }) => mail)
    const outcome = await options.commit(bucketOf(desk, id), { parks, mailUsed, ...taking(desk, id, items) })
    left = outcome.ok ? items.filter(({ mail }) => mail === undefined) : withoutTaken(items, outcome)
    if (outcome.ok) lot.committed(parks)
    return outcome.ok
  } finally {
    inbox.return(id, left)
  }
}

function deliveriesOf<I>(id: string, items: readonly Item<I>[]): readonly MailDelivery[] {
  return items.flatMap(({ mail }) => (mail === undefined ? [] : [new MailDelivery(id, mail)]))
}

/** Instances that are here and that somebody wants replayed, some of them. */
export async function wantedInstances<S, I>({ lot, options, bundle }: Desk<S, I>): Promise<readonly string[]> {
  if (lot.size === 0) return []
  const buckets = [...new Set([...lot.keys()].flatMap((id) => bundle.bucketOf(id) ?? []))]
  for (const bucket of buckets) {
    const announcement = lot.announcement(bucket)
    if (announcement !== undefined && (await options.commit(bucket, { parks: [announcement] })).ok)
      lot.announced(bucket)
  }
  const [first] = buckets
  if (first === undefined) return []
  const { parked } = options.store
  const page = (bucket?: number): Promise<readonly string[]> =>
    parked.resuming(first.consumer, { limit: replayedInstances, ...(bucket !== undefined && { bucket }) })
  const all = await page()
  const isHere = (id: string): boolean => bundle.bucketOf(id) !== undefined
  if (bundle.isWhole || all.length < replayedInstances) return all.filter(isHere)
  // There are more than were read, and most of them may be of buckets that others have.
  return (await Promise.all(buckets.map(({ bucket }) => page(bucket)))).flat().filter(isHere)
}

/** What a parked instance is told in its replay, and what becomes of its parking when that is committed. */
export interface ParkedDraft<S, I> {
  readonly draft: Draft<S, I>
  readonly parks: readonly ParkWrite[]
  /** The same when the store refuses what the first piece of mail leads to. */
  refused(error: Error): readonly ParkWrite[]
}

/** Works out the replay of an instance; a longer line in several parts. */
export async function parkedDraft<S, I>(
  desk: Desk<S, I>,
  id: string,
  nowMs: number,
  limit: number = replayedMail,
): Promise<ParkedDraft<S, I>> {
  const { options, core, instances, lot } = desk
  const bucket = bucketOf(desk, id)
  const waiting = await options.store.parked.waiting(bucket.consumer, id, limit)
  const deliveries = waiting.map((each) => parkedMail(id, each))
  const told = deliveries.flatMap((delivery) => {
    const read = core.read(delivery.mail)
    const item: Item<I> | undefined = read && { id, input: read.input, ...(read.origin && { origin: read.origin }) }
    return item === undefined ? [] : [{ delivery, item }]
  })
  const before = await instances.load(id)
  const draft = draftOf(
    core,
    before,
    told.map(({ item }) => item),
    nowMs,
    options.random,
  )
  const done = told.filter(({ item }) => draft.used.includes(item)).map(({ delivery }) => delivery)
  const again = (event: MailDelivery, error: unknown): ParkWrite =>
    lot.parkAgain(bucket, { key: id, event, rest: [], error, attempts: 1 })
  const parks: ParkWrite[] =
    done.length === deliveries.length && waiting.length < limit
      ? [{ kind: 'unpark', consumer: bucket.consumer, key: id }]
      : done.map(({ position }) => ({ kind: 'replayed', consumer: bucket.consumer, key: id, position }))
  const [failed] = draft.failed?.items ?? []
  const blamed = told.find(({ item }) => item === failed)
  if (blamed !== undefined) parks.push(again(blamed.delivery, draft.failed!.error))
  return { draft, parks, refused: (error) => (deliveries[0] === undefined ? [] : [again(deliveries[0], error)]) }
}

function nameOf<I>({ id, mail }: Item<I>): string {
  return `${id} ${mail?.key}`
}

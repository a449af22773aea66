import type { SagaMailRow, SagaPart, SagaRow } from '../../ports/sagas.ts'
import type { Bucket } from '../ownership.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { Read } from './core.ts'
import type { Desk } from './desk.ts'
import { perform } from './performing.ts'
import { causedBy, leaves } from './unit.ts'

const mailPage = 256
const instancePage = 256

/** Buckets that have come, and how far it is looked at what a former owner has left of them. */
interface TakeOver {
  readonly part: SagaPart
  /** The last instance, then true. */
  listed: string | undefined | true
  /** The place of the last piece of mail. */
  mailed: number
}

/** Brings to a desk what its instances are to be told: first what a former owner has left, then mail and due times. */
export class Arrivals<S, I> {
  readonly #desk: Desk<S, I>
  #takeOvers: readonly TakeOver[] = []
  /** What was taken over and is read on from `#seen`. */
  #part: SagaPart = { of: 1, buckets: new Set() }
  #seen = 0

  constructor(desk: Desk<S, I>) {
    this.#desk = desk
  }

  /** The desk has other buckets; of these nothing is known. */
  moved(come: readonly Bucket[]): void {
    const { bundle } = this.#desk
    const isNew = new Set(come.map(({ bucket }) => bucket))
    const old = new Set(bundle.buckets.flatMap(({ bucket }) => (isNew.has(bucket) ? [] : [bucket])))
    // What else comes is looked at from the beginning, as far as it has been read of what is here already.
    if (old.size === 0) this.#seen = 0
    const going = this.#takeOvers.flatMap((each) => {
      const buckets = new Set([...each.part.buckets].filter((bucket) => old.has(bucket)))
      return buckets.size === 0 ? [] : [{ ...each, part: { of: bundle.of, buckets } }]
    })
    const coming: TakeOver = { part: { of: bundle.of, buckets: isNew }, listed: undefined, mailed: 0 }
    this.#takeOvers = isNew.size === 0 ? going : [...going, coming]
    this.#readOn()
  }

  /** Whether it is not known yet what a former owner has left of a bucket. */
  isTakingOver(bucket: number): boolean {
    return this.#takeOvers.some(({ part }) => part.buckets.has(bucket))
  }

  /** Answers true when there is more. */
  async next(nowMs: number): Promise<boolean> {
    const [first] = this.#takeOvers
    const isFirst = this.#part.buckets.size === 0
    if (first !== undefined && (await this.#takeOver(first))) {
      this.#takeOvers = this.#takeOvers.slice(1)
      // Before anything is read on, since what comes from now on is in no page of the take-over.
      this.#readOn()
      this.#desk.due.askAnew()
    }
    return (!isFirst && (await this.#collect(nowMs))) || first !== undefined
  }

  /** All that is here but what is still being taken over. */
  #readOn(): void {
    const { bundle } = this.#desk
    const own = bundle.buckets.flatMap(({ bucket }) => (this.isTakingOver(bucket) ? [] : [bucket]))
    this.#part = { of: bundle.of, buckets: new Set(own) }
  }

  /** A page of what was under way with a former owner and goes on here; answers true when that was the last one. */
  async #takeOver(from: TakeOver): Promise<boolean> {
    if (from.listed === true) return this.#takeOverMail(from)
    const { options, core } = this.#desk
    const after = from.listed
    const page = { saga: core.name, closed: false, limit: instancePage, ...(after !== undefined && { after }) }
    const rows = await options.store.sagas.list({ ...page, ...partOf(from.part) })
    for (const row of rows) this.#adopt(row, from.part)
    from.listed = rows.length < instancePage ? true : rows.at(-1)!.id
    // Where nothing has been read yet all mail is still to come.
    return from.listed === true && this.#seen === 0
  }

  /** Mail that had come before what is read on from here. */
  async #takeOverMail(from: TakeOver): Promise<boolean> {
    const { options, core } = this.#desk
    const page = await options.store.sagas.mail(core.name, from.mailed, mailPage, from.part)
    for (const mail of page) if (mail.seq <= this.#seen) this.#sort(mail, from.part)
    from.mailed = page.at(-1)?.seq ?? from.mailed
    return page.length < mailPage || from.mailed > this.#seen
  }

  /** What the desk has to know about an instance that others have moved, or that it has moved without knowing it. */
  #adopt(row: SagaRow, part?: SagaPart): void {
    const { options, core, inbox, instances, waits, due, apart } = this.#desk
    if (!this.#isHere(row.id, part)) return
    if (core.restart !== undefined) inbox.return(row.id, [{ id: row.id, input: core.restart }])
    if (row.definitionVersion !== core.version) return
    const { id, state, origin } = instances.offer(row)
    apart.add(id)
    waits.set(id, core.waitsAt(state!))
    due.note(row.dueAtMs)
    const asked = core.asked(state!)
    if (asked === undefined || leaves(options, asked)) return
    perform(this.#desk, asked, state!, origin!, { lookUp: () => this.#causeOf(id, origin!) })
  }

  /** What asks for it is the last event of the instance, which only its former owner has at hand. */
  async #causeOf(id: string, origin: Origin): Promise<Origin> {
    const { log } = this.#desk.options.store
    // It is asked for all the same where that cannot be read now.
    const [last] = await log.readStream({ stream: id, backwards: true, limit: 1 }).catch(() => [])
    return causedBy(origin, last)
  }

  async #readAnew(): Promise<void> {
    const { options, stale, wanted, core } = this.#desk
    for (const id of [...stale]) {
      const row = await options.store.sagas.get(id)
      stale.delete(id)
      if (row === undefined) continue
      this.#adopt(row)
      const waitsAt = core.waitsAt(this.#desk.instances.offer(row).state!)
      if (waitsAt !== undefined) wanted.add(waitsAt)
    }
  }

  async #collect(nowMs: number): Promise<boolean> {
    const part = this.#part
    const { options, core, inbox, instances, wanted, due, left, resting, lot, bundle } = this.#desk
    const { sagas } = options.store
    await this.#readAnew()
    const addresses = [...wanted]
    const early = await Promise.all(addresses.map((address) => sagas.mailFor(core.name, address)))
    for (const address of addresses) wanted.delete(address)
    for (const mail of early.flat()) this.#sort(mail)
    const { part: own } = partOf(part)
    const page = await sagas.mail(core.name, this.#seen, mailPage, own)
    for (const mail of page) this.#sort(mail, part)
    this.#seen = page.at(-1)?.seq ?? this.#seen
    const parked = (): readonly string[] => [...lot.keys()].filter((id) => bundle.bucketOf(id) !== undefined)
    const passed = (): ReadonlySet<string> => new Set([...left, ...resting.ids(), ...parked()])
    for (const row of await due.rows(nowMs, passed, partOf(this.#staying(part)).part)) {
      if (!this.#isHere(row.id, part)) continue
      instances.offer(row)
      inbox.add({ id: row.id, input: core.due })
    }
    // A page may end where that of others begins.
    return page.length > 0
  }

  /** Without what others want: its instances are not told that they are due, and would be found again and again. */
  #staying(part: SagaPart): SagaPart {
    const leaving = this.#desk.bundle.buckets.filter(({ wanted }) => wanted)
    if (leaving.length === 0) return part
    const buckets = new Set(part.buckets)
    for (const { bucket } of leaving) buckets.delete(bucket)
    return { of: part.of, buckets }
  }

  /** Mail that nobody here waits for stays where it is; whoever comes to wait for it looks for it. */
  #sort(mail: SagaMailRow, part?: SagaPart): void {
    const { inbox, waits } = this.#desk
    const read = this.#read(mail)
    if (read === undefined) return
    const { input, awaited, origin, cause, begins } = read
    const id = awaited ? waits.waiterAt(mail.address) : mail.address
    if (id === undefined || !this.#isHere(id, part)) return
    const from = { ...(origin !== undefined && { origin }), ...(cause !== undefined && { cause }) }
    inbox.add({ id, input, mail, ...from, ...(begins === true && { begins }) })
  }

  #isHere(id: string, part: SagaPart | undefined): boolean {
    const bucket = this.#desk.bundle.bucketOf(id)
    return bucket !== undefined && part?.buckets.has(bucket.bucket) !== false
  }

  #read(mail: SagaMailRow): Read<I> | undefined {
    const { core, options } = this.#desk
    const { address, key, kind } = mail
    try {
      const read = core.read(mail)
      if (read === undefined) options.log.warn('mail needs a newer release', { address, key, kind })
      return read
    } catch (error) {
      options.log.error('mail cannot be read', { address, key, kind, error })
      return undefined
    }
  }
}

/** What a store is asked for: nothing of a part that is all. */
function partOf(part: SagaPart): { readonly part?: SagaPart } {
  return part.buckets.size === part.of ? {} : { part }
}

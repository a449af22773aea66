import type { SagaMailRow, SagaRow } from '../../ports/sagas.ts'
import type { Read } from './core.ts'
import type { Desk } from './desk.ts'
import { perform } from './performing.ts'
import { leaves } from './unit.ts'

const mailPage = 256
const instancePage = 256

/** Brings to a desk what its instances are to be told: first what a former owner has left, then mail and due times. */
export class Arrivals<S, I> {
  readonly #desk: Desk<S, I>
  /** How far the take-over has come: the last instance, then true. */
  #takenOver: string | undefined | true
  #seen = 0

  constructor(desk: Desk<S, I>) {
    this.#desk = desk
  }

  /** Answers true when there is more. */
  next(nowMs: number): Promise<boolean> {
    return this.#takenOver === true ? this.#collect(nowMs) : this.#takeOver(this.#takenOver)
  }

  /** A page of the instances that are open: what was under way with a former owner goes on here. */
  async #takeOver(after: string | undefined): Promise<true> {
    const { options, core } = this.#desk
    const page = { saga: core.name, closed: false, limit: instancePage, ...(after !== undefined && { after }) }
    const rows = await options.store.sagas.list(page)
    for (const row of rows) this.#adopt(row)
    this.#takenOver = rows.length < instancePage ? true : rows.at(-1)!.id
    return true
  }

  /** What the desk has to know about an instance that others have moved, or that it has moved without knowing it. */
  #adopt(row: SagaRow): void {
    const { options, core, bucket, inbox, instances, waits, due, apart } = this.#desk
    if (!options.owns(bucket, row.id)) return
    if (core.restart !== undefined) inbox.return(row.id, [{ id: row.id, input: core.restart }])
    if (row.definitionVersion !== core.version) return
    const { id, state, origin } = instances.offer(row)
    apart.add(id)
    waits.set(id, core.waitsAt(state!))
    due.note(row.dueAtMs)
    const asked = core.asked(state!)
    if (asked !== undefined && !leaves(options, asked)) perform(this.#desk, asked, state!, origin!)
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
    const { options, core, bucket, inbox, instances, wanted, due, left, resting, lot } = this.#desk
    const { sagas } = options.store
    await this.#readAnew()
    const addresses = [...wanted]
    const early = await Promise.all(addresses.map((address) => sagas.mailFor(core.name, address)))
    for (const address of addresses) wanted.delete(address)
    for (const mail of early.flat()) this.#sort(mail)
    const page = await sagas.mail(core.name, this.#seen, mailPage)
    for (const mail of page) this.#sort(mail)
    this.#seen = page.at(-1)?.seq ?? this.#seen
    for (const row of await due.rows(nowMs, () => new Set([...left, ...resting.ids(), ...lot.keys()]))) {
      if (!options.owns(bucket, row.id)) continue
      instances.offer(row)
      inbox.add({ id: row.id, input: core.due })
    }
    // A page may end where that of others begins.
    return page.length > 0
  }

  /** Mail that nobody here waits for stays where it is; whoever comes to wait for it looks for it. */
  #sort(mail: SagaMailRow): void {
    const { options, bucket, inbox, waits } = this.#desk
    const read = this.#read(mail)
    if (read === undefined) return
    const { input, awaited, origin, begins } = read
    const id = awaited ? waits.waiterAt(mail.address) : mail.address
    if (id === undefined || !options.owns(bucket, id)) return
    inbox.add({ id, input, mail, ...(origin !== undefined && { origin }), ...(begins === true && { begins }) })
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

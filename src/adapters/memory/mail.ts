import {
  isOfPart,
  mailHash,
  type MailSweep,
  type MailSwept,
  type SagaMail,
  type SagaMailKey,
  type SagaMailRow,
  type SagaPart,
} from '../../ports/sagas.ts'
import type { Placed } from '../../ports/unit-of-work.ts'

interface Known {
  readonly piece: SagaMail
  readonly seq: number
  readonly atMs: number
  used: boolean
}

/** Mail of sagas: what waits, in the order of its arrival, and every key that counts as known. */
export class MemoryMail {
  readonly #known = new Map<string, Known>()
  readonly #ofSaga = new Map<string, Map<string, SagaMailRow>>()
  readonly #ofAddress = new Map<string, Map<string, SagaMailRow>>()
  #seq = 0

  /** Adds what is new; answers where each is, null for what was known. */
  add(mail: readonly SagaMail[], nowMs: number): Placed {
    const after = this.#seq
    const places = mail.map((piece) => {
      const name = nameOfMail(piece)
      if (this.#known.has(name)) return null
      const row = { ...piece, seq: ++this.#seq, atMs: nowMs }
      this.#known.set(name, { piece, seq: row.seq, atMs: nowMs, used: false })
      mapIn(this.#ofSaga, piece.saga).set(name, row)
      mapIn(this.#ofAddress, nameOfAddress(piece)).set(name, row)
      return row.seq
    })
    return { after, to: this.#seq, places, atMs: nowMs }
  }

  /** Takes away what is used up; the keys stay known. */
  use(keys: readonly SagaMailKey[]): void {
    for (const key of keys) {
      const name = nameOfMail(key)
      const known = this.#known.get(name)
      if (known === undefined) continue
      known.used = true
      this.#waitsNoMore(key, name)
    }
  }

  /** What waits of a saga, or of a part of it, after a place. */
  after(saga: string, seq: number, limit: number, part?: SagaPart): readonly SagaMailRow[] {
    const page: SagaMailRow[] = []
    for (const row of this.#ofSaga.get(saga)?.values() ?? []) {
      if (page.length >= limit) break
      if (row.seq > seq && (part === undefined || isOfPart(part, mailHash(row.address)))) page.push({ ...row })
    }
    return page
  }

  /** What waits for an address. */
  of(saga: string, address: string): readonly SagaMailRow[] {
    const rows = this.#ofAddress.get(nameOfAddress({ saga, address }))
    return [...(rows?.values() ?? [])].map((row) => ({ ...row }))
  }

  /** Forgets what is too old in a page, with its keys. */
  purge({ after, limit, usedBeforeMs, waiting }: MailSweep): MailSwept {
    const newestMs = Math.max(usedBeforeMs, ...waiting.map(({ beforeMs }) => beforeMs))
    let [looked, purged] = [0, 0]
    for (const [name, { piece, seq, atMs, used }] of this.#known) {
      if (seq <= after) continue
      const cut = waiting.find(({ saga, kind }) => saga === piece.saga && kind === piece.kind)
      if (atMs < (used ? usedBeforeMs : (cut?.beforeMs ?? -Infinity))) {
        this.#known.delete(name)
        this.#waitsNoMore(piece, name)
        purged++
      }
      if (++looked === limit) return { purged, next: atMs < newestMs ? seq : undefined }
    }
    return { purged, next: undefined }
  }

  #waitsNoMore(key: SagaMailKey, name: string): void {
    deleteIn(this.#ofSaga, key.saga, name)
    deleteIn(this.#ofAddress, nameOfAddress(key), name)
  }
}

function nameOfMail({ saga, address, key }: SagaMailKey): string {
  return `${saga}\0${address}\0${key}`
}

function nameOfAddress({ saga, address }: { readonly saga: string; readonly address: string }): string {
  return `${saga}\0${address}`
}

type Maps = Map<string, Map<string, SagaMailRow>>

function mapIn(maps: Maps, name: string): Map<string, SagaMailRow> {
  let rows = maps.get(name)
  if (rows === undefined) maps.set(name, (rows = new Map()))
  return rows
}

/** Without what became empty: there are as many addresses as instances. */
function deleteIn(maps: Maps, name: string, key: string): void {
  const rows = maps.get(name)
  if (rows?.delete(key) === true && rows.size === 0) maps.delete(name)
}

import { streamHash } from '../../base/hash.ts'
import { mailHash } from '../../ports/sagas.ts'
import type { Unit } from '../../ports/unit-of-work.ts'
import { AppendColumns } from './append-columns.ts'
import { array, list } from './arguments.ts'
import { RowArguments, type TableFinder } from './batch-rows.ts'
import type { Parameter } from './prepared-call.ts'

const json = JSON.stringify

/**
 * A batch of units as the arguments of the SQL function (see `commit-function.ts`). Written by hand into texts: the
 * events are most of it, and their data are text already.
 */
export class Batch {
  readonly units: readonly Unit[]
  readonly #appends = new AppendColumns()
  readonly #positions = new Map<string, number>()
  readonly #positionList: string[] = []
  readonly #moves = {
    unit: [] as number[],
    row: [] as number[],
    epoch: [] as number[],
    from: [] as number[],
    to: [] as number[],
    ttl: [] as number[],
  }
  readonly #inbox: string[] = []
  readonly #inboxUnits: number[] = []
  readonly #lists: Record<'sa' | 'ml' | 'mu' | 'sn' | 'tm' | 'ob', string[]> = {
    sa: [],
    ml: [],
    mu: [],
    sn: [],
    tm: [],
    ob: [],
  }
  readonly rows: RowArguments
  #made: readonly Parameter[] | undefined

  /** Errors: EW_UNIT for an event id that is no UUID in lower case, or rows of a table that was not ensured. */
  constructor(units: readonly Unit[], tables: TableFinder) {
    this.units = units
    this.rows = new RowArguments(tables)
    for (let index = 0; index < units.length; index++) this.#add(units[index]!, index + 1)
    this.rows.finish()
  }

  /** The arguments, without those that are the same for every batch. */
  get parameters(): readonly Parameter[] {
    return (this.#made ??= this.#arguments())
  }

  #arguments(): readonly Parameter[] {
    const moves = this.#moves
    const { sa, ml, mu, sn, tm, ob } = this.#lists
    return [
      this.units.length,
      ...this.#appends.parameters(),
      array(this.#positionList),
      list(moves.unit),
      list(moves.row),
      list(moves.epoch),
      list(moves.from),
      list(moves.to),
      list(moves.ttl),
      array(this.#inbox),
      list(this.#inboxUnits),
      ...this.rows.parameters(),
      array(sa),
      array(ml),
      array(mu),
      array(sn),
      array(tm),
      array(ob),
      isReplayable(this.units),
    ]
  }

  #add(unit: Unit, no: number): void {
    for (const append of unit.appends ?? []) this.#appends.add(append, no)
    for (const { consumer, source, bucket, epoch, from, to, ttlMs } of unit.positions ?? []) {
      const name = `${bucket}\0${consumer}\0${source}`
      let row = this.#positions.get(name)
      if (row === undefined) {
        row = this.#positionList.push(`{"c":${json(consumer)},"s":${json(source)},"b":${bucket}}`)
        this.#positions.set(name, row)
      }
      const moves = this.#moves
      moves.unit.push(no)
      moves.row.push(row)
      moves.epoch.push(epoch)
      moves.from.push(from)
      moves.to.push(to)
      moves.ttl.push(ttlMs)
    }
    for (const { service, consumer, key, fingerprint, outcome } of unit.inbox ?? []) {
      this.#inboxUnits.push(no)
      this.#inbox.push(json({ s: service, c: consumer, k: key, f: fingerprint, o: outcome }))
    }
    if (unit.rows !== undefined) this.rows.add(unit.rows, no)
    this.#addSagas(unit, no)
    this.#addMessages(unit, no)
  }

  #addSagas({ sagas = [], mail = [], mailUsed = [], snapshots = [] }: Unit, u: number): void {
    for (const {
      id,
      saga,
      service,
      definitionVersion,
      status,
      closed,
      version,
      dueAtMs,
      state,
      startedAtMs,
    } of sagas) {
      const row = {
        u,
        i: id,
        s: saga,
        r: service,
        d: definitionVersion,
        t: status,
        c: closed ? 1 : 0,
        v: version,
        e: dueAtMs,
      }
      this.#lists.sa.push(json({ ...row, x: state, b: startedAtMs, h: streamHash(id) }))
    }
    for (const { saga, address, key, kind, body } of mail)
      this.#lists.ml.push(json({ u, s: saga, h: mailHash(address), a: address, k: key, i: kind, b: body }))
    for (const { saga, address, key } of mailUsed) this.#lists.mu.push(json({ u, s: saga, a: address, k: key }))
    for (const { identity, stream, version, state } of snapshots)
      this.#lists.sn.push(json({ u, i: identity, s: stream, v: version, x: state }))
  }

  #addMessages({ outbox = [], timers = [] }: Unit, u: number): void {
    const message = (
      { id, service, channel, key, type, headers, value }: (typeof outbox)[number],
      f?: number,
    ): string => json({ u, f, i: id, s: service, c: channel, k: key, t: type, h: headers, v: value })
    for (const each of outbox) this.#lists.ob.push(message(each))
    for (const write of timers) {
      const timer = write.kind === 'fire' ? write.timer : write
      const values =
        'service' in timer ? { s: timer.service, d: timer.dueAtMs, c: timer.command, x: timer.data, m: timer.meta } : {}
      const no = this.#lists.tm.push(json({ u, w: write.kind, i: timer.id, ...values }))
      if (write.kind === 'fire') this.#lists.ob.push(message(write.message, no))
    }
  }
}

/** True when a crash of the server may take the commit back: rows of views and positions are replayed from the log. */
function isReplayable(units: readonly Unit[]): boolean {
  return units.every((unit) =>
    Object.entries(unit).every(([section, content]) => replayable.has(section) || (content?.length ?? 0) === 0),
  )
}

const replayable: ReadonlySet<string> = new Set<keyof Unit>(['positions', 'rows'])

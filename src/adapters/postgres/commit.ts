import { failure } from '../../base/errors.ts'
import { checkUnit } from '../../ports/decision.ts'
import type { Appended, InboxRow, Loss, Outcome, Unit } from '../../ports/unit-of-work.ts'
import { statusOf } from '../sql/stream-part.ts'
import { markLoss, markSteps } from '../sql/streams.ts'
import { uniqueName } from '../sql/table-ddl.ts'
import { Batch } from './batch.ts'
import type { TableFinder } from './batch-rows.ts'
import type { Statements } from './driver.ts'
import { constraintOf } from './faults.ts'
import type { Audience } from './listen.ts'
import { writeParks } from './park-writes.ts'
import { Places, type PlacesAnswer } from './places.ts'
import { PlainCommits } from './plain-commits.ts'
import { runRecorded } from './recorded-sql.ts'
import { runSteps } from './statements.ts'
import type { ViewTable } from './view-table.ts'

/** What the SQL function answers; lists are null where nothing of the kind happened. Indexes count from 1. */
interface Answer extends PlacesAnswer {
  /** Per unit: 0 won, 1 conflict, 2 owner, 3 inbox, 4 row; null when all won. */
  readonly st: readonly number[] | null
  /** Per unit, which append, move, inbox row or check it lost by. */
  readonly fa: readonly number[] | null
  /** Per unit, what was found there. */
  readonly fv: readonly number[] | null
  readonly bs: readonly (number | null)[] | null
  readonly ao: readonly number[] | null
  readonly hb: readonly [number, number]
  readonly ib: readonly { readonly n: number; readonly f: string; readonly o: string }[] | null
  readonly cp: readonly (readonly [append: number, position: number])[] | null
  /** The server's clock. */
  readonly at: number
}

const call = `select ew_commit_1(${Array.from({ length: 48 }, () => '?').join(', ')})`

/** Where batches are committed: statements that are transactions, and transactions of several. */
export interface CommitConnections extends Statements {
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>
}

/** Commits batches of units: one call of a function, in a transaction of its own. */
export class UnitCommits {
  readonly #driver: CommitConnections
  readonly #tables: TableFinder
  readonly #tablesNow: () => Iterable<ViewTable>
  readonly #listeners: Audience
  readonly #heard: (nowMs: number) => void
  readonly #plain: PlainCommits
  #prepared: Batch | undefined

  /** `heard` is told the server's clock. */
  constructor(
    driver: CommitConnections,
    tables: ReadonlyMap<string, ViewTable>,
    listeners: Audience,
    heard: (nowMs: number) => void,
  ) {
    this.#driver = driver
    this.#tables = (name) => tables.get(name)
    this.#tablesNow = () => tables.values()
    this.#listeners = listeners
    this.#heard = heard
    this.#plain = new PlainCommits(driver, this.#tables, listeners)
  }

  async commit(units: readonly Unit[]): Promise<readonly Outcome[]> {
    for (const unit of units) checkUnit(unit)
    try {
      const plain = await this.#plain.commit(units)
      if (plain === undefined) return await this.#send(this.#batchOf(units))
      this.#heard(plain[0]!.recordedAtMs)
      return plain
    } catch (error) {
      const constraint = constraintOf(error)
      if (constraint === undefined) throw error
      if (constraint === 'ew_events_id') throw takenIds(units, error)
      // Another process was first; a repeat finds its row.
      if (constraint === 'ew_inbox_pk')
        throw failure('EW_STORE_BUSY', 'Another process has just taken an inbox key of the batch.', { cause: error })
      const loss = uniqueLoss(this.#tablesNow(), constraint)
      if (loss === undefined) throw error
      if (units.length > 1) return this.#singly(units)
      // Its marks come first, and nothing was asked of them.
      return [(await runSteps(this.#driver, markLoss(units[0]!))) ?? loss]
    }
  }

  /** Makes the arguments of a batch that is going to be committed. */
  prepare(units: readonly Unit[]): void {
    this.#prepared = undefined
    // What statements the rows take may be others by then.
    if (units.some(({ rows }) => hasSome(rows))) return
    try {
      const batch = new Batch(units, this.#tables)
      if (batch.parameters.length > 0) this.#prepared = batch
    } catch {
      // Its commit will say why.
    }
  }

  #batchOf(units: readonly Unit[]): Batch {
    const prepared = this.#prepared
    if (prepared?.units !== units) return new Batch(units, this.#tables)
    this.#prepared = undefined
    return prepared
  }

  /** Each unit in a transaction of its own: the database does not say whose row it has refused. */
  async #singly(units: readonly Unit[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = []
    for (const unit of units) outcomes.push(...(await this.commit([unit])))
    return outcomes
  }

  async #send(batch: Batch): Promise<readonly Outcome[]> {
    const { units } = batch
    // The function knows nothing of marks, and units behind one must meet it.
    if (units.some(({ marks }) => hasSome(marks))) return units.length === 1 ? this.#mark(batch) : this.#singly(units)
    if (!units.some(({ parks, statements }) => hasSome(parks) || hasSome(statements)))
      return outcomesOf(batch, await this.#call(this.#driver, batch))
    return this.#driver.transaction(async (statements) => {
      const outcomes = outcomesOf(batch, await this.#call(statements, batch))
      const winners = units.filter((_, index) => outcomes[index]!.ok)
      const parks = winners.flatMap((unit) => unit.parks ?? [])
      if (parks.length > 0) await writeParks(statements, parks)
      for (const unit of winners) if (hasSome(unit.statements)) await runRecorded(statements, unit.statements!)
      return outcomes
    })
  }

  /** The marks of a single unit, under the locks that its appends have taken. */
  async #mark(batch: Batch): Promise<readonly Outcome[]> {
    const [unit] = batch.units as [Unit]
    const { parks = [], statements: recorded = [], marks = [] } = unit
    let loss: Loss | undefined
    try {
      return await this.#driver.transaction(async (statements) => {
        const outcomes = outcomesOf(batch, await this.#call(statements, batch))
        const [outcome] = outcomes as [Outcome]
        // The function has come to its rows without having looked at its marks, which come first.
        if (!outcome.ok && outcome.reason === 'row') return [(await runSteps(statements, markLoss(unit))) ?? outcome]
        if (!outcome.ok) return outcomes
        loss = await runSteps(statements, markSteps(marks))
        if (loss !== undefined) throw new Error('The unit loses by a mark, so that all of it is rolled back.')
        await writeParks(statements, parks)
        await runRecorded(statements, recorded)
        return outcomes
      })
    } catch (error) {
      if (loss === undefined) throw error
      return [loss]
    }
  }

  async #call(statements: Statements, batch: Batch): Promise<Answer> {
    const { origin } = this.#listeners
    const parameters = [...batch.parameters, this.#listeners.channel(), origin]
    const rows = await statements.all(call, ...parameters)
    const answer = JSON.parse(rows[0]![0] as string) as Answer
    this.#heard(answer.at)
    return answer
  }
}

function hasSome(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0
}

function outcomesOf(batch: Batch, answer: Answer): readonly Outcome[] {
  const positions = new Map(answer.cp ?? [])
  const places = new Places(answer)
  let append = 0
  return batch.units.map((unit, index): Outcome => {
    const first = append
    const { appends = [] } = unit
    append += appends.length
    const isWon = (answer.st?.[index] ?? 0) === 0
    const placed = places.next(unit, isWon)
    if (!isWon) return lossOf(batch, answer, index, first)
    return {
      ok: true,
      recordedAtMs: answer.at,
      ...placed,
      appends: appends.map(({ partition, events }, offset): Appended => {
        const at = first + offset
        const base = answer.bs![at]!
        if (events.length === 0) return { version: base, position: positions.get(at + 1) ?? 0 }
        return { version: base + events.length, position: answer.hb[partition] + answer.ao![at]! + events.length }
      }),
    }
  })
}

function lossOf({ units, rows }: Batch, answer: Answer, index: number, firstAppend: number): Loss {
  const unit = units[index]!
  const at = answer.fa![index]!
  const found = answer.fv![index]!
  switch (answer.st![index]) {
    case 1: {
      const { stream } = unit.appends![at - 1 - firstAppend]!
      // As they are stored: less than -1 stands for a stream that is closed.
      if (found < -1) return { ok: false, reason: 'closed', stream, status: statusOf(2 * (-1 - found)) }
      return { ok: false, reason: 'conflict', stream, current: found }
    }
    case 2: {
      const moves = units.slice(0, index).reduce((sum, { positions = [] }) => sum + positions.length, 0)
      const { consumer, bucket } = unit.positions![at - 1 - moves]!
      return { ok: false, reason: 'owner', consumer, bucket, position: found }
    }
    case 3: {
      const keys = units.flatMap(({ inbox = [] }) => inbox)
      const { key } = keys[at - 1]!
      const { fingerprint, outcome } = found < 0 ? keys[-found - 1]! : storedKey(answer, at)
      return { ok: false, reason: 'inbox', key, fingerprint, outcome }
    }
    default: {
      const { table, key } = rows.checked(at)
      return { ok: false, reason: 'row', table, key, applied: found }
    }
  }
}

function storedKey({ ib }: Answer, at: number): Pick<InboxRow, 'fingerprint' | 'outcome'> {
  const { f: fingerprint, o: outcome } = ib!.find(({ n }) => n === at)!
  return { fingerprint, outcome }
}

/** The loss of a unit whose row the unique index of a view has refused; undefined for another index. */
function uniqueLoss(tables: Iterable<ViewTable>, constraint: string): Loss | undefined {
  for (const { spec } of tables) {
    const columns = spec.unique.find((_, index) => constraint === uniqueName(spec.name, index))
    if (columns !== undefined) return { ok: false, reason: 'unique', table: spec.name, columns }
  }
  return undefined
}

function takenIds(units: readonly Unit[], cause: unknown): Error {
  const ids = units.flatMap(({ appends = [] }) => appends.flatMap(({ events }) => events.map(({ id }) => id)))
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated !== undefined)
    return failure('EW_UNIT', `The event id ${repeated} occurs twice in one batch.`, { details: { id: repeated } })
  return failure('EW_IDS_TAKEN', 'An event id of the batch is stored already.', { cause })
}

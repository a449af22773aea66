import type { Unit } from '../../ports/unit-of-work.ts'
import type { RowWrite } from '../../ports/views.ts'
import type { TableFinder } from './batch-rows.ts'
import type { Statements } from './driver.ts'
import type { Audience } from './listen.ts'
import { movedPages, moveParameters } from './moved-pages.ts'
import type { ViewTable } from './view-table.ts'

/** Each is prepared on every connection, so sets of views that come together by chance must not add up for ever. */
const mostStatements = 32
const mostTables = 4

// They can be replayed, so they need not wait for the disk. That is set before anything of them is committed.
// The server begins with what is written last, and rows are locked in the order of the names of their tables.
const statement = (tables: readonly ViewTable[], notify = ''): string => `
  with ${[
    movedPages,
    `relaxed as (select now, set_config('synchronous_commit', 'off', true) from settled)`,
    ...tables.map((table, index) => `written_${index} as (${table.foldStatement('settled')})`).reverse(),
  ].join(',')}
  select r.now${notify} from relaxed r`

interface Texts {
  readonly tables: readonly ViewTable[]
  readonly quiet: string
  readonly told: string
}

/** Pages of events that are folded into rows of views, or were of no consequence for the store, and nothing else. */
export class FoldedPages {
  readonly #statements: Statements
  readonly #tables: TableFinder
  readonly #listeners: Audience
  /** By the names of tables. */
  readonly #made = new Map<string, Texts>()

  constructor(statements: Statements, tables: TableFinder, listeners: Audience) {
    this.#statements = statements
    this.#tables = tables
    this.#listeners = listeners
  }

  /**
   * Commits such pages by one plain statement and answers the time of the server. Undefined, with nothing written, when
   * a position is not as expected, and where there is a row that goes or one that has to be looked at first: the
   * function can do everything, and says what was not as expected.
   */
  async commit(units: readonly Unit[]): Promise<number | undefined> {
    if (!units.every(({ rows = [] }) => rows.every(isPlain))) return undefined
    const rows = new Map<string, RowWrite[]>()
    for (const unit of units)
      for (const row of unit.rows ?? []) {
        const others = rows.get(row.table)
        if (others === undefined) rows.set(row.table, [row])
        else others.push(row)
      }
    const texts = this.#textsFor([...rows.keys()].sort())
    if (texts === undefined) return undefined
    const parameters = [
      ...moveParameters(units.flatMap(({ positions }) => positions!)),
      ...texts.tables.map((table) => rowsJson(table, rows.get(table.spec.name)!)).reverse(),
    ]
    const channel = this.#listeners.channel()
    const [found] =
      channel === null
        ? await this.#statements.all(texts.quiet, ...parameters)
        : await this.#statements.all(texts.told, ...parameters, channel, this.#listeners.origin)
    return found?.[0] as number | undefined
  }

  #textsFor(names: readonly string[]): Texts | undefined {
    const tables = names.flatMap((name) => this.#tables(name) ?? [])
    if (names.length > mostTables || tables.length < names.length) return undefined
    if (tables.some(({ spec }) => spec.unique.length > 0)) return undefined
    const set = names.join('\0')
    const known = this.#made.get(set)
    if (known !== undefined && this.#isOfToday(known)) return known
    if (this.#made.size >= mostStatements)
      for (const [names, texts] of this.#made) if (!this.#isOfToday(texts)) this.#made.delete(names)
    if (known === undefined && this.#made.size >= mostStatements) return undefined
    const texts = { tables, quiet: statement(tables), told: statement(tables, ', pg_notify(?, ?)') }
    this.#made.set(set, texts)
    return texts
  }

  /** A view that was dropped is not written any more, and one that was made anew may have other columns. */
  #isOfToday({ tables }: Texts): boolean {
    return tables.every((table) => this.#tables(table.spec.name) === table)
  }
}

function rowsJson(table: ViewTable, rows: readonly RowWrite[]): string {
  return `[${rows.map((row) => table.rowJson(row, 1)).join()}]`
}

function isPlain({ guard, row, tombstone }: RowWrite): boolean {
  return guard === undefined && (row !== undefined || tombstone === true)
}

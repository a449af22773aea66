import { InvalidArgumentError, type Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { quoted } from '../../base/text.ts'
import { columnValue } from '../../design/column-text.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Store } from '../../ports/store.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { RowReport } from '../../runtime/views/row-reports.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore, withSystem } from '../options.ts'
import { jsonText, printJson, printTable, say, type Column } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withViewsUrl, type ViewsChoice } from '../views-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { assertNamed } from './rebuild.ts'

interface Options extends StoreChoice, ViewsChoice {
  readonly system: string
  readonly where?: readonly Test[]
  readonly orderBy?: string
  readonly descending?: true
  readonly cursor?: string
  readonly limit: number
}

interface Test {
  readonly column: string
  readonly text: string
}

/**
 * `views rows <view> [key]`: rows as they stand, a page at a time, or the one of a key. Exit code 1 where there is no
 * such row. Errors: EW_VIEW_UNKNOWN, EW_QUERY.
 */
export function viewsRowsCommand(parent: Command, run: Run): void {
  const command = parent
    .command('rows')
    .description('Prints rows of a view, or the one of a key.')
    .argument('<view>', 'the view')
    .argument('[key]', 'the key of the row; default: a page of rows')
    .option('--where <column=value>', 'only rows with this value in an indexed column; may be repeated', test)
    .option('--order-by <column>', 'in the order of an indexed column (default: of keys)')
    .option('--descending', 'the greatest first')
    .option('--cursor <text>', 'the page behind another one, which names it')
    .option('--limit <number>', 'print so many rows at most', wholeNumber(1), 100)
  withJson(withViewsUrl(withStore(withSystem(command)))).action(
    async (view: string, key: string | undefined, options: Options) => {
      const { system: file } = options
      const system = await systemOf(file, run.io)
      assertNamed(system, view)
      const projection = system.graph.projections.get(view)!.definition
      const work = async (store: Store): Promise<void> => {
        const reports = inspect(store, undefined, undefined, system.graph).rows
        if (key === undefined) return page(run, reports, projection, options)
        const row = await reports.get(view, key)
        if (row === undefined) run.exitCode = 1
        if (run.json) return printJson(run.io, row ?? null)
        await printRows(run, projection, row === undefined ? [] : [row])
      }
      await withOpenStore(command, options, run.io, work, system.graph)
    },
  )
}

async function page(
  run: Run,
  reports: ReturnType<typeof inspect>['rows'],
  projection: AnyProjection,
  { where = [], orderBy, descending, cursor, limit }: Options,
): Promise<void> {
  const found = await reports.page(projection.name, {
    limit,
    where: Object.fromEntries(where.map(({ column, text }) => [column, valueOf(projection, column, text)])),
    descending: descending === true,
    ...(orderBy !== undefined && { orderBy }),
    ...(cursor !== undefined && { cursor }),
  })
  if (run.json) return printJson(run.io, found)
  await printRows(run, projection, found.rows)
  if (found.next !== undefined) await say(run, `There are more: --cursor ${found.next}`)
}

async function printRows(run: Run, { row: { columns } }: AnyProjection, rows: readonly RowReport[]): Promise<void> {
  const shown = columns.map(({ name }): Column<RowReport> => ({ title: name, text: ({ row }) => cell(row[name]) }))
  const stale: Column<RowReport> = { title: 'stale', text: (row) => (row.stale ? 'yes' : '') }
  await printTable(run.io, [{ title: 'key', text: ({ key }) => key }, ...shown, stale], rows, 'there is no such row')
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  return (typeof value === 'string' ? value : jsonText(value)).slice(0, 300)
}

function valueOf({ name, row: { columns } }: AnyProjection, column: string, text: string): unknown {
  const found = columnValue(columns.find((each) => each.name === column)?.kind, text)
  if (found !== undefined) return found.value
  throw failure('EW_QUERY', `${quoted(text, 60)} is no value of the column ${column} of ${name}.`)
}

function test(text: string, before: readonly Test[] = []): readonly Test[] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write a column and its value as status=open.')
  return [...before, { column: text.slice(0, at), text: text.slice(at + 1) }]
}

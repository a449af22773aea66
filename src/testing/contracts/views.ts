import { test } from 'node:test'
import type { Clock } from '../../base/clock.ts'
import { compareText, type CompareValues } from '../../base/row-value.ts'
import type { RowWrite } from '../../ports/views.ts'
import type { ViewDatabase } from '../../ports/views-apart.ts'
import { fakeClock } from '../fake-clock.ts'
import { apartCases } from './views-apart.ts'
import type { ViewsUnderTest, WrittenViews } from './views-case.ts'

export type { ViewsUnderTest } from './views-case.ts'
import { viewQueryCases } from './views-queries.ts'
import { viewRowCases } from './views-rows.ts'

/**
 * Registers the tests of everything that a database for rows of views promises, for an adapter called `name`. `open` is
 * called once a test. What is no matter of units is the same that a store is tested for.
 */
export function viewsContract(
  name: string,
  open: (options: { readonly clock: Clock }) => Promise<ViewsUnderTest>,
): void {
  const register = (title: string, run: (opened: ViewsUnderTest) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const opened = await open({ clock: fakeClock() })
      try {
        await run(opened)
      } finally {
        await opened.close()
      }
    })
  }
  for (const { title, run } of [...viewRowCases, ...viewQueryCases]) {
    register(title, async (opened) =>
      run({
        ...written(opened.database),
        compareText: orderOf(opened.compareText ?? compareText),
        another: async () => written(await opened.another()),
      }),
    )
  }
  for (const { title, run } of apartCases) register(title, run)
}

function written(database: ViewDatabase): WrittenViews {
  return {
    views: database,
    async write(...rows) {
      for (const [name, of] of byTable(rows)) {
        const table = { name, columns: [], indexes: [], unique: [] }
        const keys = of.map(({ key }) => key)
        const before = new Map((await database.get(table, keys)).map(({ key, revision }) => [key, revision]))
        const writes = of.map(({ key, row, applied }) => ({ key, row, applied, revision: before.get(key) ?? 0 }))
        const refused = await database.write(name, writes)
        if (refused.length > 0) throw new Error(`rows of others: ${refused.join(', ')}`)
      }
    },
  }
}

function byTable(rows: readonly RowWrite[]): ReadonlyMap<string, readonly RowWrite[]> {
  return Map.groupBy(rows, ({ table }) => table)
}

function orderOf(compare: (a: string, b: string) => number): CompareValues {
  return (a, b) => {
    if (a === null || a === undefined) return b === null || b === undefined ? 0 : -1
    return b === null || b === undefined ? 1 : compare(a as string, b as string)
  }
}

import { compareOf } from '../../base/row-value.ts'
import type { Store } from '../../ports/store.ts'
import { commitOne, inbox, won, type StoreCase } from './store-case.ts'
import type { WrittenViews } from './views-case.ts'
import { viewQueryCases } from './views-queries.ts'
import { viewRowCases } from './views-rows.ts'

/** What tables of views promise anywhere, of those whose rows a store commits. */
export const viewCasesOfStore: readonly StoreCase[] = [...viewRowCases, ...viewQueryCases].map(({ title, run }) => ({
  title,
  run: ({ store, another }) =>
    run({ ...written(store), compareText: compareOf('text'), another: async () => written(await another()) }),
}))

let counter = 0

function written(store: Store): WrittenViews {
  return {
    views: store.views,
    write: async (...rows) => void won(await commitOne(store, { inbox: [inbox(`view-${counter++}`)], rows })),
  }
}

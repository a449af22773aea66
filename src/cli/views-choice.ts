import type { Command } from 'commander'
import { failure } from '../base/errors.ts'
import type { Graph } from '../design/graph.ts'
import type { Store } from '../ports/store.ts'
import type { ViewsAdapter } from '../ports/views-apart.ts'
import { withViewsApart } from '../runtime/views/apart.ts'
import type { Io } from './io.ts'

/** What a command was told about the database for rows of views. */
export interface ViewsChoice {
  readonly viewsUrl?: string
}

/** Adds `--views-url`. */
export function withViewsUrl(command: Command): Command {
  return command.option(
    '--views-url <url>',
    'the mongodb:// URL of the database that has the rows of views (default: $EVENTWRIGHT_VIEWS, or the store)',
  )
}

/**
 * The database for rows of views that `--views-url` or EVENTWRIGHT_VIEWS names; undefined where the store has them. It
 * must be named in full: each program that runs a system has a default of its own. Error: EW_CONFIG.
 */
export async function viewsAdapterOf({ viewsUrl }: ViewsChoice, { env }: Io): Promise<ViewsAdapter | undefined> {
  const url = viewsUrl ?? (env['EVENTWRIGHT_VIEWS'] || 'store')
  if (url === 'store') return undefined
  if (!/^mongodb(?:\+srv)?:\/\/[^/]+\/[^/?]/.test(url))
    throw failure('EW_CONFIG', 'The database for views is not named as mongodb://user:password@host:port/database.')
  const { mongodb } = await import('../adapters/mongodb/index.ts')
  return mongodb(url)
}

/**
 * An open store with the rows of views where they are. When it rejects the store is closed. Errors: those of
 * `viewsAdapterOf`; EW_DRIVER_MISSING, EW_STORE_UNREACHABLE, EW_STORE_FOREIGN.
 */
export async function withViewsOf(store: Store, graph: Graph, choice: ViewsChoice, io: Io): Promise<Store> {
  const views = await viewsAdapterOf(choice, io).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  return withViewsApart({ graph, views, store, clock: io.clock })
}

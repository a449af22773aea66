import type { JSX } from 'preact'
import type { Page } from '../../wire.ts'
import { pathOf } from '../place.ts'
import { useResource } from '../resource.ts'
import { filtered, route } from '../route.ts'
import { Fetched } from './fetched.tsx'
import { Table, type Column } from './table.tsx'

interface Props<Row> {
  readonly caption: string
  readonly path: string
  /** Names in the query of the address that go into the question as well. */
  readonly filters?: readonly string[]
  readonly columns: readonly Column<Row>[]
  keyOf(row: Row): string
  readonly empty: string
  /** Where the page is named in the address, when a page of the console has two lists. */
  readonly cursor?: string
  readonly everyMs?: number
}

/** A list of the server, a page of it at a time; filter and page stand in the address, so that it can be passed on. */
export function PageList<Row>({
  caption,
  path,
  filters = [],
  columns,
  keyOf,
  empty,
  everyMs,
  ...rest
}: Props<Row>): JSX.Element {
  const { cursor: name = 'cursor' } = rest
  const { query } = route.value
  const asked = Object.fromEntries(filters.map((filter) => [filter, query.get(filter)]))
  const { state } = useResource<Page<Row>>(pathOf(path, { ...asked, cursor: query.get(name) }), everyMs)
  return (
    <Fetched of={state.value}>
      {({ items, next }) => (
        <>
          {query.has(name) && (
            <p class="pages">
              <a href={filtered({ [name]: undefined })}>Back to the first page</a>
            </p>
          )}
          <Table
            caption={caption}
            columns={columns}
            rows={items}
            keyOf={keyOf}
            empty={empty}
            next={next === undefined ? undefined : filtered({ [name]: next })}
          />
        </>
      )}
    </Fetched>
  )
}

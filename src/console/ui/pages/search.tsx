import type { JSX } from 'preact'
import type { SearchAnswer, SearchHit } from '../../wire/events.ts'
import { Fetched } from '../parts/fetched.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { pathOf, placeHref } from '../place.ts'
import { useResource } from '../resource.ts'
import { route } from '../route.ts'

const columns: readonly Column<SearchHit>[] = [
  { heading: 'Found', cell: ({ text, place }) => <a href={placeHref(place)}>{text}</a> },
  { heading: 'What it is', cell: ({ kind }) => kind },
]

/** What an id, a key or a correlation id stands for. */
export function Search(): JSX.Element {
  const q = route.value.query.get('q') ?? ''
  const { state } = useResource<SearchAnswer>(q === '' ? undefined : pathOf('search', { q }), 0)
  return (
    <>
      <h1>Search</h1>
      <section aria-label="Hits">
        {q === '' ? (
          <p class="empty">Type an id, a key or a correlation id above.</p>
        ) : (
          <Fetched of={state.value}>
            {({ hits }) => (
              <Table
                caption={`What ${q} stands for`}
                columns={columns}
                rows={hits}
                keyOf={({ kind, text }) => `${kind} ${text}`}
                empty={`Nothing is called ${q}. It has to be whole: part of an id is not searched for.`}
              />
            )}
          </Fetched>
        )}
      </section>
    </>
  )
}

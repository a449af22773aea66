import type { ComponentChildren, JSX } from 'preact'

/** A column: its heading, and what it shows of a row. */
export interface Column<Row> {
  readonly heading: string
  readonly isNumber?: boolean
  cell(row: Row): ComponentChildren
}

interface Props<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[] | undefined
  keyOf(row: Row): string
  /** Shown where there are no rows. */
  readonly empty: ComponentChildren
  /** Where the next page is; undefined on the last one. */
  readonly next?: string | undefined
}

/** Rows of one kind, a page of them. The first column names the row. */
export function Table<Row>({ caption, columns, rows, keyOf, empty, next }: Props<Row>): JSX.Element {
  if (rows === undefined) return <p class="quiet">…</p>
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ heading, isNumber }) => (
                <th key={heading} scope="col" class={isNumber ? 'number' : undefined}>
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map(({ heading, isNumber, cell }, index) =>
                  index === 0 ? (
                    <th key={heading} scope="row">
                      {cell(row)}
                    </th>
                  ) : (
                    <td key={heading} class={isNumber ? 'number' : undefined}>
                      {cell(row)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {next !== undefined && (
        <p class="pages">
          <a href={next}>Next page</a>
        </p>
      )}
    </>
  )
}

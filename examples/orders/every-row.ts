interface Query<W> {
  readonly where?: W
  readonly limit: number
  readonly cursor?: string
}
interface Pages<R, W> {
  page(query: Query<W>): Promise<{ readonly rows: R[]; readonly next?: string }>
}

/** All rows of a view that match, in the order of their keys, read in pages. */
export async function everyRow<R, W>(view: Pages<R, W>, where?: W): Promise<R[]> {
  const query: Query<W> = where === undefined ? { limit: 1_000 } : { limit: 1_000, where }
  const all: R[] = []
  for (let page = await view.page(query); ; page = await view.page({ ...query, cursor: page.next })) {
    all.push(...page.rows)
    if (page.next === undefined) return all
  }
}

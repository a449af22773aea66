import pg from 'pg'

/** How large a table or an index is. */
export interface RelationSize {
  readonly name: string
  readonly bytes: number
}

/** Tables and indexes of a store, the largest first; tables without their indexes. */
export async function relationSizes(url: string): Promise<readonly RelationSize[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(`
      select c.relname as name,
        case c.relkind when 'i' then pg_relation_size(c.oid) else pg_table_size(c.oid) end as bytes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'eventwright' and c.relkind in ('r', 'i')
      order by 2 desc`)
    return rows.map(({ name, bytes }) => ({ name, bytes: Number(bytes) }))
  } finally {
    await client.end()
  }
}

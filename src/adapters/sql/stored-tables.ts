/** What a column holds, as it travels between stores: event ids are texts there. */
export type StoredKind = 'text' | 'integer' | 'json' | 'id'

/** A table of the engine as every database has it, whatever it adds for itself. */
export interface StoredTable {
  readonly name: string
  readonly columns: Readonly<Record<string, StoredKind>>
  /** The columns by which pages are read. */
  readonly key: readonly string[]
  /** What is read in place of a column. */
  readonly select?: Readonly<Record<string, string>>
  /** Which rows count; default: all. */
  readonly where?: string
  /** True for a table that has rows from the start. */
  readonly seeded?: boolean
}

const [text, integer, json, id] = ['text', 'integer', 'json', 'id'] as const

/**
 * Every table that holds what a store knows, in an order in which each finds what it refers to. `ew_store` is left out:
 * it says what a store itself is. Whoever adds a table or a column names it here.
 */
export const storedTables: readonly StoredTable[] = [
  {
    name: 'ew_streams',
    columns: { stream: text, part: integer, hash: integer, version: integer },
    key: ['stream'],
    // Attempts that lost have left them.
    where: 'version > 0',
  },
  {
    name: 'ew_events',
    columns: {
      part: integer,
      position: integer,
      stream: text,
      version: integer,
      id,
      type: text,
      schema_version: integer,
      occurred_at: integer,
      recorded_at: integer,
      checksum: integer,
      deleted: integer,
      data: json,
      meta: json,
    },
    key: ['part', 'position'],
  },
  {
    name: 'ew_correlations',
    columns: { correlation: text, part: integer, position: integer },
    key: ['correlation', 'part', 'position'],
  },
  { name: 'ew_head', columns: { part: integer, position: integer }, key: ['part'], seeded: true },
  {
    name: 'ew_ownership',
    columns: {
      consumer: text,
      source: text,
      bucket: integer,
      position: integer,
      epoch: integer,
      owner: text,
      until: integer,
      wanted: text,
      moved_at: integer,
      past_position: integer,
      past_since: integer,
      past_at: integer,
      mark_position: integer,
      mark_since: integer,
      mark_at: integer,
    },
    key: ['consumer', 'source', 'bucket'],
    // Whoever had it works on another store; should he ever come here, his units must lose.
    select: { epoch: 'epoch + 1', owner: 'null', until: 'null', wanted: 'null' },
  },
  {
    name: 'ew_inbox',
    columns: { service: text, consumer: text, key: text, fingerprint: text, outcome: text, at: integer },
    key: ['service', 'consumer', 'key'],
  },
  {
    name: 'ew_parked_keys',
    columns: {
      consumer: text,
      key: text,
      source: text,
      bucket: integer,
      position: integer,
      resuming: integer,
      type: text,
      code: text,
      attempts: integer,
      replays: integer,
      vain_replays: integer,
      edits: integer,
      parked_at: integer,
      failed_at: integer,
      id: text,
      schema_version: integer,
      correlation_id: text,
      handlers: text,
      message: text,
      history: text,
      ends: text,
      stack: text,
    },
    key: ['consumer', 'key'],
  },
  {
    name: 'ew_parked_events',
    columns: { consumer: text, key: text, position: integer, raw: text },
    key: ['consumer', 'key', 'position'],
  },
  {
    name: 'ew_parked_actions',
    columns: {
      seq: integer,
      kind: text,
      consumer: text,
      source: text,
      key: text,
      position: integer,
      id: text,
      type: text,
      schema_version: integer,
      correlation_id: text,
      code: text,
      message: text,
      who: text,
      why: text,
      at: integer,
      raw: text,
      edited: text,
    },
    key: ['seq'],
  },
  {
    name: 'ew_snapshots',
    columns: { identity: text, stream: text, version: integer, state: text },
    key: ['identity', 'stream'],
  },
  {
    name: 'ew_views',
    columns: {
      view: text,
      generation: integer,
      version: integer,
      identity: text,
      text_hash: text,
      state: text,
      started_at: integer,
    },
    key: ['view', 'generation'],
  },
  { name: 'ew_view_tables', columns: { name: text, spec: text }, key: ['name'] },
  { name: 'ew_sequences', columns: { name: text, last: integer }, key: ['name'], seeded: true },
  {
    name: 'ew_outbox',
    columns: {
      position: integer,
      id: text,
      service: text,
      channel: text,
      key: text,
      type: text,
      headers: text,
      value: text,
      recorded_at: integer,
    },
    key: ['position'],
  },
  {
    name: 'ew_sagas',
    columns: {
      id: text,
      saga: text,
      service: text,
      definition_version: integer,
      status: text,
      closed: integer,
      version: integer,
      due_at: integer,
      state: text,
      started_at: integer,
      hash: integer,
    },
    key: ['id'],
  },
  {
    name: 'ew_mail',
    columns: { seq: integer, saga: text, address: text, key: text, kind: text, body: text, at: integer, hash: integer },
    key: ['seq'],
  },
  {
    name: 'ew_timers',
    columns: { id: text, service: text, due_at: integer, command: text, data: text, meta: text },
    key: ['id'],
  },
  { name: 'ew_channels', columns: { no: integer, name: text, partitions: integer, retention: integer }, key: ['no'] },
  {
    name: 'ew_partitions',
    columns: { channel: integer, partition: integer, first: integer, next: integer, last_at: integer },
    key: ['channel', 'partition'],
  },
  {
    name: 'ew_messages',
    columns: {
      channel: integer,
      partition: integer,
      offset: integer,
      at: integer,
      id: text,
      key: text,
      headers: text,
      value: text,
    },
    key: ['channel', 'partition', 'offset'],
  },
]

/** The names of the columns, in the order in which values travel. */
export function columnsOf({ columns }: StoredTable): readonly string[] {
  return Object.keys(columns)
}

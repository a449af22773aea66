/** A step from one format of the file to the next. Steps that were published never change. */
export interface Migration {
  /** The format after the step. */
  readonly format: number
  readonly sql: string
}

/**
 * The tables, by format. `seq` is the position in partition 0 and `partitionOffset` more in partition 1, so that events
 * are one row of one tree in position order; streams have numbers, so that the index of events grows at its end
 * (measured: 1.5 to 2.7 times the appends of tables keyed by stream name). Mail without a body was used up.
 */
export const migrations: readonly Migration[] = [
  {
    format: 1,
    sql: `
      create table ew_store (name text primary key, value text not null) without rowid, strict;
      create table ew_head (part integer primary key, position integer not null) strict;
      insert into ew_head values (0, 0), (1, 0);
      create table ew_streams (
        no integer primary key, stream text not null unique, part integer not null, hash integer not null,
        version integer not null) strict;
      create table ew_events (
        seq integer primary key, no integer not null, version integer not null, id blob not null unique,
        type text not null, schema_version integer not null, occurred_at integer not null, recorded_at integer not null,
        checksum integer not null, deleted integer not null default 0, data text, meta text not null,
        unique (no, version)) strict;
      create table ew_ownership (
        consumer text not null, source text not null, bucket integer not null,
        position integer not null,
        epoch integer not null, owner text, until integer,
        primary key (consumer, source, bucket)) without rowid, strict;
      create table ew_inbox (
        service text not null, consumer text not null, key text not null, fingerprint text not null,
        outcome text not null, at integer not null, primary key (service, consumer, key)) without rowid, strict;
      create table ew_parked_keys (
        consumer text not null, key text not null, source text not null, bucket integer not null,
        position integer not null,
        code text not null, message text not null, stack text not null, attempts integer not null,
        parked_at integer not null, resuming integer not null, primary key (consumer, key)) without rowid, strict;
      create table ew_parked_events (
        consumer text not null, key text not null, position integer not null,
        primary key (consumer, key, position)) without rowid, strict;
      create table ew_snapshots (
        identity text not null, stream text not null, version integer not null, state text not null,
        primary key (identity, stream)) strict;
      create table ew_views (
        view text not null, generation integer not null, version integer not null, identity text not null,
        text_hash text not null, state text not null, started_at integer not null,
        primary key (view, generation)) without rowid, strict;`,
  },
  {
    format: 2,
    sql: `
      create table ew_sequences (name text primary key, last integer not null) without rowid, strict;
      insert into ew_sequences values ('mail', 0), ('outbox', 0);
      create table ew_outbox (
        position integer primary key, id text not null, service text not null, channel text not null,
        key text not null, type text not null, headers text not null, value text not null,
        recorded_at integer not null) strict;
      create table ew_sagas (
        id text primary key, saga text not null, service text not null, definition_version integer not null,
        status text not null, closed integer not null, version integer not null, due_at integer, state text not null,
        started_at integer not null) strict;
      create index ew_sagas_due on ew_sagas (saga, due_at, id) where due_at is not null;
      create index ew_sagas_open on ew_sagas (id) where closed = 0;
      create index ew_sagas_status on ew_sagas (saga, status, id);
      create table ew_mail (
        seq integer primary key, saga text not null, address text not null, key text not null, kind text not null,
        body text, at integer not null, unique (saga, address, key)) strict;
      create index ew_mail_waiting on ew_mail (saga, seq) where body is not null;
      create table ew_timers (
        id text primary key, service text not null, due_at integer not null, command text not null, data text not null,
        meta text not null) without rowid, strict;
      create index ew_timers_due on ew_timers (service, due_at, id);
      alter table ew_parked_events add column raw text;`,
  },
  {
    format: 3,
    sql: `
      create table ew_channels (
        no integer primary key, name text unique, partitions integer not null, retention integer) strict;
      create table ew_partitions (
        no integer primary key, channel integer not null, partition integer not null,
        first integer not null, next integer not null, last_at integer not null,
        unique (channel, partition)) strict;
      create table ew_messages (
        seq integer primary key, id text not null, key text not null, headers text not null, value text not null,
        at integer not null) strict;`,
  },
  {
    format: 4,
    sql: `
      create table ew_parked (
        consumer text not null, key text not null, source text not null, bucket integer not null,
        position integer not null, resuming integer not null, type text, code text not null,
        attempts integer not null, replays integer not null, vain_replays integer not null, edits integer not null,
        parked_at integer not null, failed_at integer not null, id text, schema_version integer, correlation_id text,
        handlers text not null, message text not null, history text not null, ends text not null, stack text not null,
        primary key (consumer, key)) strict;
      insert into ew_parked select
        consumer, key, source, bucket, position, resuming, null, code, attempts, 0, 0, 0, parked_at, parked_at,
        null, null, null, '', message, '[]', '[]', stack from ew_parked_keys;
      drop table ew_parked_keys;
      alter table ew_parked rename to ew_parked_keys;
      create index ew_parked_resuming on ew_parked_keys (consumer, bucket, key) where resuming = 1;
      create index ew_parked_kinds on ew_parked_keys (consumer, code, type);
      create table ew_parked_actions (
        seq integer primary key, kind text not null, consumer text not null, source text not null, key text not null,
        position integer not null, id text, type text, schema_version integer, correlation_id text,
        code text not null, message text not null, who text not null, why text not null, at integer not null,
        raw text, edited text) strict;
      create index ew_parked_actions_of on ew_parked_actions (consumer, key, seq);
      create index ew_inbox_age on ew_inbox (consumer, at);`,
  },
  { format: 5, sql: 'alter table ew_ownership add column wanted text;' },
  {
    format: 6,
    sql: `
      alter table ew_ownership add column moved_at integer not null default 0;
      alter table ew_ownership add column past_position integer not null default 0;
      alter table ew_ownership add column past_since integer not null default 0;
      alter table ew_ownership add column past_at integer not null default 0;
      alter table ew_ownership add column mark_position integer not null default 0;
      alter table ew_ownership add column mark_since integer not null default 0;
      alter table ew_ownership add column mark_at integer not null default 0;
      update ew_ownership set moved_at = cast(unixepoch('subsec') * 1000 as integer);`,
  },
  {
    format: 7,
    sql: 'create table ew_view_tables (name text primary key, spec text not null) without rowid, strict;',
  },
  {
    // Mail of an instance that has not begun yet keeps -1: everybody reads it, and it is told to its instance alone.
    format: 8,
    sql: `
      alter table ew_sagas add column hash integer not null default -1;
      alter table ew_mail add column hash integer not null default -1;
      update ew_sagas set hash = coalesce((select s.hash from ew_streams s where s.stream = ew_sagas.id), -1);
      update ew_mail set hash = coalesce((select s.hash from ew_streams s where s.stream = ew_mail.address), -1)
        where body is not null;`,
  },
  {
    // Behind the events by what nobody has taken into it yet: appends do not pay for it.
    format: 9,
    sql: `
      create table ew_correlations (
        correlation text not null, part integer not null, position integer not null,
        primary key (correlation, part, position)) without rowid, strict;
      insert into ew_sequences values ('correlated 0', 0), ('correlated 1', 0);`,
  },
]

/** The format that this release writes. */
export const newestFormat: number = migrations.at(-1)?.format ?? 0

/** What is added to a position of partition 1 to give its `seq`. */
export const partitionOffset: number = 2 ** 52

/**
 * The `seq` of a message is its offset and so many times the number of its partition: messages are one row of one tree
 * in the order in which they are read (see docs/decisions/0002; the alternative was a table
 * keyed by channel, partition and offset). A channel without a name is one whose messages are being deleted.
 */
export const messagesOfPartition: number = 2 ** 38

import { commitFunction } from './commit-function.ts'
import { publishFunction } from './publish-function.ts'

/** One step of the schema, from the format before to its own. */
export interface Migration {
  readonly format: number
  readonly sql: string
}

// Texts are compared byte by byte, so that every database has one order of names, keys and locks, whatever its locale.
const text = 'text collate "C"'

/**
 * Every change of the schema, oldest first. They only add: an older release that still runs must find what it knows.
 * Times are milliseconds of the database's clock; `closed` and `resuming` are 0 or 1, as on SQLite, so that both stores
 * read them by the same statements. Rows that every commit changes have room beside them, else each change would also
 * move their index entries.
 */
export const migrations: readonly Migration[] = [
  {
    format: 1,
    sql: `
      create table ew_store (name ${text} primary key, value text not null);
      create function ew_now() returns bigint language sql volatile as
        'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint';
      create table ew_head (part smallint primary key, position bigint not null) with (fillfactor = 10);
      insert into ew_head values (0, 0), (1, 0);
      create table ew_streams (
        stream ${text} primary key, version bigint not null, part smallint not null, hash smallint not null)
        with (fillfactor = 70);
      create table ew_events (
        position bigint not null, version bigint not null, occurred_at bigint not null, recorded_at bigint not null,
        checksum bigint not null, id uuid not null, schema_version int not null, part smallint not null,
        deleted smallint not null default 0, stream ${text} not null, type ${text} not null, data json,
        meta json not null,
        constraint ew_events_pk primary key (part, position),
        constraint ew_events_version unique (stream, version),
        constraint ew_events_id unique (id));
      create table ew_ownership (
        consumer ${text} not null, source ${text} not null, bucket int not null, position bigint not null,
        epoch bigint not null, moved_at bigint not null, until bigint,
        past_position bigint not null default 0, past_since bigint not null default 0,
        past_at bigint not null default 0, mark_position bigint not null default 0,
        mark_since bigint not null default 0, mark_at bigint not null default 0, owner ${text}, wanted ${text},
        primary key (consumer, source, bucket)) with (fillfactor = 50);
      create table ew_inbox (
        service ${text} not null, consumer ${text} not null, key ${text} not null, fingerprint text not null,
        outcome text not null, at bigint not null,
        constraint ew_inbox_pk primary key (service, consumer, key));
      create index ew_inbox_age on ew_inbox (consumer, at);
      create table ew_parked_keys (
        consumer ${text} not null, key ${text} not null, source ${text} not null, bucket int not null,
        position bigint not null, resuming smallint not null, type ${text}, code ${text} not null,
        attempts int not null, replays int not null, vain_replays int not null, edits int not null,
        parked_at bigint not null, failed_at bigint not null, id text, schema_version int, correlation_id text,
        message text not null, handlers text not null, history text not null, ends text not null, stack text not null,
        primary key (consumer, key));
      create index ew_parked_resuming on ew_parked_keys (consumer, bucket, key) where resuming = 1;
      create index ew_parked_kinds on ew_parked_keys (consumer, code, type);
      create table ew_parked_events (
        consumer ${text} not null, key ${text} not null, position bigint not null, raw text,
        primary key (consumer, key, position));
      create table ew_parked_actions (
        seq bigint generated always as identity primary key, kind ${text} not null, consumer ${text} not null,
        source ${text} not null, key ${text} not null, position bigint not null, id text, type text, schema_version int,
        correlation_id text, code text not null, message text not null, who text not null, why text not null,
        at bigint not null, raw text, edited text);
      create index ew_parked_actions_of on ew_parked_actions (consumer, key, seq);
      create table ew_snapshots (
        identity ${text} not null, stream ${text} not null, version bigint not null, state text not null,
        primary key (identity, stream));
      create table ew_views (
        view ${text} not null, generation int not null, version int not null, identity text not null,
        text_hash text not null, state text not null, started_at bigint not null,
        primary key (view, generation));
      create table ew_view_tables (name ${text} primary key, spec text not null);
      create table ew_sequences (name ${text} primary key, last bigint not null) with (fillfactor = 10);
      insert into ew_sequences values ('mail', 0), ('outbox', 0);
      create table ew_outbox (
        position bigint primary key, recorded_at bigint not null, id text not null, service ${text} not null,
        channel ${text} not null, key ${text} not null, type text not null, headers text not null, value text not null);
      create table ew_sagas (
        id ${text} primary key, saga ${text} not null, service ${text} not null, definition_version int not null,
        status ${text} not null, closed smallint not null, version bigint not null, due_at bigint,
        started_at bigint not null, hash smallint not null, state text not null) with (fillfactor = 50);
      create index ew_sagas_due on ew_sagas (saga, due_at, id) where due_at is not null;
      create index ew_sagas_open on ew_sagas (id) where closed = 0;
      create index ew_sagas_status on ew_sagas (saga, status, id);
      create table ew_mail (
        seq bigint primary key, at bigint not null, saga ${text} not null, hash smallint not null,
        address ${text} not null, key ${text} not null, kind ${text} not null, body text,
        constraint ew_mail_key unique (saga, address, key)) with (fillfactor = 50);
      create index ew_mail_waiting on ew_mail (saga, seq) where body is not null;
      create table ew_timers (
        id ${text} primary key, service ${text} not null, due_at bigint not null, command text not null,
        data text not null, meta text not null);
      create index ew_timers_due on ew_timers (service, due_at, id);
      create table ew_channels (
        no int generated always as identity primary key, name ${text} unique, partitions int not null,
        retention bigint);
      create table ew_partitions (
        channel int not null, partition int not null, first bigint not null, next bigint not null,
        last_at bigint not null, primary key (channel, partition)) with (fillfactor = 10);
      create table ew_messages (
        "offset" bigint not null, at bigint not null, channel int not null, partition int not null, id text not null,
        key text not null, headers text not null, value text not null, primary key (channel, partition, "offset"));
      ${commitFunction}
      ${publishFunction}`,
  },
  {
    // Behind the events by what nobody has taken into it yet: appends do not pay for it.
    format: 2,
    sql: `
      create table ew_correlations (
        correlation ${text} not null, part smallint not null, position bigint not null,
        primary key (correlation, part, position));
      insert into ew_sequences values ('correlated 0', 0), ('correlated 1', 0);`,
  },
]

/** The format that this release writes. */
export const newestFormat: number = migrations.at(-1)?.format ?? 0

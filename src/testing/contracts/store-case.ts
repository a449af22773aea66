import assert from 'node:assert/strict'
import { isEventwrightError, type ErrorCode } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { streamHash } from '../../base/hash.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import type { NewEvent, Partition } from '../../ports/stored-event.ts'
import type {
  Append,
  Committed,
  Expected,
  InboxRow,
  Loss,
  Outcome,
  PositionMove,
  Unit,
} from '../../ports/unit-of-work.ts'
import type { RowWrite, TableSpec } from '../../ports/views.ts'

/** What a test of the store contract works on. */
export interface StoreTrial {
  readonly store: Store
  /** Opens the same data once more, beside the first store, as another process would. */
  another(): Promise<Store>
  /** Lets time pass on the store's clock. */
  pass(ms: number): Promise<void>
  /** How long to wait for what must come. */
  readonly patienceMs: number
}

/** One test of the store contract. */
export interface StoreCase {
  readonly title: string
  readonly run: (trial: StoreTrial) => Promise<void>
}

/** An event with a fresh id. */
export function event(change: Partial<NewEvent> = {}): NewEvent {
  return {
    id: newId(),
    type: 'Noted',
    schemaVersion: 1,
    occurredAtMs: 1_700_000_000_000,
    data: '{"text":"a"}',
    meta: '{}',
    checksum: 3_735_928_559,
    ...change,
  }
}

/** So many events for a stream. */
export function append(
  stream: string,
  expected: Expected,
  events: number | readonly NewEvent[] = 1,
  partition: Partition = 0,
): Append {
  const list = typeof events === 'number' ? Array.from({ length: events }, () => event()) : events
  return { stream, hash: streamHash(stream), partition, expected, events: list }
}

/** A unit that appends to one stream. */
export function unit(stream: string, expected: Expected = 'any', events: number | readonly NewEvent[] = 1): Unit {
  return { appends: [append(stream, expected, events)] }
}

/** An inbox row of a service `shop`. */
export function inbox(key: string, change: Partial<InboxRow> = {}): InboxRow {
  return { service: 'shop', consumer: 'commands', key, fingerprint: 'f1', outcome: '{"status":"done"}', ...change }
}

/** A move of a claimed position. */
export function move(
  { consumer, source, bucket, epoch, position }: OwnershipRow,
  to: number,
  change: Partial<PositionMove> = {},
): PositionMove {
  return { consumer, source, bucket, epoch, from: position, to, ttlMs: 10_000, ...change }
}

/** Makes a consumer with one bucket and claims it. */
export async function claimed(store: Store, consumer = 'orders'): Promise<OwnershipRow> {
  await store.ownership.ensure(consumer, 'log', 1, 0)
  const [row] = await store.ownership.claim(consumer, 'log', 'worker-1', 10_000)
  assert.ok(row !== undefined, 'nothing was claimed')
  return row
}

/** A small table: `name` text, `size` integer; `name` is unique if asked for. */
export function table(name = 'view_things_1', change: Partial<TableSpec> = {}): TableSpec {
  const columns = [
    { name: 'name', kind: 'text', nullable: true },
    { name: 'size', kind: 'integer', nullable: true },
  ] as const
  return { name, columns, indexes: [['size']], unique: [], ...change }
}

/** Writes of rows to a table. */
export function put(
  key: string,
  values: Readonly<Record<string, unknown>> | undefined,
  change: Partial<RowWrite> = {},
): RowWrite {
  return { table: 'view_things_1', key, row: values && { name: null, size: null, ...values }, applied: 1, ...change }
}

/** The outcome of the only unit of a batch. */
export async function commitOne(store: Store, single: Unit): Promise<Outcome> {
  const outcomes = await store.commit([single])
  assert.equal(outcomes.length, 1)
  return outcomes[0] as Outcome
}

/** The outcome, which must be a win. */
export function won(outcome: Outcome | undefined): Committed {
  if (outcome?.ok !== true) assert.fail(`the unit lost: ${JSON.stringify(outcome)}`)
  return outcome
}

/** The outcome, which must be a loss for that reason. */
export function lost<R extends Loss['reason']>(outcome: Outcome | undefined, reason: R): Loss & { readonly reason: R } {
  if (outcome === undefined || outcome.ok || outcome.reason !== reason)
    assert.fail(`expected ${reason}, got ${JSON.stringify(outcome)}`)
  return outcome as Loss & { readonly reason: R }
}

/** Asserts that the promise rejects with that code. */
export async function rejects(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(isEventwrightError(error, code), `expected ${code}, got ${String(error)}`)
}

/** `[position, stream, version]` of every event of a partition. */
export async function everything(
  store: Store,
  partition: Partition = 0,
): Promise<readonly (readonly [number, string, number])[]> {
  const events = await store.log.readLog({ partition, after: 0, limit: 100_000 })
  return events.map(({ position, stream, version }) => [position, stream, version])
}

import { failure } from '../../base/errors.ts'
import { freezeDeep } from '../../base/freeze.ts'
import type { Meta, RowMeta } from '../../design/meta.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Row } from '../../ports/views.ts'
import type { Statement } from '../../ports/unit-of-work.ts'

/** What a projection's handler sees of an event, whether it is stored already or about to be. */
export interface Fact {
  readonly type: string
  readonly data: unknown
  readonly meta: Meta
}

/**
 * The row of a key after one more event, checked and canonical; undefined deletes it. SQL that the handler records goes
 * into `statements`. Throws what the handler throws; EW_VALIDATION when the row does not match its schema.
 */
export function foldRow(
  projection: AnyProjection,
  key: string,
  row: Row | undefined,
  fact: Fact,
  statements: Statement[],
): Row | undefined {
  const handler = projection.on[fact.type]
  if (handler === undefined) return row
  const tx = { run: (sql: string, params: readonly unknown[] = []) => void statements.push({ sql, params }) }
  // A handler that changes its row in place and then throws must not find half of it when it is tried again.
  const next: unknown = handler(freezeDeep(row), fact.data, new KeyedMeta(fact.meta, key), tx)
  return next === undefined ? undefined : (projection.row.parse(next) as Row)
}

/** The keys of an event for a projection, each once, in the order given. Error: EW_DESIGN when it answers no text. */
export function keysOf(
  projection: { readonly name: string; key(data: unknown, meta: Meta): string | readonly string[] },
  fact: Fact,
): readonly string[] {
  const keys = projection.key(fact.data, fact.meta)
  const list = typeof keys === 'string' ? [keys] : keys
  if (!Array.isArray(list) || list.some((key) => typeof key !== 'string' || key.length === 0)) {
    throw failure(
      'EW_DESIGN',
      `key of ${projection.name} answered ${JSON.stringify(keys)} for ${fact.type}; a key is a text with at least one character.`,
    )
  }
  return list.length > 1 ? [...new Set(list)] : list
}

class KeyedMeta implements RowMeta {
  readonly #meta: Meta
  readonly key: string

  constructor(meta: Meta, key: string) {
    this.#meta = meta
    this.key = key
  }
  get id(): string {
    return this.#meta.id
  }
  get stream(): string {
    return this.#meta.stream
  }
  get version(): number {
    return this.#meta.version
  }
  get position(): number {
    return this.#meta.position
  }
  get occurredAt(): string {
    return this.#meta.occurredAt
  }
  get recordedAt(): string {
    return this.#meta.recordedAt
  }
  get correlationId(): string {
    return this.#meta.correlationId
  }
  get causationId(): string {
    return this.#meta.causationId
  }
  get traceparent(): string {
    return this.#meta.traceparent!
  }
  get tracestate(): string {
    return this.#meta.tracestate!
  }
  get actor(): string {
    return this.#meta.actor!
  }
  get tenant(): string {
    return this.#meta.tenant!
  }
}

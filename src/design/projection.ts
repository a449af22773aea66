import { freezeDeep } from '../base/freeze.ts'
import type { In, Out, Shape } from '../schema/field.ts'
import type { ShapeNode } from '../schema/node.ts'
import { columnsOf, type Column } from './columns.ts'
import type { AnyEvent } from './definition.ts'
import type { Recording } from './effects.ts'
import { hashOf, sourcesOf } from './identity.ts'
import type { Meta, RowMeta } from './meta.ts'
import { frozenObjectives, type Objectives } from './objectives.ts'
import type { Unfinished, ViewDecl } from './part.ts'
import { shapeCodec } from './shape-codec.ts'
import { definitionList, frozenList, frozenTable } from './tables.ts'

/** When rows are written: in the commit of the events, soon after it, or only in memory. */
export type ProjectionMode = 'inline' | 'async' | 'live'

/** Any projection, with what the runtime needs of it. */
export interface AnyProjection {
  readonly kind: 'projection'
  /** The name of its view. */
  readonly name: string
  readonly '~commands': never
  readonly '~view': any
  readonly from: readonly AnyEvent[]
  /** The keys of the rows that an event changes; none is allowed. */
  key(data: any, meta: Meta): string | readonly string[]
  readonly row: RowSpec
  readonly index: readonly (readonly string[])[]
  readonly unique: readonly (readonly string[])[]
  readonly version: number
  readonly mode: ProjectionMode
  readonly objectives: Objectives | undefined
  readonly on: { readonly [type: string]: (row: any, data: any, meta: RowMeta, tx: Recording) => any }
  /** Hash of the declared parts: name, version, mode, sources, row, indexes. Another identity is another table. */
  readonly identity: string
  /**
   * Hash of the handlers' text: a hint that differs between sources and builds and does not see functions they call.
   */
  textHash(): string
}

/** The rows of a projection. */
export interface RowSpec {
  readonly node: ShapeNode
  readonly columns: readonly Column[]
  /** What a handler returned as a canonical row. Error: EW_VALIDATION, also for columns that are not declared. */
  parse(value: unknown): { readonly [column: string]: unknown }
}

/** A finished projection. */
export interface ProjectionDef<N extends string, Row, Ix extends string> extends AnyProjection {
  readonly name: N
  readonly '~view': ViewDecl<N, Row, Ix>
}

type RowHandlers<E extends AnyEvent, Row, RowIn> = {
  readonly [M in E as M['type']]: (
    row: Row | undefined,
    event: M['~data'],
    meta: RowMeta,
    tx: Recording,
  ) => RowIn | undefined
}

/** A projection without its handlers. */
export interface NeedsOn<
  N extends string,
  E extends AnyEvent,
  Row,
  RowIn,
  Ix extends string,
> extends Unfinished<'a projection needs .on({ … })'> {
  /**
   * For every event of `from`: the row before (undefined where there is none) to the row after (undefined deletes it).
   * Pure but for `tx.run`; it is called again in rebuilds and after crashes.
   */
  on(handlers: RowHandlers<E, Row, RowIn>): ProjectionDef<N, Row, Ix>
}

type OneOrMany<K> = K | readonly K[]
type ColumnNames<X> = X extends readonly OneOrMany<infer K>[] ? K & string : never

/**
 * Declares a view: rows folded from events. The row schema is the table and the type of queries.
 *
 * `index` names what can be filtered and sorted by (several columns in a list of their own); `unique` is only for mode
 * `inline`, where a second row with the same values refuses the commit by EW_UNIQUE. `inline` rows are written in the
 * commit of their events, for events of one aggregate whose row key is the id of the stream. Raise `version` whenever
 * the handlers change their mind: the view is then rebuilt beside the old one. `objectives` say how fresh it is to be.
 */
export function projection<
  const N extends string,
  const Es extends readonly AnyEvent[],
  S extends Shape,
  const Ix extends readonly OneOrMany<keyof Out<S> & string>[] = readonly [],
  const Uq extends readonly OneOrMany<keyof Out<S> & string>[] = readonly [],
>(
  name: N,
  head: {
    readonly from: Es
    readonly key: (event: Es[number]['~data'], meta: Meta) => string | readonly string[]
    readonly row: S
    readonly index?: Ix
    readonly unique?: Uq
    readonly version?: number
    readonly mode?: ProjectionMode
    readonly objectives?: Objectives
  },
): NeedsOn<N, Es[number], Out<S>, In<S>, ColumnNames<Ix> | ColumnNames<Uq>> {
  const from = definitionList<AnyEvent>('event', head.from, `from of projection ${name}`)
  const { version = 1, mode = 'async' } = head
  const index = columnLists(head.index)
  const unique = columnLists(head.unique)
  const codec = shapeCodec(head.row, `the row of projection ${name}`)
  const row: RowSpec = Object.freeze({
    node: codec.node,
    columns: columnsOf(codec.node),
    parse: (value: unknown) => codec.make(value, `A row of the view ${name}`) as { readonly [column: string]: unknown },
  })
  const identity = hashOf({ name, version, mode, sources: sourcesOf(from), row: codec.schemaHash, index, unique })
  const objectives = frozenObjectives(head.objectives)
  const declared = { name, from, key: head.key, row, index, unique, version, mode, objectives, identity }
  const parts = { kind: 'projection' as const, ...declared }
  return Object.freeze({
    kind: 'a projection needs .on({ … })',
    name,
    on(handlers: AnyProjection['on']) {
      const on = frozenTable(handlers)
      return Object.freeze({ ...parts, on, textHash: () => textHash(on, head.key) })
    },
  }) as unknown as NeedsOn<N, Es[number], Out<S>, In<S>, ColumnNames<Ix> | ColumnNames<Uq>>
}

function columnLists(lists: readonly OneOrMany<string>[] | undefined): readonly (readonly string[])[] {
  return freezeDeep(frozenList(lists).map((names) => (typeof names === 'string' ? [names] : [...names])))
}

function textHash(on: AnyProjection['on'], key: AnyProjection['key']): string {
  const texts = Object.entries(on)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, handler]) => [type, String(handler)])
  return hashOf([String(key), ...texts])
}

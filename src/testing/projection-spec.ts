import { isDeepStrictEqual } from 'node:util'
import { failure } from '../base/errors.ts'
import { idOf, streamName } from '../base/stream-name.ts'
import type { EventMessage } from '../design/message.ts'
import type { AnyProjection } from '../design/projection.ts'
import type { Statement } from '../ports/unit-of-work.ts'
import type { Row } from '../ports/views.ts'
import { foldRow, keysOf, type Fact } from '../runtime/views/row-folding.ts'
import { differs, shownMessage, shownValue } from './difference.ts'
import { givenMeta } from './given-meta.ts'
import { throughStore } from './stored-form.ts'

/** SQL that a handler has recorded by `tx.run`. */
export interface RecordedSql {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** The rows of a view after its events. Every method fails by an `AssertionError` that shows the difference. */
export interface Rows<Row> {
  /** The row of a key; values are compared in their canonical form, so `'1.5'` is `'1.50'` in a decimal of scale 2. */
  expectRow(key: string, row: Row): Rows<Row>
  expectNoRow(key: string): Rows<Row>
  /** All rows by key, no more and no fewer. */
  expectRows(rows: { readonly [key: string]: Row }): Rows<Row>
  /** Everything that handlers have recorded by `tx.run`, in order. */
  expectSql(...statements: readonly RecordedSql[]): Rows<Row>
}

/** A view and the events that it has met. */
export interface ProjectionGiven<Row> extends Rows<Row> {
  /** Further events, in the order of the store, each in the stream of its key. */
  given(...events: readonly EventMessage[]): ProjectionGiven<Row>
  /** Further events of one stream, for views that look at `meta.stream` or `meta.version`. */
  givenIn(stream: string, ...events: readonly EventMessage[]): ProjectionGiven<Row>
  /**
   * Delivers every event twice, as after a crash between the handler and the commit: the first result is lost and the
   * handler is called again for the row as it was. Fails when it then answers another row or records other SQL.
   */
  deliveredTwice(): ProjectionGiven<Row>
}

/** One step of a history: events of a stream (undefined: of the stream of their key). */
interface Step {
  readonly stream: string | undefined
  readonly messages: readonly EventMessage[]
}

/** Rows of a projection after steps of events. Errors: EW_DESIGN for a wrong event or key; what the handlers throw. */
export function projectionGiven(
  projection: AnyProjection,
  steps: readonly Step[] = [],
  twice = false,
): ProjectionGiven<Row> {
  const folded = fold(projection, steps, twice)
  const and = (stream: string | undefined, messages: readonly EventMessage[]): ProjectionGiven<Row> =>
    projectionGiven(projection, [...steps, { stream, messages }], twice)
  const context = ['given', ...steps.flatMap(({ messages }) => messages.map((each) => `  ${shownMessage(each)}`))]
  const self: ProjectionGiven<Row> = {
    given: (...messages) => and(undefined, messages),
    givenIn: (stream, ...messages) => and(stream, messages),
    deliveredTwice: () => projectionGiven(projection, steps, true),
    expectRow(key, row) {
      compare(
        `The row "${key}" of the view ${projection.name}`,
        projection.row.parse(row),
        folded.rows.get(key),
        self.expectRow,
      )
      return self
    },
    expectNoRow(key) {
      compare(`The row "${key}" of the view ${projection.name}`, undefined, folded.rows.get(key), self.expectNoRow)
      return self
    },
    expectRows(rows) {
      const expected = Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, projection.row.parse(row)]))
      compare(`The rows of the view ${projection.name}`, expected, Object.fromEntries(folded.rows), self.expectRows)
      return self
    },
    expectSql(...statements) {
      compare(`The SQL of the view ${projection.name}`, statements, folded.statements, self.expectSql)
      return self
    },
  }
  return self

  function compare(what: string, expected: unknown, came: unknown, caller: Function): void {
    if (isDeepStrictEqual(came, expected)) return
    const shown = (value: unknown): string[] => [value === undefined ? 'no row' : shownValue(value)]
    throw differs({ what: `${what}: not as expected.`, expected: shown(expected), came: shown(came), context }, caller)
  }
}

interface Folded {
  readonly rows: ReadonlyMap<string, Row>
  readonly statements: readonly Statement[]
}

function fold(projection: AnyProjection, steps: readonly Step[], twice: boolean): Folded {
  const rows = new Map<string, Row>()
  const statements: Statement[] = []
  const versions = new Map<string, number>()
  let position = 0
  for (const { stream, messages } of steps) {
    for (const { message, type, data } of throughStore(`The view ${projection.name}`, projection.from, messages)) {
      position++
      const factIn = (within: string): Fact => {
        const place = { stream: within, version: (versions.get(within) ?? 0) + 1, position }
        return { type, data, meta: givenMeta(message, place, { committed: projection.mode !== 'inline' }) }
      }
      const fact = factIn(stream ?? streamOfKey(projection, factIn))
      versions.set(fact.meta.stream, fact.meta.version)
      const keys = keysOf(projection, fact)
      assertInlineKey(projection, keys, fact)
      for (const key of keys) apply(projection, key, fact, rows, statements, twice)
    }
  }
  return { rows: new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1))), statements }
}

/** A test that names no stream gets the one whose id is the key, which is what inline views demand. */
function streamOfKey(projection: AnyProjection, factIn: (stream: string) => Fact): string {
  const [key] = keysOf(projection, factIn('Given/1'))
  return streamName('Given', key ?? '1')
}

function assertInlineKey(projection: AnyProjection, keys: readonly string[], { type, meta }: Fact): void {
  if (projection.mode !== 'inline' || (keys.length === 1 && keys[0] === idOf(meta.stream))) return
  throw failure(
    'EW_DESIGN',
    `The inline view ${projection.name} answered the keys ${JSON.stringify(keys)} for a ${type} ` +
      `of ${meta.stream}; it must be the id of the stream.`,
  )
}

function apply(
  projection: AnyProjection,
  key: string,
  fact: Fact,
  rows: Map<string, Row>,
  statements: Statement[],
  twice: boolean,
): void {
  const before = rows.get(key)
  const recorded: Statement[] = []
  const row = foldRow(projection, key, before, fact, recorded)
  if (twice) {
    const again: Statement[] = []
    const second = foldRow(projection, key, before, fact, again)
    if (!isDeepStrictEqual([row, recorded], [second, again])) {
      const shown = (value: Row | undefined, sql: readonly Statement[]): string[] => [
        value === undefined ? 'no row' : shownValue(value),
        ...sql.map((each) => shownValue(each)),
      ]
      const what = `${fact.type} led the view ${projection.name} to something else when it was delivered again.`
      throw differs({ what, expected: shown(row, recorded), came: shown(second, again) }, apply)
    }
  }
  statements.push(...recorded)
  if (row === undefined) rows.delete(key)
  else rows.set(key, row)
}

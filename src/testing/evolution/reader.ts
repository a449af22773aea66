import type { AnyAggregate } from '../../design/aggregate.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Row } from '../../ports/views.ts'
import { evolved } from '../../runtime/commands/repository.ts'
import { foldRow, keysOf, type Fact } from '../../runtime/views/row-folding.ts'
import { givenMeta } from '../given-meta.ts'

/** An event that was met, in today's version. */
export interface Met {
  readonly type: string
  readonly data: unknown
}

/** Whoever folds events: an aggregate or a projection. */
export interface Reader {
  /** For messages: `aggregate Order`. */
  readonly name: string
  readonly events: readonly AnyEvent[]
  /** Folds a whole history from the beginning; throws what the handlers throw. */
  fold(history: readonly Met[]): void
}

/** An aggregate's `evolve` as a reader. */
export function aggregateReader(aggregate: AnyAggregate): Reader {
  const { name, events } = aggregate
  return {
    name: `aggregate ${name}`,
    events,
    fold(history) {
      let state: unknown = aggregate.initial()
      for (const { type, data, meta } of factsOf(`${name}/1`, history))
        state = evolved(aggregate, state, type, data, meta)
    },
  }
}

/**
 * A projection as a reader. The whole history is folded into one row, whatever the keys of its events, since events
 * that were drawn at random seldom share a key.
 */
export function projectionReader(projection: AnyProjection): Reader {
  const { name, from, mode } = projection
  return {
    name: `projection ${name}`,
    events: from,
    fold(history) {
      let row: Row | undefined
      for (const fact of factsOf('Given/1', history, mode !== 'inline')) {
        row = foldRow(projection, keysOf(projection, fact)[0] ?? 'none', row, fact, [])
      }
    },
  }
}

function factsOf(stream: string, history: readonly Met[], committed = true): readonly Fact[] {
  return history.map(({ type, data }, index) => {
    const place = { stream, version: index + 1, position: index + 1 }
    return { type, data, meta: givenMeta({ occurredAt: undefined }, place, { committed }) }
  })
}

/**
 * What the server of the console and its page say to each other: JSON shapes and paths, nothing else; the shapes that
 * belong to one page are in `wire/`. Paths are below `<base>console/api/`; a name inside of a path is encoded by
 * `encodeURIComponent`, once.
 *
 * Times are ISO texts in UTC whose names end in `At`; spans are milliseconds whose names end in `Ms`; what else is
 * counted says what it counts in its name. Every answer says by `measuredAt` when its numbers were read. A `partition` is
 * `0` (default), events of the design, or `1`, those of the engine as of sagas and orders; live ones may be of `both`.
 *
 * | path | answer |
 * |---|---|
 * | `GET session` | `Session` |
 * | `GET overview` | `Overview` |
 * | `GET live?type=&stream=&correlation=&partition=` | server-sent events: `event`, `missed`, `end`; see `LiveMissed` |
 * | `GET events?type=&category=&partition=` | `Page<EventItem>`, the newest first |
 * | `GET events/:id` | `EventStory` |
 * | `GET streams?category=&status=` | `Page<StreamItem>` |
 * | `GET streams/:stream` | `StreamStory` |
 * | `GET streams/:stream/events?order=` | `Page<EventItem>`; `order` is `newest` (default) or `oldest` |
 * | `GET streams/:stream/states?order=` | `Page<StateItem>` |
 * | `POST streams/:stream/archive`, `…/reopen` | `Done` |
 * | `POST streams/:stream/delete` | `Job`; the body says its `name` once more |
 * | `GET views` | `Page<ViewItem>` |
 * | `GET views/:view` | `ViewStory` |
 * | `GET views/:view/rows?orderBy=&descending=true&where.<column>=` | `Page<RowItem>` |
 * | `GET views/:view/rows/:key` | `RowItem & Measured` |
 * | `POST views/:view/rebuild` | `Job` |
 * | `POST views/:view/rows/:key/rebuild` | `Done` |
 * | `GET sagas?saga=&status=` | `Page<SagaItem>` |
 * | `GET sagas/counts` | `SagaCounts` |
 * | `GET sagas/:instance` | `SagaStory` |
 * | `POST sagas/:instance/<SagaOrderName>` | `SagaOrdered`; the body may name a `step` and, to skip, an `output` |
 * | `GET timers?service=` | `Page<TimerItem>` |
 * | `GET dead-letters?consumer=&code=&type=` | `Page<DeadLetterItem>` |
 * | `GET dead-letters/groups` | `DeadLetterGroups` |
 * | `GET dead-letters/actions?consumer=&key=&kind=` | `Page<DeadLetterAction>`, the newest first |
 * | `GET dead-letters/frozen?consumer=&code=&type=` | `FrozenLetters`: what a bulk order is about from then on |
 * | `GET dead-letters/of/:consumer/:key` | `DeadLetterStory` |
 * | `POST dead-letters/of/:consumer/:key/replay` | `Done`; the body may say `force: true` |
 * | `POST dead-letters/of/:consumer/:key/discard` | `Done` |
 * | `POST dead-letters/of/:consumer/:key/edit` | `Done`; the body has the new `data`, and may say `replay: true` |
 * | `POST dead-letters/replay`, `…/discard` | `Job`; the body is a `Bulk` |
 * | `GET dead-letters/plan?frozen=`, or `?consumer=&code=&type=`; `&force=true` | `ReplayPlan`: a dry run |
 * | `GET dead-letters/of/:consumer/:key/plan?force=true` | `ReplayPlan` |
 * | `GET channels` | `Page<ChannelItem>` |
 * | `GET consumers` | `Page<StoredConsumerItem>` |
 * | `POST consumers/:consumer/forget` | `Done`; the body says its `name` once more, and may say `withDeadLetters`, `withRows` |
 * | `GET processes` | `Page<ProcessItem>` |
 * | `GET search?q=` | `SearchAnswer` |
 * | `GET correlations/:id` | `Trace` |
 * | `GET system` | `SystemMap` |
 * | `GET jobs`, `GET jobs/:id` | `Page<Job>`, `Job & Measured` |
 * | `POST jobs/:id/cancel` | `Job` |
 * | `POST verify/store`, `POST verify/views` | `Job` |
 * | `GET actions` | `Page<AuditItem>`, the newest first |
 *
 * Every `POST` has a JSON body with a `reason` and the header `idempotency-key`; sent again with the same key it is the
 * same order and gets the same answer. Errors are `Problem`s as `application/problem+json`.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** What stands in the place of personal data that the reader may not see. */
export const masked = '•••••'

/** When the numbers of an answer were read. */
export interface Measured {
  readonly measuredAt: string
}

/** A page of a list; `next` goes into `?cursor=` for the page behind it. `?limit=` is at most 500, by default 50. */
export interface Page<T> extends Measured {
  readonly items: readonly T[]
  readonly next?: string
}

/** An error: `code` is stable, `detail` says what to do. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Fields of a body that are wrong. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
}

/** What somebody may do: look, or also give orders. */
export type Role = 'viewer' | 'operator'

/** Who asks, and what the console is about. */
export interface Session extends Measured {
  readonly who: string
  readonly role: Role
  readonly seesPersonalData: boolean
  readonly system: string
  /** `production`, `test`, …; undefined where the host does not say. */
  readonly environment?: string
  readonly store: { readonly name: string; readonly id: string }
  /** Who has a session of their own may give it up at `POST session/end`, which alone needs no reason. */
  readonly canLeave: boolean
}

/** How something stands, the worst last. */
export type Health = 'good' | 'busy' | 'warn' | 'bad'

/** Where the page shows something: the page, what of it, and how it is filtered. */
export interface Place {
  readonly page: string
  readonly parts?: readonly string[]
  readonly query?: Readonly<Record<string, string>>
}

/** Something that takes its time, done by the server. */
export interface Job {
  readonly id: string
  readonly what: string
  /** What it is about: a view, a group of dead letters. */
  readonly of: string
  readonly who: string
  readonly why: string
  /** `unknown`: another process has it, or had it when it ended. */
  readonly state: 'running' | 'done' | 'failed' | 'cancelled' | 'unknown'
  readonly startedAt: string
  readonly endedAt?: string
  /** In `unit`; undefined before anything is known. */
  readonly done?: number
  readonly total?: number
  readonly unit: string
  /** How it ended, in a sentence. */
  readonly outcome?: string
  /** What it has found, the first hundred. */
  readonly findings?: readonly string[]
  readonly canCancel: boolean
}

/** What an operator did. */
export interface AuditItem {
  readonly no: number
  readonly at: string
  readonly who: string
  readonly why: string
  readonly what: string
  readonly of: string
  /** How it ended; absent while it goes on or where that was not noted. */
  readonly outcome?: string
}

/** A short action was carried out. */
export interface Done {
  /** True where it had been done before under the same key. */
  readonly repeated: boolean
  readonly outcome: string
}

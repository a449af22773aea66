import { timestampOf } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import { compareText } from '../../base/row-value.ts'
import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { DeadLetter, ParkedAction, ParkedAttempt, ParkedKey, ParkedPage, ParkedTable } from '../../ports/parked.ts'
import { discardedCode } from '../../ports/parked-decision.ts'
import type { Store } from '../../ports/store.ts'
import { envelope } from '../log/envelope.ts'
import { plainMessage } from './dead-letter-text.ts'
import { replayPlan, type PlannedChoice, type ReplayPlan } from './replay-plan.ts'

/** A dead letter as an operator sees it in a list. */
export interface DeadLetterReport {
  readonly consumer: string
  readonly key: string
  /** `log`, `outbox`, `mail`, or the name of a channel. */
  readonly source: string
  /** Where it stands in its source. */
  readonly position: number
  /** The type of the message; null where it cannot be told. */
  readonly type: string | null
  readonly id: string | null
  readonly correlationId: string | null
  /** `replaying`: somebody wants it; its owner does it, or whoever owns it next. */
  readonly state: 'parked' | 'replaying'
  /** Why it failed last; `discarded` while what was behind a discarded one has not been tried. */
  readonly code: string
  readonly message: string
  readonly attempts: number
  /** How many replays of it failed. */
  readonly replays: number
  /** Those through what still runs, unedited. */
  readonly vainReplays: number
  readonly edits: number
  /** How many messages of the key wait behind it. */
  readonly behind: number
  readonly parkedAt: string
  readonly failedAt: string
}

/** Everything about one dead letter. */
export interface DeadLetterStory extends DeadLetterReport {
  readonly stack: string
  /** The first attempt and the newest nine; `attempts` says how many there were. */
  readonly history: readonly FailureMoment[]
  /** How replays of it ended: the first and the newest nine. */
  readonly replayEnds: readonly FailureMoment[]
  /** The schema version that it was written with; null where it cannot be told. */
  readonly schemaVersion: number | null
  /** The versions that this system reads; undefined without a system, or for what it does not declare. */
  readonly knownVersions?: readonly number[]
  /** What would be replayed: an event of the log, or the message as its channel brought it. */
  readonly content: Json
  /** What it was before it was edited first. */
  readonly original?: Json
  /** What was done to it and to its key before, the newest first; at most 100. */
  readonly actions: readonly DeadLetterAction[]
}

/** When something failed and why. */
export interface FailureMoment {
  readonly at: string
  readonly code: string
  readonly message: string
}

/** What an operator did to a dead letter. */
export interface DeadLetterAction extends Omit<ParkedAction, 'atMs' | 'raw' | 'edited' | 'bucket'> {
  readonly at: string
  /** The message before, where its source does not keep it. */
  readonly content?: Json
  /** What an edit made of it. */
  readonly edited?: Json
}

/** Read-only answers about dead letters. */
export interface DeadLetterReports {
  /** In the order of consumer and key, a page at a time. */
  list(page: ParkedPage): Promise<readonly DeadLetterReport[]>
  /** Where those of `list` stand and no more, which is read much sooner. */
  places(page: ParkedPage): Promise<readonly Pick<DeadLetterReport, 'consumer' | 'key' | 'position'>[]>
  /** How many there are, by consumer, code and type. */
  counts(consumer?: string): Promise<readonly DeadLetterCount[]>
  /** Undefined where the key is not parked. */
  get(consumer: string, key: string): Promise<DeadLetterStory | undefined>
  /**
   * Edits and discards, the newest first; of discarded ones this is what is left. Those of a live view, which end with
   * its process, come only where its consumer is named.
   */
  actions(page: {
    readonly consumer?: string
    readonly key?: string
    readonly kind?: 'edited' | 'discarded'
    /** The `seq` of the last one before. */
    readonly after?: number
    readonly limit: number
  }): Promise<readonly DeadLetterAction[]>
  /** What a replay would do, without doing any of it. Error: EW_PARKED for a key that is not parked. */
  planReplay(choice: PlannedChoice): Promise<ReplayPlan>
}

/** How many dead letters have the same reason and type. */
export interface DeadLetterCount {
  readonly consumer: string
  readonly code: string
  readonly type: string | null
  readonly count: number
}

/**
 * Reads dead letters of a store, and of this process's live views; with the graph of a system it says which versions
 * that knows.
 */
export function deadLetterReports(store: Store, live: Store | undefined, graph: Graph | undefined): DeadLetterReports {
  const tables = [store, ...(live === undefined ? [] : [live])].map(({ parked }) => parked)
  return {
    list: async (page) => (await merged(tables, page, (table) => table.list(page))).map(reportOf),
    async places(page) {
      const found = await merged(tables, page, (table) => table.summaries(page))
      return found.map(({ consumer, key, position }) => ({ consumer, key, position }))
    },
    async counts(consumer) {
      return (await Promise.all(tables.map((table) => table.counts(consumer)))).flat()
    },
    async get(consumer, key) {
      for (const table of tables) {
        const letter = await table.get(consumer, key)
        if (letter === undefined) continue
        return storyOf(letter, await table.actions({ consumer, key, limit: 100 }), await eventAt(store, letter), graph)
      }
      return undefined
    },
    async actions(page) {
      const { consumer } = page
      const isLive = consumer !== undefined && (await live?.ownership.list(consumer))?.length
      return (await (isLive ? live! : store).parked.actions(page)).map(actionOf)
    },
    planReplay: (choice) => replayPlan({ store, live, graph }, choice),
  }
}

/** A parked key as an operator sees it. */
export function reportOf(parked: ParkedKey): DeadLetterReport {
  const { consumer, key, source, position, type, id, correlationId, code, message, resuming, waiting } = parked
  const { attempts, replays, vainReplays, edits, parkedAtMs, failedAtMs } = parked
  return {
    consumer,
    key,
    source,
    position,
    type,
    id,
    correlationId,
    state: resuming ? 'replaying' : 'parked',
    code,
    message,
    attempts,
    replays,
    vainReplays,
    edits,
    behind: code === discardedCode ? waiting : Math.max(0, waiting - 1),
    parkedAt: timestampOf(parkedAtMs),
    failedAt: timestampOf(failedAtMs),
  }
}

function storyOf(
  letter: DeadLetter,
  actions: readonly ParkedAction[],
  event: Json | undefined,
  graph: Graph | undefined,
): DeadLetterStory {
  const { stack, history, ends, schemaVersion, raw, type, position } = letter
  const known = type === null ? undefined : knownVersions(graph, type)
  const edits = actions.filter(({ kind, position: at }) => kind === 'edited' && at === position)
  const first = edits.at(-1)?.raw
  return {
    ...reportOf(letter),
    stack,
    history: history.map(momentOf),
    replayEnds: ends.map(momentOf),
    schemaVersion,
    ...(known !== undefined && { knownVersions: known }),
    content: raw === undefined ? (event ?? null) : plainMessage(raw),
    ...(first !== undefined && { original: plainMessage(first) }),
    actions: actions.map(actionOf),
  }
}

function actionOf({ atMs, raw, edited, ...action }: ParkedAction): DeadLetterAction {
  return {
    ...action,
    at: timestampOf(atMs),
    ...(raw !== undefined && { content: plainMessage(raw) }),
    ...(edited !== undefined && { edited: plainMessage(edited) }),
  }
}

function momentOf({ atMs, ...why }: ParkedAttempt): FailureMoment {
  return { at: timestampOf(atMs), ...why }
}

/** As it is stored: what a view or a subscription makes of it is not asked. */
async function eventAt({ log }: Store, { source, position }: DeadLetter): Promise<Json | undefined> {
  if (source !== storeSources.log) return undefined
  const [stored] = await log.at([position])
  if (stored === undefined) return undefined
  const { data, ...rest } = envelope(stored, undefined).toJSON()
  const { problem: _, ...event } = rest
  return JSON.parse(JSON.stringify({ ...event, data: plainMessage(String(data ?? 'null')) })) as Json
}

function knownVersions(graph: Graph | undefined, type: string): readonly number[] | undefined {
  const event = graph?.events.get(type)?.definition
  if (event !== undefined) return event.versions.map(({ schemaVersion }) => schemaVersion)
  const command = graph?.commands.get(type)?.definition
  return command && [command.schemaVersion]
}

/** The first ones of all tables, each of which answers its own in order. */
async function merged<T extends Pick<ParkedKey, 'consumer' | 'key'>>(
  tables: readonly ParkedTable[],
  { limit }: ParkedPage,
  read: (table: ParkedTable) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const found = (await Promise.all(tables.map(read))).filter(({ length }) => length > 0)
  // Mostly one table has them all, and there may be many.
  if (found.length < 2) return found[0] ?? []
  return found
    .flat()
    .sort((a, b) => compareText(a.consumer, b.consumer) || compareText(a.key, b.key))
    .slice(0, limit)
}

import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { streamName } from '../../base/stream-name.ts'
import type { CommandEntry } from '../../design/graph.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { Loss, Unit } from '../../ports/unit-of-work.ts'
import type { Beginnings } from './beginnings.ts'
import { decide, type Verdict } from './decision.ts'
import type { CommandKey } from './key.ts'
import { appendedEvents, doneOutcome, receiptFor, type Attempted, type StoredOutcome } from './outcome.ts'
import type { CommitQueue } from '../commits/queue.ts'
import { conflictAttempts, conflictPauseMs } from './conflict-retry.ts'
import { causeOf, type ExecuteOptions } from './execute-options.ts'
import { freshKey } from './fresh-key.ts'
import type { DecisionContext } from './handle-context.ts'
import type { InlineViews } from '../views/inline-views.ts'
import type { Repository } from './repository.ts'
import { streamClosed } from '../streams/closed.ts'
import type { StreamLanes } from './stream-lanes.ts'
import { tracedCommit } from '../telemetry/traced-commit.ts'
import { timerWrites } from '../timers/schedule.ts'
import { originOf, UnitOfWork } from './unit-of-work.ts'

/** What running a command needs of the runtime. */
export interface RunContext extends DecisionContext {
  readonly queue: Pick<CommitQueue, 'commit'>
  readonly repository: Repository
  readonly inline: InlineViews
  readonly clock: Clock
  readonly lanes: StreamLanes
  /** Default: the stream of every command is read. */
  readonly beginnings?: Beginnings
  /** How often a command is tried when it loses; default 25. */
  readonly attempts?: number
  /** Told of commits where it is there. */
  readonly telemetry?: Telemetry | undefined
}

/** What is kept of a command, in the commit of its effects. */
export interface Keeping {
  readonly key: CommandKey
  /** Declared refusals that are kept; others leave no trace and may be asked again. Null or left out: all are kept. */
  readonly finalRefusals?: readonly string[] | null
}

/** What a run has led to; `first` when another run under the same key had its outcome before. */
export type Ran = Attempted<unknown, string> | { readonly first: StoredOutcome }

/**
 * Runs a command until it is decided; a conflict is tried again on fresh state. What fails because the same key has won
 * meanwhile answers as that one did. Errors: EW_CONCURRENCY, EW_STREAM_CLOSED, EW_STREAM_DELETED, EW_UNIQUE, EW_IDS,
 * EW_KEY_REUSED, what the handler throws.
 */
export async function runCommand(
  context: RunContext,
  entry: CommandEntry,
  command: CommandMessage,
  options: ExecuteOptions,
  keeping: Keeping | undefined,
): Promise<Ran> {
  try {
    return await new CommandRun(context, entry, command, options, keeping).decided()
  } catch (error) {
    const first = await keeping?.key.first()
    if (first === undefined) throw error
    return { first }
  }
}

type Conflict = Extract<Loss, { reason: 'conflict' }>

/** One command on its way through its attempts. */
class CommandRun {
  readonly #context: RunContext
  readonly #entry: CommandEntry
  readonly #command: CommandMessage
  readonly #options: ExecuteOptions
  readonly #keeping: Keeping | undefined
  readonly #origin: ReturnType<typeof originOf>

  constructor(
    context: RunContext,
    entry: CommandEntry,
    command: CommandMessage,
    options: ExecuteOptions,
    keeping: Keeping | undefined,
  ) {
    this.#context = context
    this.#entry = entry
    this.#command = command
    this.#options = options
    this.#keeping = keeping
    this.#origin = originOf(causeOf(options))
  }

  async decided(): Promise<Ran> {
    const { clock, lanes, attempts = conflictAttempts } = this.#context
    const { signal } = this.#options
    const own = this.#ownStream()
    let lost: Conflict | undefined
    let lane =
      own !== undefined && lanes.isOpen(own) ? { stream: own, leave: await lanes.take(own, signal) } : undefined
    try {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        // Whoever has lost in his turn has met another process, or one who took long in his own.
        if (lost !== undefined && lane?.stream === lost.stream) await clock.sleep(conflictPauseMs(attempt - 1), signal)
        else if (lost !== undefined) {
          lane?.leave()
          lane = { stream: lost.stream, leave: await lanes.take(lost.stream, signal) }
        }
        signal?.throwIfAborted()
        const answer = await this.#once(attempt < attempts && lost === undefined)
        if (!('lost' in answer)) return answer
        if (answer.lost.reason === 'conflict') lost = answer.lost
        else if (attempt < attempts) await clock.sleep(conflictPauseMs(attempt), signal)
      }
    } finally {
      lane?.leave()
    }
    throw lostForGood(this.#command.type, lost, attempts)
  }

  /** The stream that it is going to change, where that can be told before. */
  #ownStream(): string | undefined {
    const { part } = this.#entry
    return part.kind === 'aggregate'
      ? streamName(part.name, part.id(this.#command.data, this.#command.type))
      : undefined
  }

  async #once(mayAssume: boolean): Promise<Ran | { readonly lost: Loss }> {
    const assumed = mayAssume ? await this.#assumingNew() : undefined
    if (assumed !== undefined) return this.#commit(assumed.work, assumed.verdict)
    const work = this.#work()
    const verdict = await this.#decide(work)
    const own = this.#ownStream()
    const read = work.streams().find(({ base }) => base.stream === own)
    if (read !== undefined) this.#context.beginnings?.found(this.#command.type, read.base.version === 0)
    return this.#commit(work, verdict)
  }

  /**
   * Decides as for a new stream, without a read. Undefined where that is not likely, or led to nothing that the append
   * would hold to it.
   */
  async #assumingNew(): Promise<{ readonly work: UnitOfWork; readonly verdict: Verdict } | undefined> {
    const { beginnings, repository } = this.#context
    const { part } = this.#entry
    const { data, type } = this.#command
    if (part.kind !== 'aggregate' || beginnings?.isLikely(type) !== true) return undefined
    if (this.#options.expectedVersion !== undefined || repository.isKnown(this.#ownStream()!)) return undefined
    const work = this.#work()
    work.begin(part, part.id(data, type))
    const verdict = await this.#decide(work).catch(() => undefined)
    return verdict?.rejection === undefined && verdict !== undefined && work.hasEvents ? { work, verdict } : undefined
  }

  #work(): UnitOfWork {
    const { repository, clock } = this.#context
    return new UnitOfWork(repository, clock, this.#origin)
  }

  #decide(work: UnitOfWork): Promise<Verdict> {
    return decide(this.#context, this.#entry, this.#command, this.#options, this.#origin, work)
  }

  async #commit(work: UnitOfWork, verdict: Verdict): Promise<Ran | { readonly lost: Loss }> {
    const { inline, queue, store, telemetry } = this.#context
    await work.loadUnread(inline.feeds)
    const streams = verdict.rejection === undefined ? work.streams() : []
    const unit = verdict.rejection === undefined ? await unitWithRows(work, this.#context) : {}
    const whole: Unit = {
      ...unit,
      ...this.#inboxRow(
        verdict,
        streams.flatMap((each) => each.pending.map((p) => p.encoded.id)),
      ),
    }
    const { statements = [], outbox = [], timers = [] } = unit
    const isEmpty = !work.hasEvents && statements.length + outbox.length + timers.length === 0
    if (whole.inbox === undefined && (isEmpty || verdict.rejection !== undefined)) return this.#unstored(verdict)
    // What is only sent, scheduled or run as SQL has nothing by which a repeat of it would be recognised.
    const isKnown = work.hasEvents || whole.inbox !== undefined
    const known = isKnown ? whole : { ...whole, inbox: [freshKey(this.#entry.service)] }
    const outcome =
      telemetry === undefined ? await queue.commit(known) : await tracedCommit(telemetry, queue, known, this.#origin)
    if (!outcome.ok) return this.#lost(outcome)
    if (verdict.rejection !== undefined) return refused(verdict)
    work.committed()
    const events = appendedEvents(streams, outcome)
    return {
      ok: true,
      receipt: await receiptFor(store.storeId, store.log, events),
      events,
      reply: verdict.reply,
      repeated: false,
    }
  }

  #inboxRow({ rejection, reply }: Verdict, events: readonly string[]): Pick<Unit, 'inbox'> {
    if (this.#keeping === undefined) return {}
    const { key, finalRefusals = null } = this.#keeping
    if (rejection === undefined) return { inbox: [key.row(doneOutcome(this.#entry.definition, reply, events))] }
    const { code, detail } = rejection
    if (finalRefusals !== null && !finalRefusals.includes(code)) return {}
    return { inbox: [key.row({ status: 'refused', code, ...(detail !== undefined && { detail }) })] }
  }

  async #unstored(verdict: Verdict): Promise<Ran> {
    if (verdict.rejection !== undefined) {
      // It may rest on what a copy of the same request has done meanwhile; then that one's outcome is the answer.
      const first = await this.#keeping?.key.first()
      return first === undefined ? refused(verdict) : { first }
    }
    const { store } = this.#context
    return {
      ok: true,
      receipt: await receiptFor(store.storeId, store.log, []),
      events: [],
      reply: verdict.reply,
      repeated: false,
    }
  }

  #lost(loss: Loss): Ran | { readonly lost: Loss } {
    const { type } = this.#command
    if (loss.reason === 'conflict') this.#context.beginnings?.found(type, false)
    if (loss.reason === 'inbox') return { first: this.#keeping!.key.read(loss) }
    if (loss.reason === 'unique') {
      const { table, columns } = loss
      throw failure('EW_UNIQUE', `${type} would give a second row of ${table} the same ${columns.join(', ')}.`, {
        details: { table, columns },
      })
    }
    if (loss.reason === 'closed') throw streamClosed(loss)
    if (loss.reason === 'ids') throw failure('EW_IDS', `Event ids of ${type} stand in ${loss.stream} in part.`)
    const { expectedVersion } = this.#options
    if (loss.reason === 'conflict' && expectedVersion !== undefined) {
      const { stream, current } = loss
      throw failure('EW_CONCURRENCY', `${stream} has version ${current}; ${type} expected ${expectedVersion}.`, {
        details: { stream, currentVersion: current },
      })
    }
    return { lost: loss }
  }
}

function lostForGood(type: string, lost: Conflict | undefined, attempts: number): Error {
  const { stream, current } = lost ?? {}
  const where = lost === undefined ? 'a row of a view' : `${stream}, which has version ${current}`
  return failure(
    'EW_CONCURRENCY',
    `${type} lost against other writers ${attempts === 1 ? '' : `${attempts} times `}on ${where}.`,
    { details: { stream, currentVersion: current, attempts } },
  )
}

function refused({ rejection }: Verdict): Attempted<unknown, string> {
  return {
    ok: false,
    code: rejection!.code,
    repeated: false,
    ...(rejection!.detail !== undefined && { detail: rejection!.detail }),
  }
}

/** What was recorded, with the rows of inline views that it changes and the times of its timers. */
export async function unitWithRows(
  work: UnitOfWork,
  { inline, store }: Pick<RunContext, 'inline' | 'store'>,
): Promise<Unit> {
  const unit = work.unit()
  const timers = await timerWrites(work.timers, () => store.now())
  const { rows, statements } = await inline.writes(work.streams())
  const all = [...(unit.statements ?? []), ...statements]
  return {
    ...unit,
    ...(rows.length > 0 && { rows }),
    ...(all.length > 0 && { statements: all }),
    ...(timers.length > 0 && { timers }),
  }
}

import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import { fingerprint } from '../base/fingerprint.ts'
import { canonicalJson } from '../base/json.ts'
import { isStorable } from '../base/text.ts'
import { assertMessage, type CommandMessage } from '../design/message.ts'
import type { CommandEntry, Graph } from '../design/graph.ts'
import type { Store } from '../ports/store.ts'
import type { Loss, Unit } from '../ports/unit-of-work.ts'
import { answerAgain, appendedEvents, receiptFor, type Attempted, type StoredOutcome } from './command-outcome.ts'
import { decide, type Verdict } from './command-decision.ts'
import type { CommitQueue } from './commit-queue.ts'
import { conflictAttempts, conflictPauseMs } from './conflict-retry.ts'
import type { Authorise, ExecuteOptions } from './execute-options.ts'
import type { InlineViews } from './inline-views.ts'
import type { LogEvent } from './log-event.ts'
import type { Repository } from './repository.ts'
import { originOf, UnitOfWork } from './unit-of-work.ts'

/** Executes commands of the services that run here. */
export interface Commands {
  /**
   * Validated input in, outcome out. Conflicts are retried on fresh state; declared refusals are values.
   * Errors: EW_MESSAGE, EW_UNKNOWN_COMMAND, EW_UNAUTHORISED, EW_CONCURRENCY, EW_KEY_REUSED, EW_UNIQUE, what the handler
   * throws.
   */
  attempt(command: CommandMessage, options: ExecuteOptions): Promise<Attempted<unknown, string>>
}

/** What executing commands needs of the runtime. */
export interface CommandContext {
  readonly graph: Graph
  readonly services: ReadonlySet<string>
  readonly store: Store
  readonly queue: CommitQueue
  readonly repository: Repository
  readonly inline: InlineViews
  readonly clock: Clock
  readonly authorise: Authorise | undefined
  definitionOf(type: string): LogEvent['definition']
}

/** The consumer under which idempotency keys of commands stand in the inbox. */
export const commandInbox = 'commands'

/** Executes commands: validated, authorised, idempotent by key, retried on conflict. */
export function commands(context: CommandContext): Commands {
  return {
    async attempt(command, options) {
      const entry = find(context, command)
      assertOptions(command, entry, options)
      if (context.authorise !== undefined && (await context.authorise(command, options)) === false) {
        throw failure('EW_UNAUTHORISED', `${options.actor ?? 'An unnamed actor'} may not execute ${command.type}.`)
      }
      const request = new Request(context, entry, command, options)
      return (await request.known()) ?? (await request.settled())
    },
  }
}

function find(context: CommandContext, command: unknown): CommandEntry {
  assertMessage(command, 'execute')
  const entry = command.kind === 'command' ? context.graph.commands.get(command.type) : undefined
  if (entry === undefined || !context.services.has(entry.service)) {
    const where =
      entry === undefined ? 'No part of this system' : `Only the service ${entry.service}, which does not run here,`
    throw failure('EW_UNKNOWN_COMMAND', `${where} handles the ${command.kind} ${command.type}.`, {
      details: { type: command.type },
    })
  }
  if (entry.definition !== command.definition) {
    throw failure(
      'EW_MESSAGE',
      `${command.type} was made by another definition than the one that ${entry.service} handles.`,
    )
  }
  return entry
}

function assertOptions(
  command: CommandMessage,
  entry: CommandEntry,
  { idempotencyKey, expectedVersion }: ExecuteOptions,
): void {
  if (
    idempotencyKey !== undefined &&
    (typeof idempotencyKey !== 'string' || idempotencyKey === '' || !isStorable(idempotencyKey))
  ) {
    throw failure(
      'EW_TEXT',
      `The idempotency key of ${command.type} must be a text with at least one character, without U+0000 and lone surrogates.`,
    )
  }
  if (expectedVersion !== undefined && entry.part.kind === 'handler') {
    throw failure(
      'EW_CONFIG',
      `${command.type} is handled by handle(), which may use several streams; expectedVersion is for commands of an aggregate.`,
    )
  }
}

/** One command on its way through its attempts. */
class Request {
  readonly #context: CommandContext
  readonly #entry: CommandEntry
  readonly #command: CommandMessage
  readonly #options: ExecuteOptions
  readonly #origin: ReturnType<typeof originOf>
  readonly #fingerprint: string

  constructor(context: CommandContext, entry: CommandEntry, command: CommandMessage, options: ExecuteOptions) {
    this.#context = context
    this.#entry = entry
    this.#command = command
    this.#options = options
    const { correlationId, causationId, traceparent, actor, tenant } = options
    this.#origin = originOf({
      ...(correlationId !== undefined && { correlationId }),
      ...(causationId !== undefined && { causationId }),
      ...(traceparent !== undefined && { traceparent }),
      ...(actor !== undefined && { actor }),
      ...(tenant !== undefined && { tenant }),
    })
    this.#fingerprint =
      options.idempotencyKey === undefined
        ? ''
        : fingerprint(command.type + canonicalJson(entry.definition.encode(command.data)))
  }

  /** The first outcome, when the key has one. */
  async known(): Promise<Attempted<unknown, string> | undefined> {
    const key = this.#options.idempotencyKey
    if (key === undefined) return undefined
    const stored = await this.#context.store.inbox.get(this.#entry.service, commandInbox, key)
    return stored === undefined ? undefined : this.#again(stored)
  }

  /** Runs it. What fails because the same key has won meanwhile answers as that one did. */
  async settled(): Promise<Attempted<unknown, string>> {
    try {
      return await this.run()
    } catch (error) {
      const first = await this.known()
      if (first === undefined) throw error
      return first
    }
  }

  async run(): Promise<Attempted<unknown, string>> {
    let lost: Extract<Loss, { reason: 'conflict' }> | undefined
    for (let attempt = 1; attempt <= conflictAttempts; attempt++) {
      if (attempt > 1)
        await this.#context.clock.sleep(conflictPauseMs(attempt - 1), this.#options.signal)
      this.#options.signal?.throwIfAborted()
      const answer = await this.#once()
      if (!('lost' in answer)) return answer
      if (answer.lost.reason === 'conflict') lost = answer.lost
    }
    throw failure(
      'EW_CONCURRENCY',
      `${this.#command.type} lost against other writers ${conflictAttempts} times on ${lost?.stream}, which has version ${lost?.current}.`,
      {
        details: { stream: lost?.stream, currentVersion: lost?.current, attempts: conflictAttempts },
      },
    )
  }

  async #once(): Promise<Attempted<unknown, string> | { readonly lost: Loss }> {
    const { repository, clock, inline, queue, store } = this.#context
    const work = new UnitOfWork(repository, clock, this.#origin)
    const verdict = await decide(this.#context, this.#entry, this.#command, this.#options, this.#origin, work)
    await work.loadUnread(inline.feeds)
    const streams = verdict.rejection === undefined ? work.streams() : []
    const unit = verdict.rejection === undefined ? await this.#unitOf(work, inline) : {}
    const whole: Unit = {
      ...unit,
      ...this.#inboxRow(
        verdict,
        streams.flatMap((each) => each.pending.map((p) => p.encoded.id)),
      ),
    }
    if (whole.inbox === undefined && !work.hasEvents && (unit.statements ?? []).length === 0)
      return this.#unstored(verdict)
    if (whole.inbox === undefined && verdict.rejection !== undefined) return this.#unstored(verdict)
    const outcome = await queue.commit(whole)
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

  async #unitOf(work: UnitOfWork, inline: InlineViews): Promise<Unit> {
    const unit = work.unit()
    const { rows, statements } = await inline.writes(work.streams())
    const all = [...(unit.statements ?? []), ...statements]
    return { ...unit, ...(rows.length > 0 && { rows }), ...(all.length > 0 && { statements: all }) }
  }

  #inboxRow(verdict: Verdict, events: readonly string[]): Pick<Unit, 'inbox'> {
    const key = this.#options.idempotencyKey
    if (key === undefined) return {}
    const reply = this.#entry.definition.reply
    const outcome: StoredOutcome =
      verdict.rejection === undefined
        ? { status: 'done', events, ...(reply !== undefined && { reply: reply.encode(verdict.reply) }) }
        : {
            status: 'refused',
            code: verdict.rejection.code,
            ...(verdict.rejection.detail !== undefined && { detail: verdict.rejection.detail }),
          }
    return {
      inbox: [
        {
          service: this.#entry.service,
          consumer: commandInbox,
          key,
          fingerprint: this.#fingerprint,
          outcome: canonicalJson(outcome),
        },
      ],
    }
  }

  async #unstored(verdict: Verdict): Promise<Attempted<unknown, string>> {
    if (verdict.rejection !== undefined) return refused(verdict)
    const { store } = this.#context
    return {
      ok: true,
      receipt: await receiptFor(store.storeId, store.log, []),
      events: [],
      reply: verdict.reply,
      repeated: false,
    }
  }

  async #lost(loss: Loss): Promise<Attempted<unknown, string> | { readonly lost: Loss }> {
    if (loss.reason === 'inbox') return this.#again(loss)
    if (loss.reason === 'unique') {
      throw failure(
        'EW_UNIQUE',
        `${this.#command.type} would give a second row of ${loss.table} the same ${loss.columns.join(', ')}.`,
        {
          details: { table: loss.table, columns: loss.columns },
        },
      )
    }
    if (loss.reason === 'ids')
      throw failure('EW_IDS', `Event ids of ${this.#command.type} stand in ${loss.stream} in part.`)
    if (loss.reason === 'conflict' && this.#options.expectedVersion !== undefined) {
      throw failure(
        'EW_CONCURRENCY',
        `${loss.stream} has version ${loss.current}; ${this.#command.type} expected ${this.#options.expectedVersion}.`,
        {
          details: { stream: loss.stream, currentVersion: loss.current },
        },
      )
    }
    return { lost: loss }
  }

  #again(stored: { readonly fingerprint: string; readonly outcome: string }): Promise<Attempted<unknown, string>> {
    if (stored.fingerprint !== this.#fingerprint) {
      throw failure(
        'EW_KEY_REUSED',
        `The idempotency key of this ${this.#command.type} was used for another request.`,
        {
          details: { key: this.#options.idempotencyKey },
        },
      )
    }
    const { store, definitionOf } = this.#context
    return answerAgain(store.storeId, store.log, this.#entry.definition, stored.outcome, definitionOf)
  }
}

function refused({ rejection }: Verdict): Attempted<unknown, string> {
  return {
    ok: false,
    code: rejection!.code,
    repeated: false,
    ...(rejection!.detail !== undefined && { detail: rejection!.detail }),
  }
}

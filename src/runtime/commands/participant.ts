import { failure } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { CommandEntry } from '../../design/graph.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { InboxRow, Loss } from '../../ports/unit-of-work.ts'
import { admitted, assertKey, type Admission } from './admission.ts'
import { anyRequest, commandKey, fingerprintOf, type CommandKey } from './key.ts'
import { doneOutcome, type StoredOutcome } from './outcome.ts'
import { runCommand, type RunContext } from './run.ts'
import type { ExecuteOptions } from './execute-options.ts'
import { expiredRefusal, undoneRefusal } from '../sagas/input.ts'

/** Executes commands on behalf of the steps of sagas, for the services that run here. */
export interface Participant {
  /**
   * Executes a command at most once for each key and answers a repeat as the first; whatever it throws left nothing
   * behind and may be asked again. An undo has effect exactly if what it undoes had; where that has not come yet, a
   * tombstone refuses it for good. An undo whose effects reach outside is carried out also where its step has left no
   * trace, since that may have happened there. Errors: as `Commands.attempt`; EW_KEY_REUSED for steps only.
   */
  execute(command: CommandMessage, request: StepRequest): Promise<StepAnswer>
}

/** What a saga asks of a participant beside the command. */
export interface StepRequest extends Pick<
  ExecuteOptions,
  'correlationId' | 'causationId' | 'traceparent' | 'tracestate' | 'actor' | 'tenant' | 'signal'
> {
  /** The same for every attempt. */
  readonly key: string
  /** The key of the step that the command undoes; null for a step. The data of an undo may differ between attempts. */
  readonly undoes: string | null
  /**
   * On the database's clock: a step that comes later is refused with `expired`, for good, unless it has an outcome. An
   * undo never comes too late.
   */
  readonly deadlineAtMs: number | null
  /** Declared refusals that are kept; the others leave no trace and may be asked again. Null: all are kept. */
  readonly finalRefusals: readonly string[] | null
}

/** What a step has led to, the same for each copy of its request; the reply is in stored form. */
export type StepAnswer =
  { readonly status: 'done'; readonly reply?: Json } | { readonly status: 'refused'; readonly code: string }

/**
 * The consumer under which keys of steps stand in the inbox, those of undos and tombstones too, so that a step and its
 * undo meet. It is another one than that of keys which callers choose: nobody outside can take the key of a step.
 */
export const participantInbox = 'participant'

const expired: StoredOutcome = { status: 'refused', code: expiredRefusal }
const tombstone: StoredOutcome = { status: 'refused', code: undoneRefusal }
const nothingToUndo: StoredOutcome = { status: 'done', events: [] }

/** The participants' side of sagas. */
export function participant(context: Admission & RunContext): Participant {
  return {
    async execute(command, request) {
      const { key, undoes, deadlineAtMs, finalRefusals, ...rest } = request
      const options = { ...rest, idempotencyKey: key }
      const entry = await admitted(context, command, options)
      const asked = { context, entry, command, options, finalRefusals }
      return answerOf(undoes === null ? await done(asked, key, deadlineAtMs) : await undone(asked, key, undoes))
    },
  }
}

type InboxLoss = Extract<Loss, { readonly reason: 'inbox' }>

/** A command that was let in. */
interface Asked {
  readonly context: RunContext
  readonly entry: CommandEntry
  readonly command: CommandMessage
  readonly options: ExecuteOptions
  readonly finalRefusals: readonly string[] | null
}

async function done(asked: Asked, key: string, deadlineAtMs: number | null): Promise<StoredOutcome> {
  const own = keyOf(asked, key, fingerprintOf(asked.command))
  const first = await own.first()
  if (first !== undefined) return first
  // An earlier attempt may have taken effect outside, so `expired` would not be true.
  const mayRun = deadlineAtMs === null || reachesOutside(asked) || (await asked.context.store.now()) <= deadlineAtMs
  if (mayRun) return executed(asked, own)
  const taken = await keep(asked, [own.row(expired)])
  return taken === undefined ? expired : own.read(taken)
}

async function undone(asked: Asked, key: string, undoes: string): Promise<StoredOutcome> {
  assertKey(asked.command, undoes)
  if (undoes === key) throw failure('EW_CONFIG', `${asked.command.type} came as the undo of its own key ${key}.`)
  const own = keyOf(asked, key, anyRequest)
  const step = keyOf(asked, undoes, anyRequest)
  // Ends at the third look at the latest: whoever takes one of the two keys meanwhile takes it for good.
  for (;;) {
    const first = await own.first()
    if (first !== undefined) return first
    const effect = await step.first()
    if (effect?.status === 'done') return executed(asked, own)
    if (reachesOutside(asked) && (effect === undefined || effect.code === undoneRefusal)) {
      if (effect === undefined && (await keep(asked, [step.row(tombstone)])) !== undefined) continue
      return executed(asked, own)
    }
    const tombstones = effect === undefined ? [step.row(tombstone)] : []
    if ((await keep(asked, [own.row(nothingToUndo), ...tombstones])) === undefined) return nothingToUndo
  }
}

function reachesOutside({ entry: { part } }: Asked): boolean {
  return part.kind === 'handler' && part.outside
}

async function executed(asked: Asked, key: CommandKey): Promise<StoredOutcome> {
  const { context, entry, command, options, finalRefusals } = asked
  const ran = await runCommand(context, entry, command, options, { key, finalRefusals })
  if ('first' in ran) return ran.first
  return ran.ok ? doneOutcome(entry.definition, ran.reply, []) : { status: 'refused', code: ran.code }
}

/** Commits rows and executes nothing; answers the row that somebody has taken before, if there is one. */
async function keep({ context }: Asked, inbox: readonly InboxRow[]): Promise<InboxLoss | undefined> {
  const outcome = await context.queue.commit({ inbox })
  return outcome.ok ? undefined : (outcome as InboxLoss)
}

function keyOf({ context, entry, command }: Asked, key: string, fingerprint: string): CommandKey {
  const place = { service: entry.service, consumer: participantInbox, key }
  return commandKey(context.store.inbox, { ...place, fingerprint, command: command.type })
}

function answerOf(outcome: StoredOutcome): StepAnswer {
  if (outcome.status === 'refused') return { status: 'refused', code: outcome.code }
  return { status: 'done', ...(outcome.reply !== undefined && { reply: outcome.reply as Json }) }
}

import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { reject } from '../../design/decision.ts'
import type { Graph } from '../../design/graph.ts'
import { restoredCommand, type CommandMessage } from '../../design/message.ts'
import type { Delivery } from '../loop/delivery.ts'
import { ordinaryTerms, type ReceivedCommand } from '../messages/command-message.ts'
import type { CommandAnswer } from '../messages/reply-message.ts'
import { attemptSignal } from '../saga-runner/attempt-signal.ts'
import type { Commands } from './commands.ts'
import { causeOf } from './execute-options.ts'
import type { Participant } from './participant.ts'

/** What executing commands on behalf of messages needs. */
export interface OnBehalfOptions {
  readonly graph: Graph
  readonly clock: Clock
  readonly commands: Commands
  readonly participant: Participant
}

/** Commands that nobody outside has asked for: they are caused by messages. */
export interface OnBehalf {
  /** Executes a command of another service, or of a saga, once for its key. */
  take(command: ReceivedCommand, data: unknown, signal: AbortSignal): Promise<CommandAnswer>
  /** Executes what the handler of an event wants; answers the reply, or the refusal as a value. */
  executeFor(command: CommandMessage, event: Delivery, idempotencyKey: string): Promise<unknown>
}

/** Executes commands for those who cannot wait for a person: an attempt of a saga ends when its time is over. */
export function onBehalf({ graph, clock, commands, participant }: OnBehalfOptions): OnBehalf {
  return {
    async take({ type, idempotencyKey: key, origin, terms }, data, signal) {
      const definition = graph.commands.get(type)?.definition
      if (definition === undefined) throw failure('EW_DESIGN', `No part of this system handles the command ${type}.`)
      const { attemptMs, ...request } = terms ?? ordinaryTerms
      const attempt = attemptMs === null ? undefined : attemptSignal(clock, attemptMs, signal)
      try {
        const asked = { ...request, ...causeOf(origin), key, signal: attempt?.signal ?? signal }
        const answer = await participant.execute(restoredCommand(definition, data), asked)
        if (answer.status === 'refused') return answer
        return answer.reply === undefined ? { status: 'done' } : { status: 'done', output: answer.reply }
      } finally {
        attempt?.end()
      }
    },
    async executeFor(command, { meta }, idempotencyKey) {
      // Not spread: the meta of an event of the log has its members as getters.
      const cause = { ...causeOf(meta), causationId: meta.id }
      const answer = await commands.attempt(command, { ...cause, idempotencyKey })
      return answer.ok ? answer.reply : reject(answer.code, answer.detail)
    },
  }
}

import type { CommandMessage } from '../../design/message.ts'
import { admitted, type Admission } from './admission.ts'
import { commandKey, fingerprintOf } from './key.ts'
import { answerAgain, type Attempted } from './outcome.ts'
import { runCommand, type RunContext } from './run.ts'
import type { ExecuteOptions } from './execute-options.ts'
import type { LogEvent } from '../log/event.ts'

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
export interface CommandContext extends Admission, RunContext {
  definitionOf(type: string): LogEvent['definition']
}

/** The consumer under which idempotency keys of commands stand in the inbox. */
export const commandInbox = 'commands'

/** Executes commands: validated, authorised, idempotent by key, retried on conflict. */
export function commands(context: CommandContext): Commands {
  const { store, definitionOf } = context
  return {
    async attempt(command, options) {
      const entry = await admitted(context, command, options)
      const key =
        options.idempotencyKey === undefined
          ? undefined
          : commandKey(store.inbox, {
              service: entry.service,
              consumer: commandInbox,
              key: options.idempotencyKey,
              fingerprint: fingerprintOf(command),
              command: command.type,
            })
      const first = await key?.first()
      const ran = first === undefined ? await runCommand(context, entry, command, options, key && { key }) : { first }
      return 'first' in ran ? answerAgain(store.storeId, store.log, entry.definition, ran.first, definitionOf) : ran
    },
  }
}

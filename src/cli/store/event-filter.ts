import type { Command } from 'commander'
import { categoryOf } from '../../base/stream-name.ts'
import type { Envelope } from '../../runtime/log/envelope.ts'
import { nameList } from '../options.ts'

/** Which events of the log are wanted. */
export interface EventFilter {
  readonly type?: readonly string[]
  readonly correlation?: string
  readonly engine?: true
}

/** Adds what chooses among the events of the log. */
export function withEventFilter(command: Command): Command {
  return command
    .option('--type <names>', 'only events of these types', nameList)
    .option('--correlation <id>', 'only those that have this correlation id')
    .option(
      '--engine',
      'those of the engine instead: of sagas, of processes and of orders, which have their own positions',
    )
}

/** Whether somebody wants an event of the partition that was chosen. */
export function isWanted({ type, correlation }: EventFilter, event: Envelope): boolean {
  if (type !== undefined && !type.includes(event.type)) return false
  return correlation === undefined || event.meta['correlationId'] === correlation
}

/** Whether an event is of a stream, or of a category. */
export function isOf(stream: string | undefined, event: Envelope): boolean {
  return stream === undefined || event.stream === stream || categoryOf(event.stream) === stream
}

/** The partition that was chosen. */
export function partitionOf({ engine }: EventFilter): 0 | 1 {
  return engine === true ? 1 : 0
}

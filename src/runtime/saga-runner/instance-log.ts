import type { Log } from '../../base/log.ts'
import type { Origin } from '../log/event-encoding.ts'
import { maskedLog, traceIdOf } from '../telemetry/masked-log.ts'
import type { Core } from './core.ts'
import type { Desk } from './desk.ts'
import type { Item } from './inbox.ts'

/** A log for what concerns one instance: its lines lead to what has caused it, and have no personal data of it. */
export function instanceLog<S, I>(desk: Desk<S, I>, id: string, items: readonly Item<I>[] = []): Log {
  const { core, options, instances } = desk
  const known = instances.known(id)
  const origin = known?.origin ?? items.find((item) => item.origin !== undefined)?.origin
  const inputs = items.map(({ input }) => input)
  return logFrom(options.log, personalOf(core, known?.state, inputs), origin)
}

/** A log for what comes from somewhere, without these texts. */
export function logFrom(log: Log, personal: readonly string[], origin: Origin | undefined): Log {
  const { correlationId, traceparent } = origin ?? {}
  return maskedLog(log, personal, { correlationId, traceId: traceIdOf(traceparent) })
}

/** Personal data in an instance and what it is told, the longest texts first. */
export function personalOf<S, I>(core: Core<S, I>, state: S | undefined, inputs: readonly I[]): readonly string[] {
  return [...new Set(core.personal(state, inputs))].toSorted((a, b) => b.length - a.length)
}

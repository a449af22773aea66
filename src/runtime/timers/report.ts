import { timestampOf } from '../../base/clock.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { Timer, TimerPage } from '../../ports/timers.ts'
import type { Store } from '../../ports/store.ts'
import type { Origin } from '../log/event-encoding.ts'

/** A command that waits for its time; the members of `Timer` are there too, so that a page can begin behind it. */
export interface TimerReport extends Pick<Timer, 'id' | 'service' | 'dueAtMs' | 'command'> {
  /** The service's own name for it. */
  readonly key: string
  readonly dueAt: Timestamp
  /** As it is stored. */
  readonly data: unknown
  readonly correlationId: string
  readonly causationId: string
}

/** What was scheduled and has not been sent. */
export async function timerReports(
  { timers }: Pick<Store, 'timers'>,
  page: TimerPage,
): Promise<readonly TimerReport[]> {
  return (await timers.list(page)).map(({ id, service, dueAtMs, command, data, meta }) => {
    const { correlationId, causationId } = JSON.parse(meta) as Origin
    const key = id.slice(service.length + 1)
    const dueAt = timestampOf(dueAtMs)
    return { id, service, key, command, dueAt, dueAtMs, data: JSON.parse(data) as unknown, correlationId, causationId }
  })
}

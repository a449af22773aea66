import { storeSources } from '../../design/sources.ts'
import type { ViewBuild } from '../../ports/views.ts'
import type { ConsumerReport } from '../lag/consumer-report.ts'
import { refeedConsumer, viewConsumer } from './table.ts'

/** How far a generation of a view is. */
export interface ViewProgress {
  readonly position: number
  /** Of what has come so far, where it waits for a refeed. */
  readonly lag: number
  /** From 0 to 1. */
  readonly progress: number
  /** How long building takes yet, by its pace so far; undefined where it is built, waits or has not moved. */
  readonly leftMs?: number
  readonly parkedKeys: number
  /** Present while the owner of its events has to send them again, or is sending them. */
  readonly waitsFor?: 'refeed'
}

/** What reports of consumers say of a generation; `head` is where the log ends, `nowMs` the time of the database. */
export function viewProgress(
  consumers: readonly ConsumerReport[],
  { view, generation, state, startedAtMs }: ViewBuild,
  head: number,
  nowMs: number,
): ViewProgress {
  const name = viewConsumer(view, generation)
  const own = consumers.find((each) => each.name === name)
  const refeed = consumers.find((each) => each.name === refeedConsumer(name))
  const fed = refeed ?? own
  const position = fed?.position ?? 0
  const lag = fed === undefined || fed.source === storeSources.log ? head - position : fed.lag
  const isMoving = state === 'building' && refeed === undefined && position > 0 && lag > 0
  return {
    position,
    lag,
    ...(isMoving && { leftMs: Math.round((lag * Math.max(0, nowMs - startedAtMs)) / position) }),
    progress: position + lag === 0 ? 1 : position / (position + lag),
    parkedKeys: own?.parkedKeys ?? 0,
    ...(refeed !== undefined && { waitsFor: 'refeed' as const }),
  }
}

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
  readonly parkedKeys: number
  /** Present while the owner of its events has to send them again, or is sending them. */
  readonly waitsFor?: 'refeed'
}

/** What reports of consumers say of a generation; `head` is where the log ends. */
export function viewProgress(
  consumers: readonly ConsumerReport[],
  { view, generation }: ViewBuild,
  head: number,
): ViewProgress {
  const name = viewConsumer(view, generation)
  const own = consumers.find((each) => each.name === name)
  const refeed = consumers.find((each) => each.name === refeedConsumer(name))
  const fed = refeed ?? own
  const position = fed?.position ?? 0
  const lag = fed === undefined || fed.source === storeSources.log ? head - position : fed.lag
  return {
    position,
    lag,
    progress: position + lag === 0 ? 1 : position / (position + lag),
    parkedKeys: own?.parkedKeys ?? 0,
    ...(refeed !== undefined && { waitsFor: 'refeed' as const }),
  }
}

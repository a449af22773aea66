import type { EventLog } from '../../ports/event-log.ts'
import type { StreamInfo } from '../../ports/streams.ts'
import type { Store } from '../../ports/store.ts'
import { isErased } from './erasure.ts'

/** A stream, and what it takes. */
export interface StreamReport extends StreamInfo {
  /** Of a deleted stream: true while something of what it has held is left, and its deletion is to be gone on with. */
  readonly unfinished?: true
}

/** Streams in the order of their names. */
export async function streamReports(
  store: Pick<Store, 'log'>,
  page: Parameters<EventLog['streams']>[0],
): Promise<readonly StreamReport[]> {
  return Promise.all((await store.log.streams(page)).map((info) => streamReport(store, info)))
}

/** A stream, and whether something of a deleted one is left. */
export async function streamReport(store: Pick<Store, 'log'>, info: StreamInfo): Promise<StreamReport> {
  const isUnfinished = info.status === 'deleted' && !(await isErased(store, info.stream))
  return isUnfinished ? { ...info, unfinished: true as const } : info
}

import { timestampOf } from '../../base/clock.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { operatorStream } from '../forgetting/operator-event.ts'

/** The names of the events that note what was done to a stream, by what it became. */
export const streamActionTypes = {
  archived: 'StreamArchived',
  open: 'StreamReopened',
  deleted: 'StreamDeleted',
  erased: 'StreamErased',
} as const

/** What an operator has done to a stream. */
export interface StreamAction {
  /** What it became; `erased` when nothing was left of what a deleted one had held. */
  readonly what: keyof typeof streamActionTypes
  readonly stream: string
  readonly who: string
  readonly why: string
  readonly at: string
  /** Its place among all that operators have done; grows. */
  readonly no: number
}

const pageEvents = 500
const whats = new Map(
  Object.entries(streamActionTypes).map(([what, name]) => [`ew.${name}`, what as StreamAction['what']]),
)

/** What was done to one stream or to all, the newest first, before an action if it is given. */
export async function streamActions(
  log: EventLog,
  { stream, before, limit }: { readonly stream?: string; readonly before?: number; readonly limit: number },
): Promise<readonly StreamAction[]> {
  const found: StreamAction[] = []
  let to = (before ?? Number.MAX_SAFE_INTEGER) - 1
  while (to >= 1) {
    const page = await log.readStream({ stream: operatorStream, to, backwards: true, limit: pageEvents })
    for (const event of page) {
      const action = actionOf(event)
      if (action === undefined || (stream !== undefined && action.stream !== stream)) continue
      if (found.push(action) === limit) return found
    }
    if (page.length < pageEvents) break
    to = page.at(-1)!.version - 1
  }
  return found
}

/** Streams that were deleted, or whose last data went, behind an action; and the newest action there is. */
export async function deletionsAfter(
  log: EventLog,
  after: number,
): Promise<{ readonly streams: readonly string[]; readonly end: number }> {
  const streams = new Set<string>()
  for (let end = after; ;) {
    const page = await log.readStream({ stream: operatorStream, from: end + 1, limit: pageEvents })
    for (const event of page) {
      const action = actionOf(event)
      if (action?.what === 'deleted' || action?.what === 'erased') streams.add(action.stream)
    }
    end = page.at(-1)?.version ?? end
    if (page.length < pageEvents) return { streams: [...streams], end }
  }
}

function actionOf({ type, data, version, recordedAtMs }: StoredEvent): StreamAction | undefined {
  const what = whats.get(type)
  if (what === undefined) return undefined
  const { stream, who, why } = JSON.parse(data) as Pick<StreamAction, 'stream' | 'who' | 'why'>
  return { what, stream, who, why, at: timestampOf(recordedAtMs), no: version }
}

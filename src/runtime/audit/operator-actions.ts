import { timestampOf } from '../../base/clock.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { operatorStream } from '../forgetting/operator-event.ts'

/** The stream of the engine that tells what was ordered over the console. */
export const ordersStream = 'ew.operator/orders'

/** The names of the events in it. */
export const orderEvents = { given: 'OrderGiven', ended: 'OrderEnded', failed: 'OrderFailed' } as const

/** What somebody did, or ordered, or how what was ordered ended. */
export interface OperatorAction {
  /** Its place among all events of the engine; grows. */
  readonly no: number
  readonly at: string
  readonly who: string
  readonly why: string
  readonly what: string
  /** What it was done to. */
  readonly of: string
  /** Of an order: its name. */
  readonly order?: string
  /** How an order ended; only of what tells the end. */
  readonly outcome?: string
  readonly failed?: true
}

/**
 * What operators have done to the store and ordered of it, the newest first, before one of them. What was done to dead
 * letters by the command line stands beside them, and orders to sagas in the timelines of the instances.
 */
export async function operatorActions(
  log: EventLog,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number; readonly limit: number },
): Promise<readonly OperatorAction[]> {
  const streams = await Promise.all([ordersStream, operatorStream].map((stream) => pageOf(log, stream, before, limit)))
  return streams
    .flat()
    .sort((a, b) => b.position - a.position)
    .slice(0, limit)
    .map(actionOf)
}

/** The newest of one stream before a position, which grows with the version: found by halving. */
async function pageOf(log: EventLog, stream: string, before: number, limit: number): Promise<readonly StoredEvent[]> {
  const positionAt = async (version: number): Promise<number> =>
    (await log.readStream({ stream, from: version, to: version, limit: 1 }))[0]?.position ?? Infinity
  let [low, high] = [0, await log.version(stream)]
  if (before === Number.MAX_SAFE_INTEGER) low = high
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((await positionAt(middle)) < before) low = middle
    else high = middle - 1
  }
  return low === 0 ? [] : log.readStream({ stream, to: low, backwards: true, limit })
}

interface Stored {
  readonly who: string
  readonly why: string
  readonly order?: string
  readonly what?: string
  readonly of?: string
  readonly outcome?: string
  readonly stream?: string
  readonly consumer?: string
}

function actionOf({ type, position, recordedAtMs, data }: StoredEvent): OperatorAction {
  const { who, why, order, what, of, outcome, stream, consumer } = JSON.parse(data) as Stored
  const known = { no: position, at: timestampOf(recordedAtMs), who, why }
  const name = type.replace(/^ew\./, '')
  if (order === undefined) return { ...known, what: words(name), of: stream ?? consumer ?? '' }
  return {
    ...known,
    what: what ?? words(name),
    of: of ?? '',
    order,
    ...(outcome !== undefined && { outcome }),
    ...(name === orderEvents.failed && { failed: true as const }),
  }
}

/** `StreamArchived` as people write it. */
function words(name: string): string {
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase()
}

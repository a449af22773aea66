import type { InboxTable } from '../../ports/inbox.ts'
import type { InboxRow, Unit } from '../../ports/unit-of-work.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'

/** What taking each event of channels once needs. */
export interface OnceOptions {
  readonly inbox: InboxTable
  readonly service: string
  /** By whom it is remembered; the same for every channel that brings the same events. */
  readonly consumer: string
  /** What is remembered; the rest is passed over. */
  takes(event: Delivery): boolean
  /** What a handler is given of what it has not seen; undefined for what is only remembered. */
  handled(event: Delivery): Delivery | undefined
}

/**
 * Gives a handler what it has not been given before, over whichever channels it comes, and remembers it in the commit
 * of the handler. What is parked counts as given, so that it waits once. Error: whatever `handled` throws.
 */
export function onceHandler(inner: Handler, options: OnceOptions): Handler {
  let last: readonly InboxRow[] = []
  const remembering = (unit: Omit<Unit, 'positions'>): Omit<Unit, 'positions'> =>
    last.length === 0 ? unit : { ...unit, inbox: [...(unit.inbox ?? []), ...last] }
  return {
    ...inner,
    async handle(bundle, events, signal) {
      const fresh = await unseen(options, events)
      last = fresh.map(({ inboxKey }) => rowOf(options, inboxKey!))
      const given = fresh.flatMap((event) => options.handled(event) ?? [])
      return remembering(await inner.handle(bundle, given, signal))
    },
    committed: (bundle, events) => inner.committed?.(bundle, events),
    park(bundle, event, refusal) {
      return remembering(inner.park(bundle, options.handled(event) ?? event, refusal))
    },
  }
}

async function unseen(
  { inbox, service, consumer, takes }: OnceOptions,
  events: readonly Delivery[],
): Promise<readonly Delivery[]> {
  const taken = events.filter((event) => event.inboxKey !== undefined && takes(event))
  if (taken.length === 0) return []
  const keys = new Set(taken.map(({ inboxKey }) => inboxKey!))
  const seen = new Set(await inbox.among(service, consumer, [...keys]))
  return taken.filter(({ inboxKey }) => {
    if (seen.has(inboxKey!)) return false
    seen.add(inboxKey!)
    return true
  })
}

function rowOf({ service, consumer }: OnceOptions, key: string): InboxRow {
  return { service, consumer, key, fingerprint: '', outcome: '{}' }
}

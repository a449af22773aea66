import type { Shop } from '../../open.ts'
import { OrderCreation } from '../../shop/orders/order-creation.ts'
import type { FeedPart } from './part.ts'

type Story = NonNullable<Awaited<ReturnType<Shop['inspect']['saga']>>>

const mostShown = 8
/** Those that need a person first. */
const open = ['stuck', 'compensating', 'running'] as const

/** How the sagas of orders go: those that are open, then those of the newest orders. */
export function sagasPart(shop: Shop, newestOrders: () => readonly string[]): FeedPart {
  /** What has ended does not change any more. */
  let ended = new Map<string, object>()
  const shown = async (id: string): Promise<object | undefined> => {
    const known = ended.get(id)
    if (known !== undefined) return known
    const story = await shop.inspect.saga(id)
    return story && shownSaga(story)
  }
  return {
    async look() {
      const counts = countsByStatus(await shop.inspect.sagaCounts(OrderCreation.name))
      const ids = await openIds(shop, counts)
      for (const orderId of newestOrders()) ids.add(`${OrderCreation.name}/${orderId}`)
      const latest: { readonly id: string; readonly saga: object }[] = []
      for (const id of ids) {
        const saga = await shown(id)
        if (saga !== undefined) latest.push({ id, saga })
        if (latest.length === mostShown) break
      }
      ended = new Map(latest.flatMap(({ id, saga }) => ('tookMs' in saga ? [[id, saga]] : [])))
      return { sagas: { counts, latest: latest.map(({ saga }) => saga) } }
    },
  }
}

type Counts = Readonly<Record<string, number>>

function countsByStatus(counts: readonly { readonly status: string; readonly count: number }[]): Counts {
  const none = { running: 0, compensating: 0, stuck: 0, completed: 0, compensated: 0 }
  return { ...none, ...Object.fromEntries(counts.map(({ status, count }) => [status, count])) }
}

async function openIds(shop: Shop, counts: Counts): Promise<Set<string>> {
  const ids = new Set<string>()
  for (const status of open) {
    if (counts[status] === 0 || ids.size >= mostShown) continue
    const page = { saga: OrderCreation.name, statuses: [status], limit: mostShown - ids.size }
    for (const { id } of await shop.inspect.sagas(page)) ids.add(id)
  }
  return ids
}

/** What the page shows of the state of an instance. */
interface State {
  readonly steps: { readonly [name: string]: Step }
  readonly cause: { readonly step: string; readonly reason: string } | null
  readonly stuck: { readonly step: string; readonly action: string; readonly reason: string } | null
}

interface Step {
  readonly outcome: 'open' | 'done' | 'unknown' | 'failed'
  readonly undo: 'none' | 'registered' | 'open' | 'done'
  readonly request: { readonly action: string; readonly attempt: number } | null
}

function shownSaga({ id, status, closed, startedAt, timeline, state }: Story): object {
  const { steps, cause, stuck } = state as State
  const at = Object.entries(steps).find(([, { request }]) => request !== null)
  const last = timeline.at(-1)?.recordedAt ?? startedAt
  return {
    orderId: id.slice(OrderCreation.name.length + 1),
    status,
    startedAt,
    steps: OrderCreation.steps.map(({ name }) => ({ name, state: stateOf(steps[name]) })),
    ...(at && { at: { step: at[0], action: at[1].request!.action, attempt: at[1].request!.attempt } }),
    ...(cause && { cause: { step: cause.step, reason: cause.reason } }),
    ...(stuck && { stuck: { step: stuck.step, action: stuck.action, reason: stuck.reason } }),
    ...(closed && { tookMs: Math.max(0, Date.parse(last) - Date.parse(startedAt)) }),
  }
}

function stateOf(step: Step | undefined): string {
  if (step === undefined) return 'ahead'
  if (step.request !== null) return step.request.action === 'undo' ? 'undoing' : 'open'
  if (step.undo === 'done') return 'undone'
  return step.outcome
}

import type { Graph } from '../../design/graph.ts'
import type { Store } from '../../ports/store.ts'
import { commandInbox } from './commands.ts'
import type { StoredOutcome } from './outcome.ts'
import { participantInbox } from './participant.ts'

/** What is kept of a request by whose key a repeat is recognised: whoever sends it again gets its answer again. */
export interface RequestReport {
  readonly key: string
  readonly service: string
  /** `step`: a saga asked; `command`: anybody else. */
  readonly kind: 'command' | 'step'
  readonly atMs: number
  readonly status: 'done' | 'refused'
  /** Of a refusal. */
  readonly code?: string
  /** Ids of the events that it has led to. */
  readonly events: readonly string[]
}

const inboxes = { command: commandInbox, step: participantInbox } as const

/** What is kept under an idempotency key, in each service of a system; replies and details are left out. */
export async function requestReports(
  { inbox }: Pick<Store, 'inbox'>,
  graph: Graph | undefined,
  key: string,
): Promise<readonly RequestReport[]> {
  const places = [...(graph?.services.keys() ?? [])].flatMap((service) =>
    (['command', 'step'] as const).map((kind) => ({ service, kind })),
  )
  const found = await Promise.all(
    places.map(async ({ service, kind }): Promise<readonly RequestReport[]> => {
      const entry = await inbox.get(service, inboxes[kind], key)
      if (entry === undefined) return []
      const outcome = JSON.parse(entry.outcome) as StoredOutcome
      const facts = { key, service, kind, atMs: entry.atMs, status: outcome.status }
      return [
        outcome.status === 'done' ? { ...facts, events: outcome.events } : { ...facts, code: outcome.code, events: [] },
      ]
    }),
  )
  return found.flat()
}

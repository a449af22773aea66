import { timestampOf } from '../../base/clock.ts'
import type { Graph } from '../../design/graph.ts'
import type { SagaPage, SagaRow } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import type { SagaEvent } from '../sagas/events.ts'
import type { SagaState } from '../sagas/state.ts'
import { shownSagaEvent } from '../sagas/timeline.ts'
import { orderRefusals } from './operate-sagas.ts'
import { sagaSteps, type SagaStepReport } from './step-report.ts'

/** An instance of a saga or process, as lists show it. */
export interface SagaReport extends Omit<SagaRow, 'state' | 'startedAtMs' | 'dueAtMs'> {
  readonly startedAt: string
  /** When it is looked at although nothing comes; undefined when only a message moves it. */
  readonly dueAt?: string
}

/** How many instances of a saga or process have a status. */
export interface SagaCount {
  readonly saga: string
  readonly status: string
  readonly count: number
}

/** One thing that happened to an instance. */
export interface SagaMoment {
  readonly version: number
  readonly recordedAt: string
  readonly type: string
  /** For people: the type and what tells it from others of it. */
  readonly text: string
  /** As it is stored. */
  readonly data: unknown
}

/** An instance with all that happened to it. */
export interface SagaStory extends SagaReport {
  readonly state: unknown
  /** The correlation id of what began it; undefined in a row that does not say. */
  readonly correlationId?: string
  /** Of a saga that the system at hand declares: its steps, and how it stands at each. */
  readonly steps?: readonly SagaStepReport[]
  /** Of a saga: what could be ordered of it, and why it would refuse that as it stands. */
  readonly orders?: ReturnType<typeof orderRefusals>
  readonly timeline: readonly SagaMoment[]
}

const longest = 10_000

/** Instances in the order of their ids. */
export async function sagaReports({ sagas }: Pick<Store, 'sagas'>, page: SagaPage): Promise<readonly SagaReport[]> {
  return (await sagas.list(page)).map(reportOf)
}

/** Everything about one instance; undefined when there is none. Of a very long one the first 10,000 events. */
export async function sagaStory(
  store: Pick<Store, 'sagas' | 'log'>,
  id: string,
  graph?: Graph,
): Promise<SagaStory | undefined> {
  const row = await store.sagas.get(id)
  if (row === undefined) return undefined
  const events = await store.log.readStream({ stream: id, limit: longest })
  const timeline = events.map(({ version, recordedAtMs, type: stored, data: text }): SagaMoment => {
    const type = stored.replace(/^ew\./, '')
    const data = JSON.parse(text) as object
    return {
      version,
      recordedAt: timestampOf(recordedAtMs),
      type,
      text: shownSagaEvent({ ...data, type } as SagaEvent),
      data,
    }
  })
  const state = JSON.parse(row.state) as object
  const origin = 'origin' in state ? (state.origin as { readonly correlationId?: string }) : {}
  return {
    ...reportOf(row),
    state,
    timeline,
    ...(origin.correlationId !== undefined && { correlationId: origin.correlationId }),
    ...('sagaId' in state && ofSaga(state as SagaState, graph)),
  }
}

function ofSaga(state: SagaState, graph: Graph | undefined): Pick<SagaStory, 'steps' | 'orders'> {
  const saga = graph?.sagas.get(state.saga)?.definition
  return { orders: orderRefusals(saga, state), ...(saga !== undefined && { steps: sagaSteps(saga, state) }) }
}

function reportOf({ state: _, startedAtMs, dueAtMs, ...row }: SagaRow): SagaReport {
  return { ...row, startedAt: timestampOf(startedAtMs), ...(dueAtMs !== null && { dueAt: timestampOf(dueAtMs) }) }
}

import { sagaPicture } from '../../architect/diagrams/saga-picture.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { cursorOf, isText, limitOf, pageOf } from '../cursor.ts'
import { maskShape } from '../masking.ts'
import { ordered } from '../ordered.ts'
import { hasPersonalData, personalValuesOf } from '../personal-sagas.ts'
import { RequestRefused } from '../problem.ts'
import type { Names, Route } from '../router.ts'
import { masked, type Health, type Json, type Page } from '../wire.ts'
import type {
  SagaCounts,
  SagaItem,
  SagaOrdered,
  SagaOrderName,
  SagaStepItem,
  SagaStory,
  TimerItem,
} from '../wire/sagas.ts'

/** Instances of sagas and processes, what happened to them, and orders to them; commands that wait for their time. */
export const sagaRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'sagas', answer: list },
  { method: 'GET', path: 'sagas/counts', answer: counts },
  { method: 'GET', path: 'sagas/:instance', answer: story },
  { method: 'POST', path: 'sagas/:instance/cancel', answer: order('cancel') },
  { method: 'POST', path: 'sagas/:instance/retry', answer: order('retry') },
  { method: 'POST', path: 'sagas/:instance/resume', answer: order('resume') },
  { method: 'POST', path: 'sagas/:instance/mark-undone', answer: order('mark-undone') },
  { method: 'POST', path: 'sagas/:instance/skip', answer: order('skip') },
  { method: 'POST', path: 'sagas/:instance/terminate', answer: order('terminate') },
  { method: 'GET', path: 'timers', answer: timers },
]

type Report = Awaited<ReturnType<Call['inspect']['sagas']>>[number]
type Told = NonNullable<Awaited<ReturnType<Call['inspect']['saga']>>>

const healths: Readonly<Record<string, Health>> = {
  stuck: 'bad',
  compensating: 'busy',
  running: 'busy',
  waiting: 'busy',
  terminated: 'warn',
}

async function list(call: Call): Promise<Page<SagaItem>> {
  const { query, inspect } = call
  const limit = limitOf(query)
  const [saga, statuses, after] = [query.get('saga'), query.getAll('status'), cursorOf(query, isText)]
  const page = await inspect.sagas({
    limit: limit + 1,
    ...(saga !== null && { saga }),
    ...(statuses.length > 0 && { statuses }),
    ...(after !== undefined && { after }),
  })
  const shown = page.slice(0, limit)
  return pageOf(shown.map(itemOf), page.length > limit ? shown.at(-1)!.id : undefined, measuredAt(call))
}

async function counts(call: Call): Promise<SagaCounts> {
  const found = await call.inspect.sagaCounts()
  return {
    measuredAt: measuredAt(call),
    counts: found.map(({ saga, status, count }) => ({ saga, status, instances: count })),
  }
}

async function story(call: Call, { instance }: Names): Promise<SagaStory> {
  const { inspect, graph } = call
  const told = await inspect.saga(instance!)
  if (told === undefined) throw new RequestRefused('not_found', 'The store has no instance of this name.')
  const kind = graph.processes.has(told.saga) ? 'process' : 'saga'
  const letter = await inspect.deadLetters.get(`${told.service}/${kind}:${told.saga}`, instance!)
  const { mask, maskText } = maskOf(call, told)
  const { input, stuck, deadlineAtMs, origin: _, ...state } = told.state as Known
  const declared = graph.sagas.get(told.saga)?.definition
  const isDeclared = declared !== undefined && declared.version === told.definitionVersion
  return {
    measuredAt: measuredAt(call),
    ...itemOf(told),
    isSaga: told.orders !== undefined,
    steps: (told.steps ?? []).map((step) => stepOf(step, mask)),
    ...(isDeclared && { picture: sagaPicture(declared) }),
    ...(input !== undefined && { input: mask(input) }),
    state: mask(state),
    ...(stuck && { stuck: { ...stuck, reason: maskText(stuck.reason) } }),
    ...(typeof deadlineAtMs === 'number' && { deadlineAt: new Date(deadlineAtMs).toISOString() }),
    ...(letter !== undefined && {
      parked: { consumer: letter.consumer, key: letter.key, code: letter.code, message: maskText(letter.message) },
    }),
    timeline: told.timeline.map(({ version, recordedAt, type, text, data }) => {
      const { step } = data as { readonly step?: string }
      return {
        version,
        recordedAt,
        type,
        text: maskText(text),
        data: mask(data as Json),
        ...(step !== undefined && { step }),
      }
    }),
    orders: told.orders ?? [],
    ...(told.correlationId !== undefined && { correlationId: told.correlationId }),
  }
}

/** What a row of a saga says that is shown beside the rest of its state. */
type Known = { readonly [name: string]: Json } & {
  readonly input?: Json
  readonly stuck?: { readonly step: string; readonly action: string; readonly reason: string } | null
  readonly deadlineAtMs?: number | null
  readonly origin?: Json
}

interface Mask {
  mask(json: Json): Json
  maskText(text: string): string
}

/**
 * Personal data are known by the shapes of messages, and masked wherever they turn up again. What the state of a
 * process is made of has no shape, so nothing of it is shown where its events have personal data.
 */
function maskOf({ viewer, graph }: Call, told: Told): Mask {
  if (viewer.seesPersonalData === true || !hasPersonalData(graph, told.saga))
    return { mask: (json) => json, maskText: (text) => text }
  if (told.steps === undefined)
    return { mask: () => masked, maskText: (text) => text.replace(/\(.*\)$/s, `(${masked})`) }
  const values = personalValuesOf(graph, told.saga, [
    told.state,
    told.steps,
    told.timeline.map(({ data }) => data),
  ] as unknown as Json[])
  return { mask: (json) => values.mask(json), maskText: (text) => values.maskText(text) }
}

function stepOf({ output, request, ...step }: NonNullable<Told['steps']>[number], mask: Mask['mask']): SagaStepItem {
  const asked = request && {
    action: request.action,
    attempt: request.attempt,
    phase: request.phase,
    data: mask(request.data),
    ...(request.dueAt !== undefined && { dueAt: request.dueAt }),
  }
  return {
    ...step,
    ...(asked !== undefined && { request: asked }),
    ...(output !== undefined && { output: mask(output) }),
  }
}

function order(name: SagaOrderName): Route<Call>['answer'] {
  return async (call, { instance }): Promise<SagaOrdered> => {
    const { operate, body, order: given } = call
    const step = textIn(body, 'step')
    const output = name === 'skip' ? body['output'] : undefined
    const asked = { ...(step !== undefined && { step }), ...(output !== undefined && { output: 'given' }) }
    const more = { ...given, ...(step !== undefined && { step }), ...(output !== undefined && { output }) }
    const { answer, repeated } = await ordered(call, { what: `${name} saga`, of: instance!, asked }, async () => {
      const give = {
        cancel: 'cancel',
        retry: 'retry',
        resume: 'resume',
        'mark-undone': 'markUndone',
        skip: 'skip',
        terminate: 'terminate',
      } as const
      const told = await operate.sagas[give[name]](instance!, more)
      const { status, order: id, refusal } = told
      const outcome =
        refusal === undefined
          ? 'It was posted to the owner of the instance.'
          : `The instance will refuse it: ${refusal}.`
      return { outcome, answer: { instance: instance!, order: id, status, ...(refusal !== undefined && { refusal }) } }
    })
    return { ...(answer as unknown as SagaOrdered), repeated }
  }
}

async function timers(call: Call): Promise<Page<TimerItem>> {
  const { query, inspect, graph, viewer } = call
  const limit = limitOf(query)
  const [service, after] = [query.get('service'), cursorOf(query, isTimerPlace)]
  const page = await inspect.timers({
    limit: limit + 1,
    ...(service !== null && { service }),
    ...(after !== undefined && { after: { service: after[0], dueAtMs: after[1], id: after[2] } }),
  })
  const shown = page.slice(0, limit)
  const last = page.length > limit ? shown.at(-1)! : undefined
  const items = shown.map(({ id, service: of, command, dueAt, data }): TimerItem => {
    const node = graph.commands.get(command)?.definition.node
    const bare = data as Json
    const isShown = viewer.seesPersonalData === true
    return {
      id,
      service: of,
      command,
      dueAt,
      data: isShown ? bare : node === undefined ? masked : maskShape(node, bare),
    }
  })
  return pageOf(items, last && [last.service, last.dueAtMs, last.id], measuredAt(call))
}

function isTimerPlace(json: Json): json is readonly [string, number, string] {
  if (!Array.isArray(json) || json.length !== 3) return false
  const [service, dueAtMs, id] = json as readonly Json[]
  return typeof service === 'string' && typeof dueAtMs === 'number' && typeof id === 'string'
}

function textIn(body: Call['body'], name: string): string | undefined {
  const value = body[name]
  if (value === undefined || typeof value === 'string') return value
  throw new RequestRefused('bad_request', `The member ${name} of the body is a text.`)
}

function itemOf({ id, saga, service, status, closed, version, definitionVersion, startedAt, dueAt }: Report): SagaItem {
  return {
    instance: id,
    saga,
    service,
    status,
    health: healths[status] ?? 'good',
    isClosed: closed,
    events: version,
    definitionVersion,
    startedAt,
    ...(dueAt !== undefined && { dueAt }),
  }
}

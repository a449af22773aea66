import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { cursorOf, isPlace, limitOf, pageOf } from '../cursor.ts'
import { begun } from '../ordered.ts'
import { RequestRefused } from '../problem.ts'
import type { Names, Route } from '../router.ts'
import type { AuditItem, Job, Measured, Page } from '../wire.ts'

/** Long work, what operators have ordered, and the checks of a store. */
export const jobRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'jobs', answer: list },
  { method: 'GET', path: 'jobs/:id', answer: one },
  { method: 'POST', path: 'jobs/:id/cancel', answer: cancel },
  { method: 'POST', path: 'verify/store', answer: verifyStore },
  { method: 'POST', path: 'verify/views', answer: verifyViews },
  { method: 'GET', path: 'actions', answer: actions },
]

/** Orders that take their time are known by their words; what another process began is told from what it has noted. */
const longOrders = new Set([
  'rebuild view',
  'replay dead letters',
  'discard dead letters',
  'delete stream',
  'verify store',
  'verify views',
])
const mostLooked = 200

async function list(call: Call): Promise<Page<Job>> {
  const own = call.jobs.list()
  const known = new Set(own.map(({ id }) => id))
  const noted = await call.inspect.actions({ limit: mostLooked })
  const ends = new Map(
    noted.flatMap((each) => (each.order !== undefined && each.outcome !== undefined ? [[each.order, each]] : [])),
  )
  const others = noted.flatMap(({ order, outcome, what, of, who, why, at }): readonly Job[] => {
    if (order === undefined || outcome !== undefined || known.has(order) || !longOrders.has(what)) return []
    const end = ends.get(order)
    const state = end === undefined ? 'unknown' : end.failed ? 'failed' : 'done'
    return [
      {
        ...{ id: order, what, of, who, why, state, startedAt: at, unit: '', canCancel: false },
        ...(end !== undefined && { endedAt: end.at, outcome: end.outcome! }),
      },
    ]
  })
  const all = [...own, ...others].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  return pageOf(all, undefined, measuredAt(call))
}

async function one(call: Call, { id }: Names): Promise<Job & Measured> {
  const found = call.jobs.get(id!) ?? (await list(call)).items.find((job) => job.id === id)
  if (found === undefined) throw new RequestRefused('not_found', 'There is no job of this id.')
  return { measuredAt: measuredAt(call), ...found }
}

async function cancel(call: Call, { id }: Names): Promise<Job> {
  const { order, operate, jobs } = call
  const job = jobs.get(id!)
  if (job === undefined) throw new RequestRefused('not_found', 'No job of this id runs in this process.')
  const asked = { ...order, what: 'cancel job', of: `${job.what} ${job.of}`, asked: { job: id! } }
  await operate.orders.begin(asked)
  const cancelled = (await jobs.cancel(id!))!
  await operate.orders.end(asked, { outcome: cancelled.outcome ?? '', answer: null })
  return cancelled
}

function verifyStore(call: Call): Promise<Job> {
  return begun(
    call,
    { what: 'verify store', of: 'every event' },
    {
      unit: 'events',
      canCancel: true,
      async run({ at, found, signal }) {
        let [events, findings, before] = [0, 0, 0]
        const { head, engineHead } = await call.inspect.store()
        for await (const step of call.inspect.verify()) {
          events += step.events
          at(Math.min(events, head + engineHead), head + engineHead)
          for (const { kind, stream, position, what } of step.findings) found(`${kind}: ${stream}@${position}: ${what}`)
          findings += step.findings.length
          if (signal.aborted) break
          before = await turn(call, before)
        }
        return `${events} events were read, and ${findings} things are wrong.`
      },
    },
  )
}

function verifyViews(call: Call): Promise<Job> {
  return begun(
    call,
    { what: 'verify views', of: 'rows of every view' },
    {
      unit: 'events',
      canCancel: true,
      async run({ at, found, signal }) {
        let [keys, different, before] = [0, 0, 0]
        for await (const { position, of, views, findings } of call.inspect.verifyViews()) {
          at(position, of)
          for (const { view, key } of findings) found(`${view} ${key} is not what its events give`)
          for (const verdict of views) {
            keys += verdict.keys
            different += verdict.different
            if (verdict.state !== 'equal')
              found(`${verdict.view}: ${verdict.state}${verdict.why === undefined ? '' : `, ${verdict.why}`}`)
          }
          if (signal.aborted) break
          before = await turn(call, before)
        }
        return `${keys} rows were compared, and ${different} differ.`
      },
    },
  )
}

const workMs = 20
const restMs = 10

/** Lets the rest of the process work: a check reads pages without end. */
async function turn({ clock, signal: _ }: Call, before: number): Promise<number> {
  const nowMs = clock.now()
  if (nowMs - before < workMs) return before
  await clock.sleep(restMs)
  return clock.now()
}

async function actions(call: Call): Promise<Page<AuditItem>> {
  const limit = limitOf(call.query)
  const before = cursorOf(call.query, isPlace)
  const found = await call.inspect.actions({ limit: limit + 1, ...(before !== undefined && { before }) })
  const shown = found.slice(0, limit)
  const items = shown.map(({ no, at, who, why, what, of, outcome, failed }) => {
    const told = outcome !== undefined && (failed ? `failed: ${outcome}` : outcome)
    return { no, at, who, why, what, of, ...(told !== false && { outcome: told }) }
  })
  return pageOf(items, found.length > limit ? shown.at(-1)!.no : undefined, measuredAt(call))
}

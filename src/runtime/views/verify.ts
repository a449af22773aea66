import { systemClock, type Clock } from '../../base/clock.ts'
import type { Graph } from '../../design/graph.ts'
import { viewChannelOf } from '../../design/view-channel.ts'
import type { Store } from '../../ports/store.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { LogEvent } from '../log/event.ts'
import { ViewCheck, type ViewFinding, type ViewVerdict } from './view-check.ts'

/** Which rows are compared with a replay of their events. */
export interface VerifyViewsOptions {
  /** So many keys of each view by chance, or all of them; default 1,000. */
  readonly keys?: number | 'all'
  /** About how much memory rows may take; default 256 MiB. Where all do not fit, the log is read several times. */
  readonly memoryBytes?: number
  readonly clock?: Clock
  /** Where the rows of live views are; without it they are not verifiable. */
  readonly live?: Store
}

/** A step of the comparison: how far the log is read, and what was found. */
export interface VerifyViewsStep {
  /** How often the log was begun; from 1. */
  readonly pass: number
  readonly position: number
  readonly of: number
  /** Views that are done; each once. */
  readonly views: readonly ViewVerdict[]
  readonly findings: readonly ViewFinding[]
}

const pageEvents = 1_000
const sampleKeys = 1_000
const memoryBytes = 256 * 1024 * 1024

/**
 * Compares the rows of every view of a system with a replay of their events by its handlers, and writes nothing. Other
 * processes may go on writing meanwhile: it is no finding where a row is ahead of the comparison or behind it. SQL that
 * handlers record is left out. All views share the readings of the log.
 */
export async function* verifyViews(
  graph: Graph,
  store: Store,
  options: VerifyViewsOptions = {},
): AsyncGenerator<VerifyViewsStep> {
  const { keys = sampleKeys, memoryBytes: mostBytes = memoryBytes, clock = systemClock, live } = options
  const wrap = (stored: StoredEvent): LogEvent => new LogEvent(stored, graph.events.get(stored.type)?.definition)
  const all = [...graph.projections.values()].map(({ definition }) => definition)
  const projections = all.filter(({ name }) => viewChannelOf(graph, name) === undefined)
  const within = (mode: string): Store | undefined => (mode === 'live' ? live : store)
  let checks = projections.flatMap((projection) => {
    const rows = within(projection.mode)
    if (rows === undefined) return []
    const sample = keys === 'all' ? {} : { sample: keys }
    return [new ViewCheck({ projection, store: rows, log: store.log, clock, wrap, ...sample })]
  })
  const inMemory = projections.filter(({ mode }) => within(mode) === undefined)
  const views = [
    ...inMemory.map(({ name }) => unseen(name, 'it is live: its rows are in the memory of its process')),
    ...all
      .filter((each) => !projections.includes(each))
      .map(({ name }) => unseen(name, 'its events are in the log of another service')),
  ]
  if (views.length > 0) yield { pass: 1, position: 0, of: 0, views, findings: [] }
  for (let pass = 1; checks.length > 0; pass++) {
    let to = 0
    for (const check of checks) to = Math.max(to, await check.prepare(mostBytes / checks.length))
    const fed = checks.filter(({ verdict }) => verdict === undefined)
    for await (const position of readTo(store, to, wrap, fed)) yield { pass, position, of: to, views: [], findings: [] }
    const findings: ViewFinding[] = []
    for (const check of fed) findings.push(...(await check.settle()))
    const done = checks.flatMap(({ verdict }) => verdict ?? [])
    checks = checks.filter(({ verdict }) => verdict === undefined)
    yield { pass, position: to, of: to, views: done, findings }
  }
}

/** Gives every event up to a position to those who check, and tells how far it is. */
async function* readTo(
  { log }: Store,
  to: number,
  wrap: (stored: StoredEvent) => LogEvent,
  checks: readonly ViewCheck[],
): AsyncGenerator<number> {
  let after = 0
  while (after < to && checks.length > 0) {
    const page = await log.readLog({ partition: 0, after, to, limit: pageEvents })
    if (page.length === 0) return
    for (const stored of page) {
      const event = wrap(stored)
      for (const check of checks) check.feed(event)
    }
    after = page.at(-1)!.position
    yield after
  }
}

function unseen(view: string, why: string): ViewVerdict {
  const none = { keys: 0, different: 0, parked: 0, newer: 0, unsettled: 0, handlersChanged: false }
  return { view, state: 'not verifiable', why, ...none }
}

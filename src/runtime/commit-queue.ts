import type { Clock } from '../base/clock.ts'
import { failure, isEventwrightError, type ErrorCode } from '../base/errors.ts'
import { silentLog, type Log } from '../base/log.ts'
import { nextTurn } from '../base/next-turn.ts'
import type { Store } from '../ports/store.ts'
import type { TimerWrite } from '../ports/timers.ts'
import type { Loss, Outcome, ParkWrite, Unit } from '../ports/unit-of-work.ts'
import { settleByIds } from './log/event-ids.ts'
import { storePauseMs } from './loop/store-pause.ts'
import { settleRepeated } from './repeated-commit.ts'

/** Bounds of one batch and of what may wait. */
export interface CommitLimits {
  readonly batchUnits: number
  readonly batchEvents: number
  readonly batchRows: number
  readonly batchBytes: number
  readonly waitingUnits: number
  readonly unitBytes: number
  /** How long a batch is tried again while other processes hold the store's lock. */
  readonly busyDeadlineMs: number
}

/** The limits that the measurements suggest; see docs/decisions. */
export const commitLimits: CommitLimits = {
  batchUnits: 256,
  batchEvents: 2_000,
  batchRows: 1_000,
  batchBytes: 1 << 20,
  waitingUnits: 20_000,
  unitBytes: 16 << 20,
  busyDeadlineMs: 30_000,
}

/** What the queue has done since it was made. */
export interface CommitStatistics {
  readonly batches: number
  readonly units: number
  readonly busyRetries: number
}

/** The only way into `store.commit`. */
export interface CommitQueue {
  /**
   * Commits a unit together with others that wait. Units of one lane are decided in the order of these calls.
   * A loss is a returned outcome; what the store refuses altogether rejects: EW_STORE_BUSY and EW_STORE_UNREACHABLE
   * after the deadline, EW_STORE_FULL, EW_BUSY when too many units wait, EW_UNIT, EW_CLOSED. After EW_STORE_UNREACHABLE
   * nobody knows whether it was stored; the same unit may be committed again, and its event ids tell.
   */
  commit(unit: Unit): Promise<Outcome>
  /**
   * Called after every batch in which something was won, with all units of it; what a listener throws is only logged.
   * Answers its own removal.
   */
  onCommit(listener: (units: readonly Unit[]) => void): () => void
  statistics(): CommitStatistics
  /** Refuses new units and waits for those that were accepted. */
  close(): Promise<void>
}

/** How a lane commits. */
interface Sending {
  send(units: readonly Unit[], trial: Trial): Promise<readonly Outcome[]>
  tell(units: readonly Unit[]): void
}

/** What is known of a batch on its way. */
interface Trial {
  /** It was sent before, and nobody knows what became of that. */
  repeated: boolean
}

interface Waiting {
  readonly unit: Unit
  readonly events: number
  readonly rows: number
  readonly bytes: number
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: while a batch is in flight the next one fills, so no timer is needed. Units that append share one lane,
 * the others (projection workers) have a lane of their own, since they would hold appends up.
 */
export function commitQueue(
  store: Store,
  clock: Clock,
  limits: CommitLimits = commitLimits,
  log: Log = silentLog,
): CommitQueue {
  const listeners = new Set<(units: readonly Unit[]) => void>()
  const statistics = { batches: 0, units: 0, busyRetries: 0 }
  const sending: Sending = {
    async send(units, trial) {
      const outcomes = await commitPatiently(store, clock, limits, units, statistics, trial)
      statistics.batches++
      statistics.units += units.length
      return outcomes
    },
    tell(units) {
      for (const listener of listeners) {
        try {
          listener(units)
        } catch (error) {
          log.error('a listener to commits has failed', { error })
        }
      }
    },
  }
  const lanes = [lane(store, clock, limits, sending), lane(store, clock, limits, sending)] as const
  let closed = false
  return {
    commit: (unit) =>
      new Promise((resolve, reject) => {
        if (closed) throw failure('EW_CLOSED', 'A unit of work came after the commit queue was closed.')
        checkUnit(unit)
        lanes[unit.appends !== undefined && unit.appends.length > 0 ? 0 : 1].add(unit, resolve, reject)
      }),
    onCommit(listener) {
      // One of its own for each call, so that a removal takes away no other.
      const own = (units: readonly Unit[]): void => listener(units)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    statistics: () => ({ ...statistics }),
    async close() {
      closed = true
      await Promise.all(lanes.map((each) => each.idle()))
    },
  }
}

function lane(
  store: Store,
  clock: Clock,
  limits: CommitLimits,
  sending: Sending,
): { add(unit: Unit, resolve: Waiting['resolve'], reject: Waiting['reject']): void; idle(): Promise<void> } {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    await nextTurn()
    while (waiting.length > 0) {
      const { batch, rest } = takeBatch(waiting, limits)
      waiting = rest
      await settle(store, batch, sending)
      const turnMs = store.turnMs()
      if (turnMs > 0) await clock.sleep(turnMs)
      else await nextTurn()
    }
    running = undefined
  }
  return {
    add(unit, resolve, reject) {
      if (waiting.length >= limits.waitingUnits) {
        throw failure('EW_BUSY', `${waiting.length} units of work wait for the store ${store.name}.`)
      }
      const { events, rows, bytes } = measure(unit)
      if (bytes > limits.unitBytes) {
        throw failure('EW_UNIT', `A unit of work holds ${bytes} bytes; at most ${limits.unitBytes} are accepted.`)
      }
      waiting.push({ unit, events, rows, bytes, resolve, reject })
      running ??= run()
    },
    idle: async () => {
      while (running) await running
    },
  }
}

function takeBatch(waiting: readonly Waiting[], limits: CommitLimits): { batch: Waiting[]; rest: Waiting[] } {
  let events = 0
  let rows = 0
  let bytes = 0
  let count = 0
  for (const next of waiting) {
    if (count > 0) {
      if (count >= limits.batchUnits || events + next.events > limits.batchEvents) break
      if (rows + next.rows > limits.batchRows || bytes + next.bytes > limits.batchBytes) break
    }
    events += next.events
    rows += next.rows
    bytes += next.bytes
    count++
  }
  return { batch: waiting.slice(0, count), rest: waiting.slice(count) }
}

async function settle(
  store: Store,
  batch: readonly Waiting[],
  sending: Sending,
  trial: Trial = { repeated: false },
): Promise<void> {
  if (batch.length === 0) return
  const units = batch.map((each) => each.unit)
  let outcomes: readonly Outcome[]
  let known: ReadonlyMap<Unit, Outcome>
  try {
    outcomes = await sending.send(units, trial)
    known = await secondLook(store, units, outcomes, trial)
  } catch (error) {
    return recover(store, batch, sending, trial, error)
  }
  batch.forEach((each, i) => each.resolve(known.get(each.unit) ?? outcomes[i]!))
  // Whoever waits for an outcome comes after this all the same, since nothing is awaited in between.
  if (outcomes.some((outcome) => outcome.ok) || known.size > 0) sending.tell(units)
}

/** Outcomes of losers that were stored by an earlier attempt. */
async function secondLook(
  store: Store,
  units: readonly Unit[],
  outcomes: readonly Outcome[],
  { repeated }: Trial,
): Promise<ReadonlyMap<Unit, Outcome>> {
  const losers = new Map(units.flatMap((unit, i) => (outcomes[i]!.ok ? [] : [[unit, outcomes[i]] as [Unit, Loss]])))
  if (repeated) return losers.size === 0 ? losers : settleRepeated(store, losers)
  const conflicts = [...losers].flatMap(([unit, { reason }]) => (reason === 'conflict' ? [unit] : []))
  // Should this read fail, the answer stays what the commit said: a conflict.
  return conflicts.length === 0 ? new Map() : settleByIds(store.log, conflicts).catch(() => new Map())
}

async function recover(
  store: Store,
  batch: readonly Waiting[],
  sending: Sending,
  trial: Trial,
  error: unknown,
): Promise<void> {
  try {
    if (isEventwrightError(error, 'EW_IDS_TAKEN')) {
      const known = await settleByIds(
        store.log,
        batch.map((each) => each.unit),
      )
      if (known.size === 0) throw error
      for (const each of batch) if (known.has(each.unit)) each.resolve(known.get(each.unit)!)
      const rest = batch.filter((each) => !known.has(each.unit))
      return await settle(store, rest, sending, trial)
    }
    if (batch.length === 1 || concernsAll.some((code) => isEventwrightError(error, code))) throw error
    // Whatever one unit did, or two that bring the same event id, halves tell it from the others.
    const half = batch.length >> 1
    await settle(store, batch.slice(0, half), sending, { ...trial })
    await settle(store, batch.slice(half), sending, { ...trial })
  } catch (final) {
    for (const each of batch) each.reject(final)
  }
}

const concernsAll: readonly ErrorCode[] = ['EW_STORE_FULL', 'EW_STORE_BUSY', 'EW_STORE_UNREACHABLE']

/**
 * Tries again while others hold the lock, or the server cannot be reached. Where the connection broke, the batch may
 * have been stored: the same one is sent again, which nothing of it survives twice.
 */
async function commitPatiently(
  store: Store,
  clock: Clock,
  limits: CommitLimits,
  units: readonly Unit[],
  statistics: { busyRetries: number },
  trial: Trial,
): Promise<readonly Outcome[]> {
  const deadline = clock.now() + limits.busyDeadlineMs
  for (let attempt = 0; ; attempt++) {
    try {
      return await store.commit(units)
    } catch (error) {
      const unreachable = isEventwrightError(error, 'EW_STORE_UNREACHABLE')
      if (unreachable) trial.repeated = true
      if ((!unreachable && !isEventwrightError(error, 'EW_STORE_BUSY')) || clock.now() >= deadline) throw error
      statistics.busyRetries++
      await clock.sleep(storePauseMs(attempt, unreachable))
    }
  }
}

function measure(unit: Unit): { events: number; rows: number; bytes: number } {
  let events = 0
  let bytes = 0
  for (const append of unit.appends ?? []) {
    events += append.events.length
    for (const event of append.events) bytes += event.data.length + event.meta.length
  }
  for (const row of unit.inbox ?? []) bytes += row.outcome.length
  for (const { headers, value } of unit.outbox ?? []) bytes += headers.length + value.length
  for (const { state } of unit.sagas ?? []) bytes += state.length
  for (const { body } of unit.mail ?? []) bytes += body.length
  for (const timer of unit.timers ?? []) bytes += bytesOfTimer(timer)
  for (const park of unit.parks ?? []) bytes += bytesOfPark(park)
  for (const { key, row } of unit.rows ?? []) bytes += key.length + bytesOfValue(row)
  for (const { sql, params } of unit.statements ?? []) bytes += sql.length + bytesOfValue(params)
  for (const { state } of unit.snapshots ?? []) bytes += state.length
  const writes = [unit.rows, unit.statements, unit.snapshots, unit.outbox, unit.mail]
  const rows = writes.reduce((sum, list) => sum + (list?.length ?? 0), 0)
  return { events, rows, bytes }
}

function bytesOfTimer(write: TimerWrite): number {
  if (write.kind === 'set') return write.data.length + write.meta.length
  return write.kind === 'fire' ? write.message.headers.length + write.message.value.length : 0
}

function bytesOfPark(park: ParkWrite): number {
  const raw = 'raw' in park ? (park.raw?.length ?? 0) : 0
  if (park.kind !== 'park') return raw
  return park.history.reduce((sum, { message }) => sum + message.length, raw + park.message.length + park.stack.length)
}

/** About as much as it takes; writing it out would cost as much as the commit. */
function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Uint8Array) return value.byteLength
  let bytes = 0
  for (const member of Object.values(value)) bytes += bytesOfValue(member)
  return bytes
}

function checkUnit(unit: Unit): void {
  const some = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0
  const events = unit.appends?.some((append) => append.events.length > 0) ?? false
  if (!events && !some(unit.inbox) && !some(unit.positions)) {
    throw failure(
      'EW_UNIT',
      'A unit of work needs at least an event, an inbox row or a position, else a repeat could not be recognised.',
    )
  }
  if (repeatsAnId(unit)) {
    throw failure('EW_UNIT', 'A unit of work holds the same event id twice; every event needs an id of its own.')
  }
}

function repeatsAnId({ appends }: Unit): boolean {
  if (appends === undefined || (appends.length === 1 && appends[0]!.events.length === 1)) return false
  const ids = appends.flatMap(({ events }) => events.map(({ id }) => id))
  return new Set(ids).size < ids.length
}

import { failure } from '../../base/errors.ts'
import type { TimerWrite } from '../../ports/timers.ts'
import type { ParkWrite, Unit } from '../../ports/unit-of-work.ts'
import type { CommitLimits } from './limits.ts'

/** What a unit holds, as far as it bounds a batch. */
export interface UnitSize {
  readonly events: number
  readonly rows: number
  readonly bytes: number
}

/** What every unit must be, however it gets into a store; answers its size. Error: EW_UNIT. */
export function checkedUnit(unit: Unit, { unitBytes }: CommitLimits): UnitSize {
  checkUnit(unit)
  const size = measure(unit)
  if (size.bytes <= unitBytes) return size
  throw failure('EW_UNIT', `A unit of work holds ${size.bytes} bytes; at most ${unitBytes} are accepted.`)
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
}

function measure(unit: Unit): UnitSize {
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

/** How many bytes a row or another value is, about: to write it out would cost as much as its commit. */
export function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Uint8Array) return value.byteLength
  let bytes = 0
  for (const member of Object.values(value)) bytes += bytesOfValue(member)
  return bytes
}

import type { Measured } from '../variant.ts'
import type { Commits } from './commit-count.ts'
import { inFlight } from './in-flight.ts'

/** A closed loop of sagas; the rate is the value, what it costs stands in the details. Commits are counted if asked. */
export async function perSaga(
  callers: number,
  forMs: number,
  commits: (() => Commits) | undefined,
  work: () => Promise<unknown>,
): Promise<Measured> {
  const before = commits?.()
  const cpuBefore = process.cpuUsage()
  const { count, perSecond, p50Ms, p99Ms } = await inFlight(callers, forMs, work)
  const cpu = process.cpuUsage(cpuBefore)
  const after = commits?.()
  const details = { sagas: count, p50Ms, p99Ms, cpuMs: (cpu.user + cpu.system) / 1000 / count }
  if (before === undefined || after === undefined) return { value: perSecond, details }
  const fsyncs = (after.durable - before.durable) / count
  const relaxed = (after.relaxed - before.relaxed) / count
  return { value: perSecond, details: { ...details, fsyncs, relaxed } }
}

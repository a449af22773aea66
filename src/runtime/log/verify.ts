import type { EventLog } from '../../ports/event-log.ts'
import type { Partition, StoredEvent } from '../../ports/stored-event.ts'
import type { Store } from '../../ports/store.ts'
import { isErased } from '../streams/erasure.ts'
import { aheadText, checkpointsAhead } from './checkpoints.ts'
import { eventChecksum } from './event-encoding.ts'

/** Something in the log that must not be. */
export interface VerifyFinding {
  readonly kind: 'checksum' | 'gap' | 'version' | 'stream' | 'deletion' | 'checkpoint'
  readonly partition: Partition
  readonly position: number
  readonly stream: string
  readonly what: string
}

/** What one page of the check found, and how far the check is. */
export interface VerifyStep {
  readonly partition: Partition
  readonly position: number
  readonly of: number
  readonly events: number
  readonly findings: readonly VerifyFinding[]
}

const pageEvents = 1_000

/**
 * Reads both partitions from the start. Positions must be dense, versions of each stream contiguous from 1, checksums
 * right except where data was deleted, which is so only in streams that were, and each stream's recorded version that
 * of its last event. What is appended meanwhile is no finding. Memory grows with the number of streams, not of events.
 */
export async function* verify(log: EventLog): AsyncGenerator<VerifyStep> {
  const versions = new Map<string, number>()
  const erased = new Set<string>()
  const ends: [number, number] = [0, 0]
  for (const partition of [0, 1] as const) {
    const head = await log.head(partition)
    let after = 0
    for (;;) {
      const page = await log.readLog({ partition, after, limit: pageEvents })
      const findings = page.flatMap((event, i) => check(event, i === 0 ? after : page[i - 1]!.position, versions))
      for (const { stream, deleted } of page) if (deleted) erased.add(stream)
      after = page.at(-1)?.position ?? after
      ends[partition] = after
      const ended = page.length < pageEvents
      // Events may have come since the head was read; a head without its events is a loss.
      if (ended && after < head)
        findings.push({
          kind: 'gap',
          partition,
          position: after + 1,
          stream: '',
          what: `the log ends at ${after}, its head says ${head}`,
        })
      yield { partition, position: after, of: Math.max(head, after), events: page.length, findings }
      if (ended) break
    }
  }
  yield* verifyStreams(log, versions, erased, ends)
}

/**
 * The same of a whole store: no deletion of a stream has broken off (`deletion`), and consumers must not stand behind
 * the end of what they read (`checkpoint`, at their position).
 */
export async function* verifyStore(store: Store): AsyncGenerator<VerifyStep> {
  yield* verify(store.log)
  yield* verifyDeletions(store.log)
  const ahead = await checkpointsAhead(store, await store.ownership.list())
  const findings = ahead.map((each): VerifyFinding => {
    return { kind: 'checkpoint', partition: 0, position: each.position, stream: '', what: aheadText(each) }
  })
  if (findings.length > 0) yield { partition: 0, position: 0, of: 0, events: 0, findings }
}

async function* verifyDeletions(log: EventLog): AsyncGenerator<VerifyStep> {
  let after: string | undefined
  for (;;) {
    const page = await log.streams({ status: 'deleted', limit: pageEvents, ...(after !== undefined && { after }) })
    const findings: VerifyFinding[] = []
    for (const { stream, partition } of page) {
      if (await isErased({ log }, stream)) continue
      const what = 'the stream is deleted, and not all of its data are gone: delete it again'
      findings.push({ kind: 'deletion', partition, position: 0, stream, what })
    }
    if (findings.length > 0) yield { partition: 0, position: 0, of: 0, events: 0, findings }
    if (page.length < pageEvents) return
    after = page.at(-1)!.stream
  }
}

async function* verifyStreams(
  log: EventLog,
  versions: ReadonlyMap<string, number>,
  erased: ReadonlySet<string>,
  ends: readonly [number, number],
): AsyncGenerator<VerifyStep> {
  let after: string | undefined
  for (;;) {
    const page = await log.streams({ limit: pageEvents, ...(after !== undefined && { after }) })
    const findings: VerifyFinding[] = []
    for (const { stream, version, partition, status } of page) {
      const say = (what: string): void => void findings.push({ kind: 'stream', partition, position: 0, stream, what })
      if (status !== 'deleted' && erased.has(stream)) say('events of it are deleted, and the stream is not')
      const last = versions.get(stream) ?? 0
      if (last === version || (last < version && (await hasGrown(log, stream, last, ends[partition])))) continue
      say(`the stream says version ${version}, its last event ${last}`)
    }
    if (page.length > 0) yield { partition: 0, position: 0, of: 0, events: 0, findings }
    if (page.length < pageEvents) return
    after = page.at(-1)!.stream
  }
}

/** Whether a stream goes on behind what was read of the log; else its last event is lost, not new. */
async function hasGrown(log: EventLog, stream: string, last: number, end: number): Promise<boolean> {
  const [next] = await log.readStream({ stream, from: last + 1, to: last + 1, limit: 1 })
  return next !== undefined && next.position > end
}

function check(event: StoredEvent, before: number, versions: Map<string, number>): VerifyFinding[] {
  const { partition, position, stream, version } = event
  const found: VerifyFinding[] = []
  const say = (kind: VerifyFinding['kind'], what: string): void =>
    void found.push({ kind, partition, position, stream, what })
  if (position !== before + 1) say('gap', `position ${before + 1} is missing`)
  const expected = (versions.get(stream) ?? 0) + 1
  if (version !== expected) say('version', `version ${version} where ${expected} was expected`)
  versions.set(stream, version)
  if (event.deleted) return found
  const sum = eventChecksum(event.id, stream, event.type, event.schemaVersion, event.data, event.meta)
  if (sum !== event.checksum) say('checksum', `checksum ${sum} where ${event.checksum} is stored`)
  return found
}

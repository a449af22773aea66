import { failure } from '../base/errors.ts'
import type { CopiedRow, CopyPlace, CopySection, CopySource, CopyTarget, CopyableStore } from '../ports/copying.ts'
import { verify } from './log/verify.ts'

/** How a store is copied. */
export interface CopyOptions {
  /** The id of the copy; default that of the original, so that receipts stay valid. */
  readonly storeId?: string
  readonly signal?: AbortSignal
  onProgress?(progress: CopyProgress): void
}

/** How far a copy is: rows while it is written, events while it is verified. */
export interface CopyProgress {
  readonly phase: 'copy' | 'verify'
  readonly done: number
  readonly of: number
}

/** What was copied. */
export interface CopyReport {
  readonly from: string
  readonly to: string
  readonly storeId: string
  /** Rows by section, in the order in which they were written. */
  readonly rows: Readonly<Record<string, number>>
  /** Events whose checksum, position and version were found right in the copy. */
  readonly verifiedEvents: number
  /** Tables of the user, which stay where they are. */
  readonly notCopied: readonly string[]
}

const mostRows = 2_000
const firstRows = 100
const pageBytes = 1_048_576

/**
 * Copies all of a store into an empty one: positions, ids, versions and times stay what they are, leases end, and
 * epochs rise. The copy is verified before it is there, and it is there as a whole or not at all, so whatever breaks
 * off is begun anew. Memory does not grow with the store.
 * Errors: EW_STORE_IN_USE, EW_CONSUMERS_NOT_LEVEL between stores of two kinds, EW_STORE_NOT_EMPTY, EW_STORE_CORRUPT
 * when what was copied does not verify, and those of both stores.
 */
export function copyStore(from: CopyableStore, to: CopyableStore, options: CopyOptions = {}): Promise<CopyReport> {
  return from.reading(async (source) => {
    await assertResting(source)
    if (from.kind !== to.kind) await assertLevel(source)
    return to.filling((target) => copy(source, target, options))
  })
}

async function copy(source: CopySource, target: CopyTarget, options: CopyOptions): Promise<CopyReport> {
  const { signal, onProgress } = options
  const sections = await source.sections()
  const counts = new Map<CopySection, number>()
  for (const section of sections) counts.set(section, await source.count(section))
  const of = [...counts.values()].reduce((sum, count) => sum + count, 0)
  await target.prepare(sections)
  let done = 0
  for (const section of sections) {
    for await (const rows of pagesOf(source, section)) {
      signal?.throwIfAborted()
      await target.write(section, rows)
      done += rows.length
      onProgress?.({ phase: 'copy', done, of })
    }
  }
  const storeId = options.storeId ?? source.storeId
  await target.setStoreId(storeId)
  for (const [section, count] of counts) {
    const there = await target.count(section)
    if (there !== count) throw notWhole(target, `${section.name} has ${there} rows of ${count}`)
  }
  return {
    from: source.name,
    to: target.name,
    storeId,
    rows: Object.fromEntries([...counts].map(([{ name }, count]) => [name, count])),
    verifiedEvents: await verified(target, options),
    notCopied: await source.otherTables(),
  }
}

/** Who has a lease may write as soon as he can, and what he writes would be missing. Error: EW_STORE_IN_USE. */
async function assertResting(source: CopySource): Promise<void> {
  const owners = await source.owners()
  if (owners.length === 0) return
  const names = [...new Set(owners.map(({ owner }) => owner))]
  const [{ consumer, owner }] = owners as [(typeof owners)[0]]
  const what = `${names.length === 1 ? 'the process' : `${names.length} processes, one of them`} ${owner}`
  throw failure('EW_STORE_IN_USE', `${what} works on ${source.name}, among others as ${consumer}.`, {
    details: { store: source.name, owners },
  })
}

/**
 * The other kind divides consumers into another number of buckets when it starts, which it can only where all of them
 * have done the same. Error: EW_CONSUMERS_NOT_LEVEL.
 */
async function assertLevel(source: CopySource): Promise<void> {
  const [uneven, ...more] = await source.uneven()
  if (uneven === undefined) return
  const { consumer, buckets, first, last } = uneven
  const where = `the ${buckets} buckets of ${consumer} stand between ${first} and ${last}`
  const others = more.length === 0 ? '' : `, and ${more.length} more consumers are not level`
  throw failure('EW_CONSUMERS_NOT_LEVEL', `In ${source.name} ${where}${others}.`, {
    details: { store: source.name, consumers: [uneven, ...more] },
  })
}

/** Pages of about the same size, whatever the rows weigh. */
async function* pagesOf(source: CopySource, section: CopySection): AsyncGenerator<readonly CopiedRow[]> {
  let after: CopyPlace | undefined
  let limit = firstRows
  do {
    const { rows, end } = await source.page(section, after, limit)
    if (rows.length > 0) yield rows
    after = end
    const bytes = rows.reduce((sum, row) => sum + weightOf(row), 0)
    limit = Math.min(mostRows, limit * 2, Math.max(1, Math.floor((pageBytes * rows.length) / Math.max(1, bytes))))
  } while (after !== undefined)
}

function weightOf(row: CopiedRow): number {
  const values = 'key' in row ? [row.key, ...Object.values(row.row ?? {})] : row
  let bytes = 0
  for (const value of values) bytes += typeof value === 'string' ? value.length + 8 : weightOfValue(value)
  return bytes
}

function weightOfValue(value: unknown): number {
  if (value instanceof Uint8Array) return value.length
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8
}

async function verified(target: CopyTarget, { signal, onProgress }: CopyOptions): Promise<number> {
  const of = (await target.log.head(0)) + (await target.log.head(1))
  let events = 0
  for await (const step of verify(target.log)) {
    signal?.throwIfAborted()
    const [finding] = step.findings
    if (finding !== undefined) {
      const { stream, position, what } = finding
      throw notWhole(target, `${what} (stream ${stream || '?'}, position ${position})`)
    }
    events += step.events
    onProgress?.({ phase: 'verify', done: events, of })
  }
  return events
}

function notWhole(target: CopyTarget, what: string): Error {
  return failure('EW_STORE_CORRUPT', `The copy in ${target.name} does not verify, so nothing of it is kept: ${what}.`, {
    details: { store: target.name },
  })
}

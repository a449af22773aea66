import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import type { Held, OwnershipRow } from '../ports/ownership.ts'
import type { Store } from '../ports/store.ts'
import type { PositionMove } from '../ports/unit-of-work.ts'

/** A bucket that this process works on. */
export interface Bucket extends Held {
  /** Where it stands in the store; it follows the commits of its owner. */
  position: number
  /** Up to where all is done: further than `position` where nothing was for this bucket, which commits later. */
  done: number
  /** True once the lease is known to be lost; the bucket must be dropped. */
  readonly lost: boolean
  /** Fires, with EW_OWNERSHIP_LOST, when `lost` becomes true. */
  readonly signal: AbortSignal
  /** True when another process would like to have it: it is given back after what is in hand. */
  wanted: boolean
  /** Notes that the lease is lost. */
  lose(): void
}

/** What the process holds, and the heartbeat that keeps it. */
export interface Ownership {
  /** Creates missing rows at `position`; `buckets` is a power of two. */
  ensure(consumer: string, source: string, buckets: number, position: number): Promise<void>
  /** Makes a consumer have so many buckets. Error: EW_CONSUMERS_NOT_LEVEL. */
  divide(consumer: string, source: string, buckets: number, position: number): Promise<void>
  /** How many buckets a consumer has, whoever holds them. */
  count(consumer: string, source: string): Promise<number>
  /** Asks whoever holds a bucket to give it here; once a second, however often it is called. */
  wish(consumer: string, source: string, bucket: number): Promise<void>
  /** Takes what is free or expired; answers that and what is held already. */
  claim(consumer: string, source: string): Promise<readonly Bucket[]>
  /** Whether there is a bucket that nobody holds, or that only the table says is held here. */
  isAnyFree(consumer: string, source: string): Promise<boolean>
  /** The compare-and-set that moves a bucket to `to`, for the unit that did the work. */
  move(bucket: Bucket, to: number): PositionMove
  /** Gives buckets up at once so that others can go on. */
  release(buckets: readonly Bucket[]): Promise<void>
  /**
   * Compares what each process holds of these consumers: marks what is held here and wanted elsewhere, notes what was
   * given up for this process, and asks for a part of what the busiest has more. Answers whether something was marked
   * or noted.
   */
  share(consumers: ReadonlySet<string>): Promise<boolean>
  /** Whether something that this process has asked for has not come yet; nobody works on it once it was given up. */
  isWaiting(): boolean
  /** Whether something of the consumer was given up for this process. */
  isGranted(consumer: string): boolean
  /** Renews leases until `stop` fires; it never rejects. */
  heartbeat(stop: AbortSignal): Promise<void>
}

/** Whoever holds what is wished for looks once a second. */
const wishAgainMs = 1_000

/**
 * Ownership of consumer buckets for one process. The lease decides who tries; epoch and position in every unit decide
 * who wins, so a paused owner can do no harm when it wakes up.
 */
export function ownership(
  { ownership: table, now }: Pick<Store, 'ownership' | 'now'>,
  owner: string,
  leaseMs: number,
  clock: Clock,
): Ownership {
  const held = new Map<string, Bucket>()
  const wishedMs = new Map<string, number>()
  let granted: ReadonlySet<string> = new Set()
  let isWaiting = false
  const drop = (bucket: Bucket): void => {
    bucket.lose()
    if (held.get(nameOf(bucket)) === bucket) held.delete(nameOf(bucket))
  }
  return {
    ensure: (consumer, source, buckets, position) => table.ensure(consumer, source, buckets, position),
    divide: (consumer, source, buckets, position) => table.divide(consumer, source, buckets, position),
    count: async (consumer, source) => (await table.list(consumer)).filter((row) => row.source === source).length,
    async wish(consumer, source, bucket) {
      const name = nameOf({ consumer, source, bucket })
      if (clock.now() < (wishedMs.get(name) ?? -Infinity) + wishAgainMs) return
      wishedMs.set(name, clock.now())
      const rows = await table.list(consumer)
      const held = rows.filter((row) => row.source === source && row.bucket === bucket && row.owner !== null)
      await table.ask(
        held.filter((row) => row.owner !== owner),
        owner,
      )
    },
    async claim(consumer, source) {
      const rows = await table.claim(consumer, source, owner, leaseMs)
      const fresh: Bucket[] = []
      for (const row of rows) {
        const known = held.get(nameOf(row))
        if (known !== undefined) drop(known)
        const bucket = claimed({ consumer, source, bucket: row.bucket, epoch: row.epoch }, row.position)
        // Nobody has had it in between, so what was done without a commit is done.
        if (known?.epoch === row.epoch - 1 && known.position === row.position) bucket.done = known.done
        held.set(nameOf(bucket), bucket)
        fresh.push(bucket)
      }
      // A row that is being renewed or wished for at this moment is passed over, and stays held here.
      const names = new Set(fresh.map(nameOf))
      const isKept = (bucket: Bucket): boolean =>
        bucket.consumer === consumer && bucket.source === source && !bucket.lost && !names.has(nameOf(bucket))
      return [...fresh, ...[...held.values()].filter(isKept)].sort((a, b) => a.bucket - b.bucket)
    },
    async isAnyFree(consumer, source) {
      const [rows, nowMs] = [await table.list(consumer), await now()]
      const isLostHere = (row: OwnershipRow): boolean => row.owner === owner && held.get(nameOf(row))?.lost !== false
      const isFree = (row: OwnershipRow): boolean =>
        (row.untilMs ?? 0) <= nowMs || (row.owner === null && row.wanted === owner) || isLostHere(row)
      return rows.some((row) => row.source === source && isFree(row))
    },
    move: (bucket, to) => ({
      consumer: bucket.consumer,
      source: bucket.source,
      bucket: bucket.bucket,
      epoch: bucket.epoch,
      from: bucket.position,
      to,
      ttlMs: leaseMs,
    }),
    async release(buckets) {
      for (const bucket of buckets) drop(bucket)
      if (buckets.length > 0) await table.release(buckets)
    },
    async share(consumers) {
      const stood = [...held.values()].map((bucket) => [bucket, bucket.position] as const)
      const [all, nowMs] = [await table.list(), await now()]
      const stored = new Map(all.map((row) => [nameOf(row), row]))
      // A crash of the server has taken back positions that it had not written yet: their work is done again.
      const setBack = stood.flatMap(([bucket, position]) => {
        const row = stored.get(nameOf(bucket))
        return row?.epoch === bucket.epoch && row.position < position ? [bucket] : []
      })
      for (const bucket of setBack) drop(bucket)
      const rows = all.filter((row) => consumers.has(row.consumer) && row.owner !== null && (row.untilMs ?? 0) > nowMs)
      const wished = wishOf(rows, owner)
      if (wished.length > 0) await table.ask(wished, owner)
      const forMe = all.filter((row) => row.wanted === owner && row.owner !== owner)
      granted = new Set(forMe.filter((row) => row.owner === null).map(({ consumer }) => consumer))
      isWaiting = wished.length + forMe.length > 0
      const wanted = rows.filter((row) => row.owner === owner && row.wanted !== null && row.wanted !== owner)
      const given = wanted.flatMap((row) => held.get(nameOf(row)) ?? [])
      for (const bucket of given) bucket.wanted = true
      return given.length + setBack.length + granted.size > 0
    },
    isWaiting: () => isWaiting,
    isGranted: (consumer) => granted.has(consumer),
    async heartbeat(stop) {
      while (!stop.aborted) {
        await clock.sleep(leaseMs / 3, stop)
        if (stop.aborted || held.size === 0) continue
        const before = [...held.values()]
        // A failed renewal is no loss yet: the lease says when it is, and every commit checks the epoch.
        const still = await table.renew(before, leaseMs).catch(() => undefined)
        if (still === undefined) continue
        const names = new Set(still.map((each) => `${nameOf(each)} ${each.epoch}`))
        for (const bucket of before) if (!names.has(`${nameOf(bucket)} ${bucket.epoch}`)) drop(bucket)
      }
    },
  }
}

/**
 * What a process asks of others: of each consumer that has several buckets a part, so that the work of one that has
 * much of it is shared too, and a part of those that have only one.
 */
function wishOf(rows: readonly OwnershipRow[], owner: string): readonly OwnershipRow[] {
  const consumers = [...Map.groupBy(rows, ({ consumer, source }) => `${source} ${consumer}`).values()]
  const single = consumers.filter(({ length }) => length === 1).flat()
  return [single, ...consumers.filter(({ length }) => length > 1)].flatMap((group) => wishIn(group, owner))
}

/**
 * Half of what the one that holds most has more, so that after a few rounds nobody holds two more than another. Whoever
 * waits for a wish to be granted asks for nothing else.
 */
function wishIn(rows: readonly OwnershipRow[], owner: string): readonly OwnershipRow[] {
  if (rows.some((row) => row.wanted === owner && row.owner !== owner)) return []
  const held = Map.groupBy(rows, (row) => row.owner)
  const mine = held.get(owner)?.length ?? 0
  const most = [...held.values()].reduce((a, b) => (b.length > a.length ? b : a), [] as OwnershipRow[])
  const free = most.filter((row) => row.wanted === null)
  return most[0]?.owner === owner ? [] : free.slice(0, Math.max(0, Math.floor((most.length - mine) / 2)))
}

function claimed(held: Held, position: number): Bucket {
  const losing = new AbortController()
  return {
    ...held,
    position,
    done: position,
    wanted: false,
    signal: losing.signal,
    get lost() {
      return losing.signal.aborted
    },
    lose: () => losing.abort(failure('EW_OWNERSHIP_LOST', `${held.consumer} lost its bucket ${held.bucket}.`)),
  }
}

function nameOf(held: { readonly consumer: string; readonly source: string; readonly bucket: number }): string {
  return `${held.bucket} ${held.source} ${held.consumer}`
}

import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import type { Held, OwnershipRow } from '../ports/ownership.ts'
import type { Store } from '../ports/store.ts'
import type { PositionMove } from '../ports/unit-of-work.ts'
import { Gathering } from './gathering.ts'

/** A bucket that this process works on. */
export interface Bucket extends Held {
  /** Where it stands in the store; it follows the commits of its owner. */
  position: number
  /** Up to where all is done: further than `position` where nothing was for this bucket, which commits later. */
  done: number
  /** True once the lease is known to be lost; the bucket must be dropped. */
  readonly lost: boolean
  /** Fires, with EW_OWNERSHIP_LOST, when `lost` becomes true; the same one as long as nobody else had the bucket. */
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
  /**
   * Asks whoever holds a bucket to give it here; once a second, however often it is called. Of those who ask for what
   * others have, one after the other gets all of it.
   */
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
   * Compares what each process holds of these consumers: marks what is held here and wanted elsewhere, unless it is
   * being gathered here, notes what was given up for this process or is free, and asks for a part of what the busiest
   * has more. Answers whether something was marked or noted.
   */
  share(consumers: ReadonlySet<string>): Promise<boolean>
  /** Whether something that this process has asked for has not come yet; nobody works on it once it was given up. */
  isWaiting(): boolean
  /** Whether something of the consumer was given up for this process, or nobody holds it. */
  isGranted(consumer: string): boolean
  /** Renews leases until `stop` fires; it never rejects. */
  heartbeat(stop: AbortSignal): Promise<void>
}

/** For how long it is believed that nothing is free unless a look at all that is held has found something. */
const lookedMs = 2_000

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
  const held = new Map<string, HeldBucket>()
  const gathering = new Gathering(owner)
  let granted: ReadonlySet<string> = new Set()
  let free: ReadonlySet<string> = new Set()
  let looked: { readonly atMs: number; readonly consumers: ReadonlySet<string> } | undefined
  let isWaiting = false
  const drop = (bucket: Bucket): void => {
    bucket.lose()
    if (held.get(nameOf(bucket)) === bucket) held.delete(nameOf(bucket))
  }
  const isFree = (row: OwnershipRow, nowMs: number): boolean => {
    const isLostHere = row.owner === owner && held.get(nameOf(row))?.lost !== false
    return (row.untilMs ?? 0) <= nowMs || (row.owner === null && row.wanted === owner) || isLostHere
  }
  return {
    ensure: (consumer, source, buckets, position) => table.ensure(consumer, source, buckets, position),
    divide: (consumer, source, buckets, position) => table.divide(consumer, source, buckets, position),
    count: async (consumer, source) => (await table.list(consumer)).filter((row) => row.source === source).length,
    async wish(consumer, source, bucket) {
      if (!gathering.wish({ consumer, source, bucket }, clock.now())) return
      const rows = (await table.list(consumer)).filter((row) => row.source === source && row.bucket === bucket)
      await table.ask(
        rows.filter((row) => gathering.mayAsk(row)),
        owner,
      )
    },
    async claim(consumer, source) {
      const rows = await table.claim(consumer, source, owner, leaseMs)
      const fresh: Bucket[] = []
      for (const row of rows) {
        const known = held.get(nameOf(row))
        // Nobody has had it in between, so what was done without a commit is done, and what is under way goes on.
        const goesOn = known?.epoch === row.epoch - 1 && known.position === row.position && !known.lost
        if (known !== undefined && !goesOn) drop(known)
        const terms = { consumer, source, bucket: row.bucket, epoch: row.epoch }
        const bucket = claimed(terms, row.position, goesOn ? known : undefined)
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
      // Whoever compares what everybody holds has seen it for all consumers at once.
      const isSeen = looked?.consumers.has(consumer) === true && clock.now() - looked.atMs < lookedMs
      if (isSeen && !free.has(consumer) && !granted.has(consumer)) return false
      const [rows, nowMs] = [await table.list(consumer), await now()]
      return rows.some((row) => row.source === source && isFree(row, nowMs))
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
      const [atMs, own] = [clock.now(), new Set(consumers)]
      const [all, nowMs] = [await table.list(), await now()]
      const stored = new Map(all.map((row) => [nameOf(row), row]))
      // A crash of the server has taken back positions that it had not written yet: their work is done again.
      const setBack = stood.flatMap(([bucket, position]) => {
        const row = stored.get(nameOf(bucket))
        return row?.epoch === bucket.epoch && row.position < position ? [bucket] : []
      })
      for (const bucket of setBack) drop(bucket)
      // What was given up for this process counts as a wish that is not granted yet, or it would ask for more.
      const isHeld = (row: OwnershipRow): boolean =>
        row.owner === null ? row.wanted === owner : (row.untilMs ?? 0) > nowMs
      const rows = all.filter((row) => consumers.has(row.consumer) && isHeld(row))
      const wanted = gathering.given(rows, (place) => held.get(nameOf(place))?.lost === false, atMs)
      const wished = wishOf(
        rows.filter((row) => !gathering.letsAlone(row, atMs)),
        owner,
      )
      if (wished.length > 0) await table.ask(wished, owner)
      const forMe = all.filter((row) => row.wanted === owner && row.owner !== owner)
      granted = new Set(forMe.filter((row) => row.owner === null).map(({ consumer }) => consumer))
      free = new Set(all.flatMap((row) => (own.has(row.consumer) && isFree(row, nowMs) ? row.consumer : [])))
      looked = { atMs, consumers: own }
      isWaiting = wished.length + forMe.length > 0
      const given = wanted.flatMap((row) => held.get(nameOf(row)) ?? [])
      for (const bucket of given) bucket.wanted = true
      return given.length + setBack.length + granted.size + free.size > 0
    },
    isWaiting: () => isWaiting,
    isGranted: (consumer) => granted.has(consumer) || free.has(consumer),
    async heartbeat(stop) {
      while (!stop.aborted) {
        await clock.sleep(leaseMs / 3, stop)
        if (stop.aborted || held.size === 0) continue
        const before = [...held.values()]
        // A failed renewal is no loss yet: the lease says when it is, and every commit checks the epoch.
        const still = await table.renew(before, leaseMs).catch(() => undefined)
        if (still === undefined) continue
        const names = new Set(still.map((each) => `${nameOf(each)} ${each.epoch}`))
        // One that was claimed anew meanwhile shares its loss with what it was before.
        for (const bucket of before)
          if (!names.has(`${nameOf(bucket)} ${bucket.epoch}`) && held.get(nameOf(bucket)) === bucket) drop(bucket)
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

/** From when a bucket was claimed until somebody else has it, however often it was claimed anew meanwhile. */
interface Tenure extends Pick<Bucket, 'signal' | 'lose'> {
  lost: boolean
}

interface HeldBucket extends Bucket {
  readonly tenure: Tenure
}

function claimed(held: Held, position: number, before?: HeldBucket): HeldBucket {
  const tenure = before?.tenure ?? tenureOf(held)
  const { signal, lose } = tenure
  return {
    ...held,
    position,
    done: before?.done ?? position,
    wanted: false,
    tenure,
    signal,
    get lost() {
      return tenure.lost
    },
    lose,
  }
}

function tenureOf({ consumer, bucket }: Held): Tenure {
  const controller = new AbortController()
  const tenure: Tenure = {
    // Asked for every bucket in every turn, and asking a signal is dear.
    lost: false,
    signal: controller.signal,
    lose() {
      tenure.lost = true
      controller.abort(failure('EW_OWNERSHIP_LOST', `${consumer} lost its bucket ${bucket}.`))
    },
  }
  return tenure
}

function nameOf(held: { readonly consumer: string; readonly source: string; readonly bucket: number }): string {
  return `${held.bucket} ${held.source} ${held.consumer}`
}

import type { SagaMail } from '../../ports/sagas.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { Bucket } from '../ownership.ts'
import { roundOf } from '../telemetry/saga-spans.ts'
import { chained, meetingStep, type Chain } from './chaining.ts'
import type { Desk } from './desk.ts'
import type { EarlyDesk, EarlyStart } from './early-starts.ts'
import { notBegun } from './instances.ts'
import type { RunnerOptions } from './options.ts'
import { done, follow, readAnew } from './settling.ts'
import { partsOf, together, type OwnPart } from './unit.ts'

type Early = NonNullable<RunnerOptions['early']>

/** How a bucket is held here, who it is that works on it, and what notes that he has ended. */
interface At extends Early {
  readonly self: EarlyDesk
  /** What begins before would be taken for what a former owner has left. */
  isTakenOver(bucket: number): boolean
  /** Buckets whose fence has made a unit lose. */
  readonly fenced: WeakSet<Bucket>
  leave(): void
}

/** A desk as whoever begins instances early sees it. */
export function earlyDesk<S, I>(desk: Desk<S, I>, early: Early, isTakenOver: At['isTakenOver']): EarlyDesk {
  const fenced = new WeakSet<Bucket>()
  const self: EarlyDesk = {
    async start(piece) {
      const bucket = desk.bundle.bucketOf(piece.address)
      if (bucket === undefined || fenced.has(bucket) || early.saga.deskOf(bucket) !== self) return undefined
      const leave = desk.atWork.begin(bucket.signal)
      let start: EarlyStart | undefined
      try {
        start = await earlyStart(desk, piece, bucket, { ...early, self, isTakenOver, fenced, leave })
        return start
      } finally {
        if (start === undefined) leave()
      }
    },
    readAnew(id) {
      readAnew(desk, id)
      desk.options.wake.raise()
    },
  }
  return self
}

/**
 * Works out the beginning of an instance, which commits with the event that starts it. Undefined for one of which
 * something is known here already, and wherever anything is not as it mostly is.
 */
async function earlyStart<S, I>(
  desk: Desk<S, I>,
  piece: SagaMail,
  bucket: Bucket,
  at: At,
): Promise<EarlyStart | undefined> {
  const { options, core } = desk
  const { address: id } = piece
  const mayBegin = (): boolean => at.isTakenOver(bucket.bucket) && !bucket.wanted && !isKnown(desk, id)
  if (!mayBegin()) return undefined
  const nowMs = await options.store.now()
  if (desk.bundle.bucketOf(id) !== bucket || !mayBegin()) return undefined
  const { input, origin } = core.read({ ...piece, seq: 0, atMs: nowMs })!
  const item = { id, input, begins: true, ...(origin !== undefined && { origin }) }
  const round = roundOf(options.telemetry, core.name, undefined, [item])
  const chain = await chained(desk, notBegun(id, 0), [item], nowMs, round?.trace)
  const { draft, running } = chain
  // A step that has begun is told of, and so is what it is a part of, whatever becomes of them.
  const tell = (isStored: boolean): void => {
    if (isStored || chain.begun.size > 0) round?.end(draft)
  }
  const leave = (): undefined => {
    running?.settle(false)
    tell(false)
  }
  if (chain.isCutOff || draft.failed !== undefined || draft.remarks.length > 0 || draft.events.length === 0)
    return leave()
  const parts = await partsOf(options, core, draft).catch(() => undefined)
  if (parts === undefined || meetingStep(chain, parts) !== undefined) return leave()
  const unit: Unit = { ...together(parts), positions: [at.fence(bucket)] }
  return {
    unit,
    ended(outcome) {
      try {
        ended(desk, chain, bucket, at, outcome, parts.own)
      } finally {
        at.leave()
        tell(outcome?.ok === true)
      }
    },
  }
}

function ended<S, I>(
  desk: Desk<S, I>,
  chain: Chain<S, I>,
  bucket: Bucket,
  { saga, self, fenced }: At,
  outcome: Outcome | undefined,
  own: OwnPart,
): void {
  const { draft, running } = chain
  const { id } = draft.before
  running?.settle(outcome?.ok === true)
  if (outcome?.ok === false) {
    // Lost, or claimed anew by this process, which its next round tells.
    if (outcome.reason === 'owner') fenced.add(bucket)
    return
  }
  // Whoever has got the bucket meanwhile may have looked at what is there before this was.
  const isHere = desk.bundle.bucketOf(id)?.signal === bucket.signal && saga.deskOf(bucket) === self
  if (outcome === undefined || !isHere) return saga.deskOf(bucket)?.readAnew(id)
  done(desk, draft)
  follow(desk, draft, own, chain)
}

function isKnown<S, I>({ instances, inbox, resting, lot, stale, isOver }: Desk<S, I>, id: string): boolean {
  const isResting = resting.has(id) || lot.has(id) || stale.has(id)
  return isOver.isRaised || isResting || instances.has(id) || inbox.has(id)
}

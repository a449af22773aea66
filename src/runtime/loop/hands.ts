import type { Bucket } from '../ownership.ts'
import { bundleOf, type Bundle } from './bundle.ts'
import { Hand, type HandOptions } from './hand.ts'
import type { Handler } from './handler.ts'

/** What hands are made of. */
export interface HandsOptions extends Omit<HandOptions, 'handler'> {
  handler(): Handler
}

/** What is to be known of the buckets of all hands at every turn. */
export interface Survey {
  /** Without those that are lost. */
  readonly held: number
  readonly hasLost: boolean
  /** Whether another process would like to have one. */
  readonly hasWanted: boolean
}

/** Buckets that are so many pages behind the others are worked on beside them and not by them. */
const farPages = 10

/**
 * The hands of one consumer. Buckets whose keys are spread are one bundle, so that the source is read once; those that
 * are far behind, since somebody else had left them there, are one of their own until they have caught up. Where keys
 * are not spread each bucket is a bundle.
 */
export class Hands {
  readonly #options: HandsOptions
  #hands: Hand[] = []

  constructor(options: HandsOptions) {
    this.#options = options
  }

  all(): readonly Hand[] {
    return this.#hands
  }

  /** All that is held, lost ones left out. */
  buckets(): readonly Bucket[] {
    return this.#hands.flatMap(({ bundle }) => bundle.buckets.filter(({ lost }) => !lost))
  }

  /** How many are held, and what has become of them, in one pass: every commit of whomever asks. */
  survey(): Survey {
    let [held, hasLost, hasWanted] = [0, false, false]
    for (const { bundle } of this.#hands)
      for (const bucket of bundle.buckets) {
        if (bucket.lost) hasLost = true
        else held++
        hasWanted ||= bucket.wanted
      }
    return { held, hasLost, hasWanted }
  }

  /** Works on these from now on, and on nothing else. */
  hold(buckets: readonly Bucket[]): void {
    this.#hands = this.#bundles(buckets).map((bundle) => this.#handOf(bundle))
  }

  /** Works on these no longer. */
  drop(given: readonly Bucket[]): void {
    const left = new Set(given)
    this.#hands = this.#hands.flatMap((hand) => this.#without(hand, (bucket) => left.has(bucket)))
  }

  /** Takes out what is lost, and puts together what stands close by now; hands that are at work stay as they are. */
  regroup(isBusy: (hand: Hand) => boolean): void {
    this.#hands = this.#hands.flatMap((hand) => (isBusy(hand) ? [hand] : this.#without(hand, (bucket) => bucket.lost)))
    if (!this.#options.seat.isSpread) return
    for (const hand of [...this.#hands]) {
      const other = this.#hands.find((each) => this.#isClose(hand, each) && !isBusy(each))
      if (other === undefined || isBusy(hand) || !this.#hands.includes(hand)) continue
      const buckets = [...hand.bundle.buckets, ...other.bundle.buckets]
      this.#hands = this.#hands.filter((each) => each !== hand && each !== other)
      this.#hands.push(this.#handOf(this.#bundle(buckets)))
    }
  }

  /** Whether `regroup` would put some together. */
  isClosing(isBusy: (hand: Hand) => boolean): boolean {
    if (this.#hands.length < 2) return false
    const idle = this.#hands.filter((hand) => !isBusy(hand))
    return idle.some((hand) => idle.some((each) => this.#isClose(hand, each)))
  }

  /** Hands that may begin: none that waits for a busy one to be put together with it. */
  ready(isBusy: (hand: Hand) => boolean): readonly Hand[] {
    const isAwaiting = (hand: Hand): boolean => this.#hands.some((each) => isBusy(each) && this.#isClose(hand, each))
    return this.#hands.filter((hand) => !isBusy(hand) && !isAwaiting(hand))
  }

  /** Stores how far these have come, and what is worked on together with them. */
  async settle(buckets: readonly Bucket[]): Promise<void> {
    const ofThem = this.#hands.filter(({ bundle }) => bundle.buckets.some((bucket) => buckets.includes(bucket)))
    for (const hand of ofThem) await hand.settle()
  }

  #isClose(one: Hand, other: Hand): boolean {
    const { seat, pageEvents } = this.#options
    return seat.isSpread && one !== other && Math.abs(one.position - other.position) <= pageEvents
  }

  #without(hand: Hand, isOut: (bucket: Bucket) => boolean): readonly Hand[] {
    const { buckets } = hand.bundle
    const left = buckets.filter((bucket) => !isOut(bucket))
    if (left.length === buckets.length) return [hand]
    return left.length === 0 ? [] : [this.#handOf(this.#bundle(left))]
  }

  #bundles(buckets: readonly Bucket[]): readonly Bundle[] {
    const { seat, pageEvents } = this.#options
    if (!seat.isSpread) return buckets.map((bucket) => bundleOf([bucket]))
    const groups: Bucket[][] = []
    for (const bucket of [...buckets].sort((a, b) => a.done - b.done)) {
      const group = groups.at(-1)
      if (group !== undefined && bucket.done - group[0]!.done <= farPages * pageEvents) group.push(bucket)
      else groups.push([bucket])
    }
    return groups.map((group) => this.#bundle(group))
  }

  #bundle(buckets: readonly Bucket[]): Bundle {
    const { seat } = this.#options
    return bundleOf(buckets, { of: seat.buckets, wish: seat.wish })
  }

  #handOf(bundle: Bundle): Hand {
    return new Hand(bundle, { ...this.#options, handler: this.#options.handler() })
  }
}

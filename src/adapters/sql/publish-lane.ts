import { systemClock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { nextTurn } from '../../base/next-turn.ts'
import type { OutgoingMessage, PublishOutcome } from '../../ports/broker.ts'
import { decideMessages, messageBytes } from '../../ports/message-decision.ts'

/** What is stored together of one call. */
export interface PublishPart {
  readonly messages: readonly OutgoingMessage[]
  /** The channels that must be there: of the first part those of the whole call. */
  readonly channels: ReadonlySet<string>
}

/** What became of a part: undefined when it is stored, or why its call failed alone. */
export type PartResult = Error | undefined

/** Publishes many parts in one transaction, with one result each; fails when none of them was stored. */
export type PublishParts = (parts: readonly PublishPart[]) => readonly PartResult[] | Promise<readonly PartResult[]>

/** How a lane treats those who write beside it. */
export interface LaneManners {
  /** How long to leave the lock to other processes after a transaction. */
  turnMs(): number
  /** How often a part is tried again of a call of which something is stored, while the store is busy. */
  readonly patience: number
}

/** Calls that wait for the next transaction. */
export interface PublishLane {
  add(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]>
  /** Resolves when nothing waits. */
  idle(): Promise<void>
}

// What one transaction takes: some milliseconds, in which nobody else can write to the same partitions, or at all.
const most = { messages: 500, bytes: 1 << 20 }

interface Call {
  readonly outcomes: readonly PublishOutcome[]
  readonly resolve: (outcomes: readonly PublishOutcome[]) => void
  readonly reject: (error: unknown) => void
  failed: boolean
}

interface Waiting extends PublishPart {
  readonly call: Call
  readonly bytes: number
  readonly isFirst: boolean
  readonly isLast: boolean
}

/**
 * Group commit: calls that come in one turn of the event loop, or while a transaction is under way, share the next one,
 * in their order, since each waits for the disk once. A large call is stored in several.
 */
export function publishLane(publish: PublishParts, { turnMs, patience }: LaneManners): PublishLane {
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let vain = 0
  const run = async (): Promise<void> => {
    await nextTurn()
    while (waiting.length > 0) {
      const group = waiting.splice(0, groupSize(waiting)).filter(({ call }) => !call.failed)
      const left = group.length === 0 ? [] : await settle(group, publish, vain >= patience)
      vain = left.length > 0 ? vain + 1 : 0
      waiting.unshift(...left)
      const pauseMs = Math.max(turnMs(), left.length > 0 ? 2 : 0)
      await (pauseMs > 0 ? systemClock.sleep(pauseMs) : nextTurn())
    }
    running = undefined
  }
  return {
    add: (messages) =>
      new Promise((resolve, reject) => {
        waiting.push(...partsOf(messages, resolve, reject))
        running ??= run()
      }),
    async idle() {
      while (running !== undefined) await running
    },
  }
}

/** What is refused is not stored, and decided for the call as a whole. */
function partsOf(
  messages: readonly OutgoingMessage[],
  resolve: Call['resolve'],
  reject: Call['reject'],
): readonly Waiting[] {
  const outcomes = decideMessages(messages)
  const call: Call = { outcomes, resolve, reject, failed: false }
  const sliced = slices(messages.filter((_, index) => outcomes[index]!.kind === 'ok'))
  return sliced.map((part, index) => ({
    ...part,
    channels: new Set((index === 0 ? messages : part.messages).map(({ channel }) => channel)),
    call,
    isFirst: index === 0,
    isLast: index === sliced.length - 1,
  }))
}

/** At least one, which may be empty: its channels have to be there all the same. */
function slices(messages: readonly OutgoingMessage[]): readonly Pick<Waiting, 'messages' | 'bytes'>[] {
  const parts: { messages: OutgoingMessage[]; bytes: number }[] = [{ messages: [], bytes: 0 }]
  for (const message of messages) {
    const bytes = messageBytes(message)
    let part = parts.at(-1)!
    const isFull = part.messages.length === most.messages || part.bytes + bytes > most.bytes
    if (isFull && part.messages.length > 0) parts.push((part = { messages: [], bytes: 0 }))
    part.messages.push(message)
    part.bytes += bytes
  }
  return parts
}

function groupSize(waiting: readonly Waiting[]): number {
  const sum = { messages: 0, bytes: 0 }
  const end = waiting.findIndex((part, index) => {
    sum.messages += part.messages.length
    sum.bytes += part.bytes
    return index > 0 && (sum.messages > most.messages || sum.bytes > most.bytes)
  })
  return end < 0 ? waiting.length : end
}

/** Answers the parts that have to be tried again: a call of which something is stored cannot say that nothing is. */
async function settle(
  group: readonly Waiting[],
  publish: PublishParts,
  isLastTry: boolean,
): Promise<readonly Waiting[]> {
  try {
    const results = await publish(group)
    for (const [index, { call, isLast }] of group.entries()) {
      const result = results[index]
      if (result !== undefined) fail(call, result)
      else if (isLast && !call.failed) call.resolve(call.outcomes)
    }
    return []
  } catch (error) {
    const isBusy = isEventwrightError(error, 'EW_STORE_BUSY')
    const begun = isBusy ? group.filter(({ isFirst }) => !isFirst) : []
    for (const { call } of group.filter((part) => !begun.includes(part))) fail(call, error)
    if (!isLastTry) return begun.filter(({ call }) => !call.failed)
    for (const { call } of begun) fail(call, failure('EW_BROKER_FAILED', (error as Error).message, { cause: error }))
    return []
  }
}

function fail(call: Call, error: unknown): void {
  call.failed = true
  call.reject(error)
}

import { systemClock } from '../../base/clock.ts'
import { nextTurn } from '../../base/next-turn.ts'
import type { OutgoingMessage, PublishOutcome } from '../../ports/broker.ts'

/** What became of one call: the outcomes of its messages, or why the call failed alone. */
export type CallResult = readonly PublishOutcome[] | Error

/** Publishes many calls in one transaction, with one result each; throws when none of them was stored. */
export type PublishCalls = (calls: readonly (readonly OutgoingMessage[])[]) => readonly CallResult[]

/** Calls that wait for the next transaction. */
export interface PublishLane {
  add(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]>
  /** Resolves when nothing waits. */
  idle(): Promise<void>
}

// One call may hold more; then it goes alone.
const groupMessages = 2_000

interface Waiting {
  readonly messages: readonly OutgoingMessage[]
  readonly resolve: (outcomes: readonly PublishOutcome[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: calls that come in one turn of the event loop share a transaction, in their order, since each waits for
 * the disk once. `turnMs` is how long to leave the lock to other processes after a transaction.
 */
export function publishLane(publish: PublishCalls, turnMs: () => number): PublishLane {
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    await nextTurn()
    while (waiting.length > 0) {
      const group = waiting.splice(0, groupSize(waiting))
      settle(group, publish)
      const pauseMs = turnMs()
      await (pauseMs > 0 ? systemClock.sleep(pauseMs) : nextTurn())
    }
    running = undefined
  }
  return {
    add: (messages) =>
      new Promise((resolve, reject) => {
        waiting.push({ messages, resolve, reject })
        running ??= run()
      }),
    async idle() {
      while (running !== undefined) await running
    },
  }
}

function groupSize(waiting: readonly Waiting[]): number {
  let messages = 0
  const end = waiting.findIndex((call, index) => (messages += call.messages.length) > groupMessages && index > 0)
  return end < 0 ? waiting.length : end
}

function settle(group: readonly Waiting[], publish: PublishCalls): void {
  try {
    const results = publish(group.map(({ messages }) => messages))
    group.forEach(({ resolve, reject }, index) => {
      const result = results[index]!
      if (result instanceof Error) reject(result)
      else resolve(result)
    })
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}

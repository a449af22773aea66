import type { Shop } from '../../open.ts'

const mostShown = 6
const mostRead = 100
const longestReason = 300

/** A key whose oldest message failed for good; what is behind it waits. */
interface DeadLetter {
  readonly consumer: string
  readonly key: string
  readonly code: string
  readonly reason: string
  readonly attempts: number
  readonly since: string
  /** How many messages wait, the failed one included. */
  readonly waiting: number
}

/** How many dead letters there are, and those that came last of the first hundred. */
export async function deadLetters({
  inspect,
}: Shop): Promise<{ readonly count: number; readonly latest: readonly DeadLetter[] }> {
  const counts = await inspect.deadLetters.counts()
  const count = counts.reduce((sum, each) => sum + each.count, 0)
  const found = count === 0 ? [] : await inspect.deadLetters.list({ limit: mostRead })
  const latest = found.toSorted((a, b) => (a.parkedAt < b.parkedAt ? 1 : -1)).slice(0, mostShown)
  return {
    count,
    latest: latest.map(({ consumer, key, code, message, attempts, parkedAt, behind }) => ({
      consumer,
      key,
      code,
      reason: message.slice(0, longestReason),
      attempts,
      since: parkedAt,
      waiting: behind + 1,
    })),
  }
}

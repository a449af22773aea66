import type { PartitionBounds } from '../../ports/broker.ts'
import type { Intake } from './intake.ts'
import { offsetOf, type StreamOptions, type Streamed, type StreamStart } from './stream-reader.ts'
import { sentMs } from './wire.ts'

type Begin = StreamOptions['begin']

/** Clocks of senders may be so much ahead of the server's, by whose time a place in a stream is looked for. */
const aheadSeconds = 5

/** The oldest message of a stream and the place behind the newest one, by a look at both ends: nothing counts them. */
export async function streamBounds(partition: number, begin: Begin): Promise<PartitionBounds> {
  let [first, next]: (number | undefined)[] = []
  await look(begin, 'first', async ([oldest]) => {
    first = oldest?.offset
    return true
  })
  await look(begin, 'last', async (messages) => {
    next = Math.max(next ?? 0, ...messages.map(({ offset }) => offset + 1))
    return false
  })
  return { partition, first: first ?? next ?? 0, next: Math.max(first ?? 0, next ?? 0) }
}

/** The offset of the first message that is not older than a time; undefined when none is. */
export async function streamOffsetAt(timeMs: number, begin: Begin, nowMs: number): Promise<number | undefined> {
  const seconds = Math.floor(timeMs / 1_000) - aheadSeconds
  let found: number | undefined
  await look(begin, seconds <= 0 ? 'first' : { seconds }, async (messages) => {
    found = messages.find(({ arrived }) => (sentMs(arrived) ?? nowMs) >= timeMs)?.offset
    return found !== undefined
  })
  return found
}

/** Reads on from a place until somebody has seen enough, or there is no more. */
async function look(
  begin: Begin,
  start: StreamStart,
  enough: (messages: readonly Streamed[]) => Promise<boolean>,
): Promise<void> {
  const held: Streamed[] = []
  let broken = false
  const intake: Intake = await begin(
    start,
    (arrived) => void held.push({ arrived, offset: offsetOf(arrived) }),
    () => (broken = true),
  )
  try {
    let more = true
    while (more) {
      await intake.fence()
      const messages = held.splice(0)
      more = messages.length > 0 && !(await enough(messages))
      if (more) intake.done(messages.at(-1)!.arrived.fields.deliveryTag, true)
    }
  } finally {
    await intake.close()
  }
  if (broken) throw new Error('the connection broke')
}

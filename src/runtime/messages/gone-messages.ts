import { failure } from '../../base/errors.ts'
import type { ChannelMessage } from '../../ports/broker.ts'

const goneHeader = 'ew_gone'

/**
 * What a reader gets in place of messages that were deleted before he read them: something that cannot be read, so
 * that it becomes a dead letter that says so, and the reader goes on behind it.
 */
export function goneMessages(
  channel: string,
  partition: number,
  { from, first, nowMs }: { readonly from: number; readonly first: number; readonly nowMs: number },
): ChannelMessage {
  const id = `gone/${channel}/${partition}/${from}-${first - 1}`
  const headers = JSON.stringify({ [goneHeader]: `${from}-${first - 1}` })
  return { channel, partition, offset: first - 1, key: id, id, headers, value: 'null', atMs: nowMs }
}

/** Refuses what stands for messages that are gone. Error: EW_MESSAGES_GONE. */
export function assertNotGone(
  { channel }: { readonly channel: string },
  headers: Readonly<Record<string, string>>,
): void {
  const gone = headers[goneHeader]
  if (gone === undefined) return
  throw failure(
    'EW_MESSAGES_GONE',
    `Messages of the channel ${channel} were deleted before they were read: places ${gone} of a partition.`,
    { details: { channel, offsets: gone } },
  )
}

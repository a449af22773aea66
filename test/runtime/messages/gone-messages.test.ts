import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { ChannelEvent } from '../../../src/runtime/messages/channel-event.ts'
import { receivedCommand } from '../../../src/runtime/messages/command-message.ts'
import { goneMessages } from '../../../src/runtime/messages/gone-messages.ts'
import { receivedReply } from '../../../src/runtime/messages/reply-message.ts'

test('whoever reads what stands for deleted messages is told which ones are gone', () => {
  const gone = goneMessages('orders', 2, { from: 5, first: 9, nowMs: 0 })
  const isGone = (error: unknown): boolean =>
    isEventwrightError(error, 'EW_MESSAGES_GONE') && error.message.includes('places 5-8')
  const event = new ChannelEvent(gone, () => undefined)
  assert.ok(isGone(event.fault))
  assert.equal(event.position, 9)
  assert.ok(isGone(new ChannelEvent(JSON.parse(event.raw), () => undefined).fault), 'a replay says the same')
  assert.throws(() => receivedCommand(gone), isGone)
  assert.throws(() => receivedReply(gone), isGone)
  const other = goneMessages('orders', 2, { from: 9, first: 12, nowMs: 0 })
  assert.notEqual(gone.key, other.key)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChannelMessage, OutgoingMessage } from '../../../src/ports/broker.ts'
import { partitionOf } from '../../../src/ports/message-decision.ts'
import {
  openRefed,
  refeedEnds,
  RefeedEnd,
  refeedRequest,
  requestedRefeed,
} from '../../../src/runtime/messages/refeed-message.ts'

const nowMs = Date.UTC(2026, 0, 2)
const refeed = 'stock.refeed.stock.2-0123456789ab'
const arrived = (message: OutgoingMessage): ChannelMessage => ({ ...message, partition: 1, offset: 6, atMs: nowMs })

test('a request names the derived channel, and goes to the service that owns the events', () => {
  const request = refeedRequest({ source: 'shown', owner: 'counter', refeed, nowMs })
  assert.equal(request.channel, 'counter.refeeds')
  assert.equal(requestedRefeed(arrived(request)), refeed)
  const other = { ...arrived(request), headers: '{"ce_type":"counter.Counted","ew_refeed":"x"}' }
  assert.equal(requestedRefeed(other), undefined)
  assert.equal(requestedRefeed({ ...other, headers: 'no JSON' }), undefined)
})

test('each partition is told of the end, by whatever rule the broker spreads keys', () => {
  const backwards = (key: string, of: number): number => of - 1 - partitionOf(key, of)
  for (const broker of [{}, { partitionOf: backwards }]) {
    const ends = refeedEnds(broker, 7, 42, { source: 'counter', refeed, nowMs })
    assert.deepEqual(
      ends.map(({ key }) => (broker.partitionOf ?? partitionOf)(key, 7)),
      [0, 1, 2, 3, 4, 5, 6],
    )
    assert.ok(ends.every(({ channel }) => channel === refeed))
  }
})

test('an end is told apart from events, and says up to where everything has come before', () => {
  const [end] = refeedEnds({}, 1, 42, { source: 'counter', refeed, nowMs })
  const event = { marker: true } as never
  const opened = openRefed(arrived(end!), () => event)
  assert.ok(opened instanceof RefeedEnd)
  assert.deepEqual([opened.to, opened.position, opened.inboxKey], [42, 7, 'refeed-end/1'])
  assert.equal(
    openRefed({ ...arrived(end!), headers: '{"ce_type":"counter.Counted"}' }, () => event),
    event,
  )
})

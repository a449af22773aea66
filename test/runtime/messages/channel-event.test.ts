import assert from 'node:assert/strict'
import { test } from 'node:test'
import { event, t } from 'eventwright'
import { ChannelEvent, erasedMessage } from '../../../src/runtime/messages/channel-event.ts'
import { undecodedOf, plainMessage } from '../../../src/runtime/parking/dead-letter-text.ts'

const headers = {
  ce_id: 'e1',
  ce_source: 'orders',
  ce_type: 'orders.OrderPlaced',
  ce_time: '2026-01-02T03:04:05.000Z',
  ce_subject: 'Order/1',
  ew_schemaversion: '1',
  ew_version: '1',
  ew_position: '1',
  ew_undecoded: 'the registry has no schema with the id 7',
}
const place = { channel: 'orders', partition: 0, offset: 3, key: '1', id: 'e1', atMs: 5 }
/** Base64 that could be taken for a number. */
const value = '1234'
const raw = JSON.stringify({ ...place, headers: JSON.stringify(headers), value })

test('a message that could not be decoded is a fault, and it is still known what it is', () => {
  const event = new ChannelEvent({ ...place, headers: JSON.stringify(headers), value }, () => undefined)
  assert.match(event.fault!.message, /EW_MESSAGE_UNREADABLE: .* kept as it came, in base64: the registry has no schema/)
  assert.deepEqual(event.facts, { id: 'e1', type: 'OrderPlaced', schemaVersion: 1, correlationId: null })
  assert.throws(() => event.data, { code: 'EW_MESSAGE_UNREADABLE' })
})

test('its bytes go with the stream that they are about', () => {
  assert.equal(erasedMessage(raw, 'Order/2'), undefined)
  const erased = JSON.parse(erasedMessage(raw, 'Order/1')!) as { value: string; headers: string; deleted: boolean }
  assert.deepEqual([erased.value, erased.deleted], ['null', true])
  assert.doesNotMatch(erased.headers, /ew_undecoded/)
})

test('whoever looks at it sees its bytes as they are kept', () => {
  const content = plainMessage(raw)
  assert.equal((content as { value: unknown }).value, '1234')
  assert.equal(undecodedOf(content), headers.ew_undecoded)
  assert.equal(undecodedOf(plainMessage(raw.replace('ew_undecoded', 'ew_other'))), undefined)
})

const { ew_undecoded: _, ...readable } = headers
const Placed = event('OrderPlaced', { id: t.string(), count: t.int() })
const opened = (value: string, has: object = readable) =>
  new ChannelEvent({ ...place, headers: JSON.stringify(has), value }, () => Placed)

test('a message of somebody else says at once all that it lacks', () => {
  const { ce_type: _type, ew_version: _version, ...others } = readable
  assert.match(opened('{}', others).fault!.message, /it has no header ce_type, ew_version\./)
  assert.match(opened('{}', {}).fault!.message, /no header ce_id, ce_type, ce_time, ce_subject, ew_schemaversion, ew_v/)
})

test('what the event does not have is no data of it, whoever has sent it; what it does not know is kept', () => {
  assert.deepEqual(opened('{"count":1,"id":"a","more":2}').data, { count: 1, id: 'a', more: 2 })
  for (const value of ['{"id":"a"}', '{"id":{"a":1},"count":1}', '7', 'null', '[]', '1e999', '{"id":"a","count":0.5}'])
    assert.throws(() => opened(value).data, { code: 'EW_VALIDATION' }, value)
  assert.throws(() => opened('{"__proto__":{}}').data, /EW_VALIDATION|EW_MESSAGE_UNREADABLE/)
})

test('data of an older version are checked as that version has them, then brought to this one', () => {
  const Young = Placed.next({ id: t.string(), count: t.int(), gift: t.boolean() }, (old) => ({ ...old, gift: true }))
  const at = (value: string) =>
    new ChannelEvent({ ...place, headers: JSON.stringify(readable), value }, () => Young as never).data
  assert.deepEqual(at('{"id":"a","count":1}'), { id: 'a', count: 1, gift: true })
  assert.throws(() => at('{"id":"a","count":"1"}'), { code: 'EW_VALIDATION' })
})

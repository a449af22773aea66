import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageBytes } from '../../src/ports/message-decision.ts'
import { messageWith, ReceivedMessage, receivedBytes } from '../../src/ports/received-message.ts'

const headers = { ce_id: '7', 'content-type': 'application/json' }
const place = { channel: 'placed', partition: 2, offset: 5, key: 'k', id: '7', atMs: 12, value: '{"a":"ä"}' }
const plain = { ...place, headers: '{"ce_id":"7","content-type":"application/json"}' }

test('a message whose headers came one by one is as one that has their text', () => {
  const message = new ReceivedMessage({ ...place, headers })
  assert.equal(message.headers, plain.headers)
  assert.deepEqual(JSON.parse(JSON.stringify(message)), plain)
  assert.deepEqual(messageWith(message, {}), plain)
  assert.deepEqual(messageWith(message, { offset: 6 }), { ...plain, offset: 6 })
  assert.deepEqual(messageWith(plain, { headers: '{}' }), { ...plain, headers: '{}' })
})

test('its headers are read without their text, and those of a copy and of any other message by their text', () => {
  const message = new ReceivedMessage({ ...place, headers })
  assert.equal(ReceivedMessage.headersOf(message), headers)
  assert.equal(ReceivedMessage.headersOf(messageWith(message, { headers: '{}' })), undefined)
  assert.equal(ReceivedMessage.headersOf(plain), undefined)
})

test('its size is told without the text of its headers', () => {
  const message = new ReceivedMessage({ ...place, headers })
  assert.equal(receivedBytes(plain), messageBytes(plain))
  // Quotes, colons and commas of the text are not counted.
  assert.equal(receivedBytes(message), messageBytes(plain) - '{"":"","":""}'.length)
})

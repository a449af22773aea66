import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReceivedCommand } from '../../../src/runtime/messages/command-message.ts'
import { receivedReply, replyMessage, type ReceivedReply } from '../../../src/runtime/messages/reply-message.ts'

const command: ReceivedCommand = {
  id: 'command-1',
  type: 'Charge',
  idempotencyKey: 'k',
  origin: { correlationId: 'c-1', causationId: 'e-1', traceparent: '00-t', actor: undefined, tenant: undefined },
  replyTo: { channel: 'orders.replies', key: 'paying/1', address: '{"sagaId":"paying/1"}' },
  terms: undefined,
}

const received = (value: string, headers = '{"ew_reply":"{}"}') =>
  receivedReply({ channel: 'orders.replies', key: 'k', id: 'm', headers, value, partition: 0, offset: 0 } as never)

test('an answer comes back as it was given, with the address of whoever asked', () => {
  const answers: readonly ReceivedReply['answer'][] = [
    { status: 'done' },
    { status: 'done', output: { charge: null } },
    { status: 'refused', code: 'declined' },
    { status: 'failed', error: '' },
    { status: 'failed', error: 'a line\nand "another"\u0000' },
  ]
  for (const answer of answers) {
    const { headers, value, ...message } = replyMessage('payments', command, answer, 0)!
    const { channel, key, type, service } = message
    assert.deepEqual([channel, key, type, service], ['orders.replies', 'paying/1', 'Charge.reply', 'payments'])
    assert.deepEqual(received(value, headers), { address: '{"sagaId":"paying/1"}', answer })
    const { ce_correlationid: correlation, ce_causationid: cause, traceparent } = JSON.parse(headers)
    assert.deepEqual([correlation, cause, traceparent], ['c-1', 'command-1', '00-t'])
  }
})

test('nobody who waits is no message', () => {
  assert.equal(replyMessage('payments', { ...command, replyTo: undefined }, { status: 'done' }, 0), undefined)
})

test('a value that is no answer, and an answer to nobody, cannot be read', () => {
  const bad = [
    ...['null', '[]', '"done"', '{}', '{"status":"lost"}'],
    ...['{"status":"refused"}', '{"status":"refused","code":1}', '{"status":"refused","error":"e"}'],
    ...['{"status":"failed"}', '{"status":"failed","error":{}}', '{"status":"failed","code":"c"}', '{'],
  ]
  for (const value of bad) assert.throws(() => received(value), { code: 'EW_MESSAGE_UNREADABLE' }, value)
  assert.throws(() => received('{"status":"done"}', '{}'), { code: 'EW_MESSAGE_UNREADABLE' })
})

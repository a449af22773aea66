import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  commandMessage,
  receivedCommand,
  type SentCommand,
  type StepTerms,
} from '../../../src/runtime/messages/command-message.ts'

const origin = { correlationId: 'c-1', causationId: 'e-1', traceparent: undefined, actor: undefined, tenant: undefined }
const command: SentCommand = { type: 'Charge', data: '{}', idempotencyKey: 'k', key: 'paying/1', origin }
const terms: StepTerms = { undoes: null, deadlineAtMs: null, attemptMs: null, finalRefusals: null }

/** A command as its receiver gets it; `change` stands in for another sender. */
function received(sent: SentCommand, change: (headers: Record<string, string>) => object = (headers) => headers) {
  const { channel, key, id, headers, value } = commandMessage('orders', 'payments', sent, 0)
  const changed = JSON.stringify(change(JSON.parse(headers) as Record<string, string>))
  return receivedCommand({ channel, key, id, headers: changed, value, partition: 0, offset: 0, atMs: 0 })
}

test('a command arrives with everything that it was sent with', () => {
  const whole: SentCommand = {
    ...command,
    origin: { ...origin, traceparent: '00-t', actor: 'ada', tenant: 'acme' },
    replyTo: { channel: 'orders.replies', key: 'paying/1', address: '{"sagaId":"paying/1"}' },
    terms: { undoes: 'paying/1/pay/do', deadlineAtMs: 12, attemptMs: 30_000, finalRefusals: ['declined'] },
  }
  for (const sent of [whole, command]) {
    const { id, ...seen } = received(sent)
    const { type, idempotencyKey, origin, replyTo, terms } = sent
    assert.deepEqual(seen, { type, idempotencyKey, origin, replyTo, terms })
    assert.notEqual(id, '')
  }
})

test('terms that leave everything open arrive as such, and times may be nought or past', () => {
  const several: StepTerms[] = [terms, { ...terms, attemptMs: 0, deadlineAtMs: -1 }, { ...terms, finalRefusals: [] }]
  for (const sent of several) assert.deepEqual(received({ ...command, terms: sent }).terms, sent)
})

test('what is unknown among the terms is passed over', () => {
  const more = { ...terms, attemptMs: 5, mood: 'good' } as StepTerms
  assert.deepEqual(received({ ...command, terms: more }).terms, { ...terms, attemptMs: 5 })
})

test('terms that are none cannot be read', () => {
  const { attemptMs: _, ...without } = terms
  const wrong = [
    ...['{', 'null', '[]', '{}', JSON.stringify(without)],
    ...[{ attemptMs: '5' }, { attemptMs: {} }, { deadlineAtMs: '5' }].map((each) =>
      JSON.stringify({ ...terms, ...each }),
    ),
    ...[{ undoes: 1 }, { finalRefusals: 'a' }, { finalRefusals: [1] }].map((each) =>
      JSON.stringify({ ...terms, ...each }),
    ),
    JSON.stringify({ ...terms, attemptMs: 1 }).replace('1', '1e999'),
  ]
  for (const text of wrong) {
    const read = () => received(command, (headers) => ({ ...headers, ew_terms: text }))
    assert.throws(read, { code: 'EW_MESSAGE_UNREADABLE' }, text)
  }
})

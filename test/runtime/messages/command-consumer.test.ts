import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { memory } from 'eventwright'
import { fakeClock } from 'eventwright/testing'
import { failure, type ErrorCode } from '../../../src/base/errors.ts'
import { bundleOf } from '../../../src/runtime/loop/bundle.ts'
import { commandConsumer, type CommandConsumerOptions } from '../../../src/runtime/messages/command-consumer.ts'
import { commandMessage, type SentCommand } from '../../../src/runtime/messages/command-message.ts'
import { MessageDelivery } from '../../../src/runtime/messages/message-delivery.ts'
import type { Bucket } from '../../../src/runtime/ownership.ts'
import { receivedReply } from '../../../src/runtime/messages/reply-message.ts'
import { until } from '../running.fixture.ts'

const terms = { undoes: null, deadlineAtMs: null, attemptMs: null, finalRefusals: null }
const replyTo = { channel: 'orders.replies', key: 'saga/1', address: '{"of":"saga/1"}' }
const bucket = { consumer: 'mail/commands', source: 'mail.commands', bucket: 0, position: 0, lost: false } as Bucket

/** A command as it stands in its channel. */
function delivery(command: Partial<SentCommand>, offset = 0): MessageDelivery {
  const origin = { correlationId: 'c', causationId: 'c', traceparent: undefined, actor: undefined, tenant: undefined }
  const whole = { type: 'Send', data: '{}', idempotencyKey: 'k', key: 'saga/1', origin, ...command }
  const { channel, key, id, headers, value } = commandMessage('orders', 'mail', whole, 0)
  return new MessageDelivery({ channel, key, id, headers, value, partition: 0, offset } as never)
}

/** The consumer of a channel of commands, whose clock runs on by itself. */
async function consuming(t: TestContext, execute: CommandConsumerOptions['execute'], signal = never()) {
  const clock = fakeClock()
  const store = await memory().open({ clock })
  t.after(() => store.close())
  const handler = commandConsumer({
    consumer: bucket.consumer,
    parked: store.parked,
    again: async () => [],
    commit: async () => assert.fail('nothing is replayed here'),
    service: 'mail',
    clock,
    stuckAfter: 100,
    handlers: 'h',
    execute,
  })
  return async (...deliveries: readonly MessageDelivery[]) => {
    let isOver = false
    const handled = handler.handle(bundleOf([bucket]), deliveries, signal).finally(() => (isOver = true))
    handled.catch(() => undefined)
    await until('it is handled', async () => (await clock.advanceToNext(), isOver))
    const { outbox = [], parks = [] } = await handled
    const answers = outbox.map((message) => receivedReply({ ...message, partition: 0, offset: 0 } as never).answer)
    return { answers, parked: parks.map(({ kind }) => kind) }
  }
}

function never(): AbortSignal {
  return new AbortController().signal
}

test('the failure of a step of a saga is answered at once, and its undo does not wait behind it', async (t) => {
  const executed: string[] = []
  const handle = await consuming(t, async ({ idempotencyKey, terms: { undoes } = terms }) => {
    executed.push(idempotencyKey)
    if (undoes === null) throw new Error('out of paper')
    return { status: 'done' }
  })
  const step = delivery({ idempotencyKey: 'do', replyTo, terms }, 0)
  const undo = delivery({ idempotencyKey: 'undo', replyTo, terms: { ...terms, undoes: 'do' } }, 1)
  assert.deepEqual(await handle(step, undo), {
    answers: [{ status: 'failed', error: 'out of paper' }, { status: 'done' }],
    parked: [],
  })
  assert.deepEqual(executed, ['do', 'undo'])
})

test('what a step throws that is no error is told as text', async (t) => {
  const handle = await consuming(t, async () => {
    throw 'no paper' as unknown as Error
  })
  assert.deepEqual((await handle(delivery({ replyTo, terms }))).answers, [{ status: 'failed', error: 'no paper' }])
})

test('a command that no saga has sent is tried again in place, and parked in the end', async (t) => {
  for (const [failures, expected] of [
    [2, { answers: [{ status: 'done' }], parked: [] }],
    [8, { answers: [], parked: ['park'] }],
  ] as const) {
    let executed = 0
    const handle = await consuming(t, async () => {
      if (executed++ < failures) throw new Error('out of paper')
      return { status: 'done' }
    })
    assert.deepEqual(await handle(delivery({ replyTo })), expected)
    assert.equal(executed, Math.min(failures + 1, 8))
  }
})

test('what no later attempt would mend is answered to a saga too, and parked at once for everybody else', async (t) => {
  const codes = ['EW_EVENT_CORRUPT', 'EW_EVENT_UNKNOWN', 'EW_MESSAGES_GONE', 'EW_MESSAGE_UNREADABLE'] as const
  for (const code of codes) {
    let executed = 0
    const handle = await consuming(t, async () => {
      executed++
      throw failure(code, 'no')
    })
    const { answers, parked } = await handle(delivery({ replyTo, terms }))
    assert.deepEqual([answers.map(({ status }) => status), parked, executed], [['failed'], [], 1], code)
    assert.deepEqual(await handle(delivery({ replyTo })), { answers: [], parked: ['park'] }, code)
    assert.equal(executed, 2, code)
  }
})

test('a failure that nobody waits for is no answer, and is parked in the end', async (t) => {
  let executed = 0
  const handle = await consuming(t, async () => {
    executed++
    throw new Error('out of paper')
  })
  assert.deepEqual(await handle(delivery({ terms })), { answers: [], parked: ['park'] })
  assert.equal(executed, 8)
})

test('a command that cannot be read is parked, also one for a step of a saga', async (t) => {
  const handle = await consuming(t, async () => assert.fail('it was executed'))
  assert.deepEqual(await handle(delivery({ replyTo, terms, data: '{' })), { answers: [], parked: ['park'] })
})

test('a failure is told as a text that can be stored', async (t) => {
  const handle = await consuming(t, async () => {
    throw new Error(`\u0000\ud800${'x'.repeat(3_000)}`)
  })
  const { answers } = await handle(delivery({ replyTo, terms }))
  assert.deepEqual(answers, [{ status: 'failed', error: `\ufffd\ufffd${'x'.repeat(1_998)}…` }])
})

test('what is not for a step to answer for is no answer: its message comes again', async (t) => {
  const codes: readonly ErrorCode[] = ['EW_STORE_BUSY', 'EW_STORE_FULL', 'EW_OWNERSHIP_LOST', 'EW_EVENT_NEWER']
  for (const code of codes) {
    const handle = await consuming(t, async () => {
      throw failure(code, 'no')
    })
    await assert.rejects(handle(delivery({ replyTo, terms })), { code })
  }
})

test('a stop reaches the handler by its signal, and what it broke off is no answer', async (t) => {
  const stop = new AbortController()
  const execute: CommandConsumerOptions['execute'] = (_command, _data, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('broken off')), { once: true })
      setImmediate(() => stop.abort())
    })
  const handle = await consuming(t, execute, stop.signal)
  await assert.rejects(handle(delivery({ replyTo, terms })), /broken off/)
})

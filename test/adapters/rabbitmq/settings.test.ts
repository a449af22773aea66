import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rabbitmq } from '../../../src/adapters/rabbitmq/index.ts'
import { describeUrl, settingsOf } from '../../../src/adapters/rabbitmq/settings.ts'

const url = 'amqp://user:secret@r1:5672/orders'

test('an adapter is described by host and virtual host, never by a password', () => {
  assert.equal(rabbitmq(url).name, 'rabbitmq r1:5672/orders')
  assert.equal(describeUrl('amqps://user:secret@r1'), 'rabbitmq r1')
  assert.equal(describeUrl('secret'), 'rabbitmq')
})

test('what cannot be meant is refused before anything is opened', () => {
  for (const bad of ['http://r1', 'r1:5672', '']) assert.throws(() => rabbitmq(bad), { code: 'EW_CONFIG' }, bad)
  for (const options of [
    { queue: 'classic' as never },
    { prefetch: 0 },
    { prefetch: 100_000 },
    { window: 1.5 },
    { deliveryLimit: -1 },
    { prefix: 'a/b' },
  ])
    assert.throws(() => rabbitmq(url, options), { code: 'EW_CONFIG' }, JSON.stringify(options))
})

test('the address says the heartbeat, or the option does', () => {
  const heartbeat = (address: string, options = {}) =>
    new URL(settingsOf(address, options).url).searchParams.get('heartbeat')
  assert.equal(heartbeat(url), '10')
  assert.equal(heartbeat(url, { heartbeat: '30s' }), '30')
  assert.equal(heartbeat(`${url}?heartbeat=5`, { heartbeat: '30s' }), '5')
})

test('a server that is not there is told as such', async () => {
  const opening = rabbitmq('amqp://127.0.0.1:1').open({
    clock: { now: () => 0, sleep: async () => undefined } as never,
  })
  await assert.rejects(opening, { code: 'EW_BROKER_FAILED', retryable: true })
})

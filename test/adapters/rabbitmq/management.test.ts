import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askManagement, managementPlace, vhostOf } from '../../../src/adapters/rabbitmq/management.ts'

test('the management interface is looked for where it usually is', () => {
  const origin = (broker: string, management?: string): string => managementPlace('r', broker, management).origin
  assert.equal(origin('amqp://h'), 'http://h:15672')
  assert.equal(origin('amqp://h:5672/shop'), 'http://h:15672')
  assert.equal(origin('amqps://h'), 'https://h:15671')
  assert.equal(origin('amqp://h:25600'), 'http://h:25601')
  assert.equal(origin('amqp://h', 'https://user:pw@m:8443/rabbit/'), 'https://m:8443/rabbit')
  for (const wrong of ['m:15672', 'ftp://m', '']) assert.throws(() => origin('amqp://h', wrong), { code: 'EW_CONFIG' })
})

test('user, password and virtual host come from the address', () => {
  const login = (broker: string, management?: string): string =>
    Buffer.from(managementPlace('r', broker, management).authorization.slice(6), 'base64').toString()
  assert.equal(login('amqp://h'), 'guest:guest')
  assert.equal(login('amqp://ann:p%40ss@h'), 'ann:p@ss')
  assert.equal(login('amqp://ann:p@h', 'http://op:q@h'), 'op:q')
  assert.equal(managementPlace('r', 'amqp://h/a%2Fb').vhost, 'a%2Fb')
  assert.equal(managementPlace('r', 'amqp://h').vhost, '%2F')
  assert.equal(vhostOf(''), '/')
  assert.equal(login('amqp://ann:100%@h'), 'ann:100%')
})

test('a server that is not there is told without a password', async () => {
  const place = managementPlace('rabbitmq h', 'amqp://ann:secret@127.0.0.1:1', 'http://127.0.0.1:1')
  await assert.rejects(askManagement(place, 'GET', 'queues/%2F'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'EW_BROKER_FAILED')
    assert.doesNotMatch(error.message, /secret/)
    return true
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RegistryClient } from '../../../src/adapters/schema-registry/client.ts'
import { settingsOf, type RegistryOptions } from '../../../src/adapters/schema-registry/settings.ts'
import { registryDouble } from '../../fixtures/registry-double.ts'

const clientOf = (url: string, options: RegistryOptions = {}) => new RegistryClient(settingsOf(url, options))

test('it asks again where a registry is busy or cuts the connection, and not for what it does not have', async (t) => {
  const double = await registryDouble(t)
  const client = clientOf(double.url)
  double.faults.push(
    (response) => void response.writeHead(503).end('busy'),
    (response) => void response.writeHead(429, { 'retry-after': '0' }).end('{}'),
    (response) => void response.destroy(),
  )
  assert.equal(await client.byId(7), undefined)
  assert.equal(double.asked.length, 4)
  for (let n = 0; n < 4; n++) double.faults.push((response) => void response.writeHead(500).end('{"message":"broken"}'))
  await assert.rejects(client.byId(7), (error: Error & { retryable?: boolean }) => {
    assert.match(error.message, /^EW_REGISTRY_FAILED: .* answered 500: broken \(GET \/schemas\/ids\/7\)/)
    return error.retryable === true
  })
})

test('no message has a password or a token in it', async (t) => {
  const double = await registryDouble(t)
  const at = new URL(double.url)
  at.username = 'ann'
  at.password = 'sec%ret'
  const deny = (response: import('node:http').ServerResponse): void =>
    void response.writeHead(401).end('{"error_code":401,"message":"Unauthorized"}')
  for (const client of [
    clientOf(String(at)),
    clientOf(double.url, { auth: { username: 'ann', password: 'sec%ret' } }),
    clientOf(double.url, { auth: { token: async () => 'sec%ret' } }),
  ]) {
    double.faults.push(deny)
    await assert.rejects(client.byId(1), (error: Error & { retryable?: boolean }) => {
      assert.doesNotMatch(JSON.stringify([error.message, error.stack, error]), /sec%ret|sec%25ret/)
      assert.match(error.message, /401: Unauthorized/)
      // A token may be a new one the next time: a message must not become a dead letter for it.
      return error.retryable === true
    })
  }
  const basic = `Basic ${Buffer.from('ann:sec%ret').toString('base64')}`
  assert.deepEqual(double.authorizations, [basic, basic, 'Bearer sec%ret'])
  assert.throws(
    () => settingsOf('http://ann:sec%ret@ho st', {}),
    (error: Error) => !error.message.includes('sec'),
  )
  assert.throws(
    () => settingsOf('ftp://ann:secret@host', {}),
    (error: Error) => !error.message.includes('secret'),
  )
})

test('a registry that never ends, says too much or something else is an error in time', async (t) => {
  const double = await registryDouble(t)
  for (let n = 0; n < 4; n++) double.faults.push((response) => void response.writeHead(200).write('{'))
  await assert.rejects(clientOf(double.url, { timeoutMs: 150 }).byId(1), { code: 'EW_REGISTRY_FAILED' })
  double.faults.length = 0
  const client = clientOf(double.url)
  const large = Buffer.alloc(5 * 1024 * 1024, 32)
  double.faults.push((response) => void response.writeHead(200).end(large))
  await assert.rejects(client.byId(1), /answered more than 4 MiB/)
  for (const odd of [
    '[]',
    '{"schema":5}',
    '{"schema":"x","schemaType":"XML"}',
    '<html>',
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
  ]) {
    double.faults.push((response) => void response.writeHead(200).end(odd))
    await assert.rejects(client.byId(1), { code: 'EW_REGISTRY_FAILED' })
  }
})

test('a registry that is not there says why', async () => {
  // No program of a user may listen there; port 1 is one of those that the driver does not even ask.
  const client = clientOf('http://127.0.0.1:2')
  await assert.rejects(client.byId(1), /does not answer: .*ECONNREFUSED/)
})

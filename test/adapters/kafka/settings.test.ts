import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertVersion } from '../../../src/adapters/kafka/library.ts'
import { kafka } from '../../../src/adapters/kafka/index.ts'
import { settingsOf, type KafkaOptions } from '../../../src/adapters/kafka/settings.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'

test('an address or options name the brokers, and the name of the adapter never holds a password', () => {
  const two = [
    { host: 'a', port: 9092 },
    { host: 'b.c', port: 1 },
  ]
  assert.deepEqual(settingsOf('kafka://a,b.c:1').brokers, two)
  assert.deepEqual(settingsOf({ brokers: ['a', 'b.c:1'] }).brokers, two)
  assert.deepEqual(settingsOf({ brokers: ['[::1]:7'] }).brokers, [{ host: '::1', port: 7 }])
  const sasl = { mechanism: 'PLAIN', username: 'u', password: 'hidden' } as const
  assert.equal(kafka({ brokers: ['a:1'], sasl, prefix: 'p-' }).name, 'kafka a:1 (prefix p-)')
  assert.deepEqual(settingsOf({ brokers: ['a'], tls: true }).tls, {})
  assert.equal(settingsOf({ brokers: ['a'], tls: false }).tls, undefined)
})

test('what is no address, and settings out of their range, are EW_CONFIG without a password in the message', () => {
  const places: readonly (string | KafkaOptions)[] = [
    'kafka://',
    'kafka://user:hidden@a:1',
    'a:1',
    'http://a:1',
    { brokers: [] },
    { brokers: ['a:b'] },
    { brokers: ['a:70000'] },
    { brokers: ['a b'] },
    { brokers: ['a'], prefix: 'a/' },
    { brokers: ['a'], replicas: 0 },
    { brokers: ['a'], clientId: '' },
  ]
  for (const place of places)
    assert.throws(
      () => kafka(place),
      (error: Error) => isEventwrightError(error, 'EW_CONFIG') && !error.message.includes('hidden'),
      JSON.stringify(place),
    )
})

test('a version of the library that loses messages is refused', () => {
  for (const version of [undefined, '1.35.0', '2.2.9', '2.11.0'])
    assert.throws(
      () => assertVersion(version),
      (error) => isEventwrightError(error, 'EW_DRIVER_MISSING'),
      version,
    )
  for (const version of ['2.12.0', '2.12.1', '3.0.0']) assertVersion(version)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rabbitmq, type RabbitmqBrokerOptions } from '../../../src/adapters/rabbitmq/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { Broker } from '../../../src/ports/broker.ts'
import { guardedRabbitmq } from '../../fixtures/guarded-rabbitmq.ts'
import { hasPrivateRabbitmq } from '../../fixtures/private-rabbitmq.ts'
import { assertCutOff, assertDenied } from '../denied.fixture.ts'
import { messageOf, readUntil } from './rabbitmq.fixture.ts'

const secret = 'hidden-word'

function open(url: string, options: RabbitmqBrokerOptions): Promise<Broker> {
  return rabbitmq(url, options).open({ clock: systemClock })
}

/** Makes a channel, sends, reads, and takes it away. */
async function works(url: string, options: RabbitmqBrokerOptions): Promise<void> {
  const broker = await open(url, options)
  try {
    await broker.ensure([{ name: 'orders', partitions: 1, retentionMs: undefined, groups: ['readers'] }])
    assert.deepEqual(await broker.publish([messageOf('orders', 'told')]), [{ kind: 'ok' }])
    const member = await broker.join('orders', 'readers')
    assert.equal((await readUntil(member, 0, 1))[0]!.value, 'told')
    await member.close()
    await broker.remove('orders')
  } finally {
    await broker.close()
  }
}

/** The address with another user. */
function as(url: string, user: string, password: string): string {
  const other = new URL(url)
  other.username = user
  other.password = password
  return other.href
}

if (hasPrivateRabbitmq)
  test('RabbitMQ by TLS lets in by password and certificate, and who is not let in is told why', async (t) => {
    const server = await guardedRabbitmq(t)
    const { authority, stranger, client, secure, open: plain } = server
    const ca = authority.cert
    const tls = { ca }
    const secrets = [secret, new URL(secure).password]

    await t.test('a password, by address and by name', async () => {
      await works(secure, { tls })
      await works(secure.replace('127.0.0.1', 'localhost'), { tls })
      for (const user of ['eventwright', 'nobody'])
        await assertDenied(open(as(secure, user, secret), { tls }), /403 .*mechanism PLAIN/, secrets)
    })

    await t.test('a certificate instead of a password', async () => {
      const nobody = as(secure, '', '')
      const options = { login: 'certificate', tls: { ca, cert: client.cert, key: client.key } } as const
      await assertDenied(open(nobody, options), /403 .*mechanism EXTERNAL/)
      await server.manage('PUT', 'users/app', { password_hash: '', tags: '' })
      await server.manage('PUT', 'permissions/%2f/app', { configure: '.*', write: '.*', read: '.*' })
      await works(nobody, options)
      const unknown = { ...options, tls: { ca, cert: stranger.cert, key: stranger.key } }
      await assertDenied(open(nobody, unknown), /by TLS was not accepted: ERR_SSL_\S+/)
    })

    await t.test('a right that is missing is told by what it is about', async () => {
      const weak = as(secure, 'weak', secret)
      await server.manage('PUT', 'users/weak', { password: secret, tags: '' })
      await assertDenied(open(weak, { tls }), /there is no such virtual host, or not for this user/, secrets)
      await server.manage('PUT', 'permissions/%2f/weak', { configure: '^amq.*', write: '.*', read: '.*' })
      await assertDenied(open(weak, { tls }), /403 .*eventwright\.hints/, secrets)
      // As docs/rabbitmq.md names them.
      const some = '^(orders.*|eventwright\\.hints|amq\\.(gen.*|default))$'
      await server.manage('PUT', 'permissions/%2f/weak', { configure: some, write: some, read: some })
      await works(weak, { tls })
      const broker = await open(weak, { tls })
      t.after(() => broker.close())
      const more = broker.ensure([{ name: 'parcels', partitions: 1, retentionMs: undefined }])
      await assertDenied(more, /403 .*parcels/, secrets)
    })

    await t.test('a server that nobody vouches for, and TLS on one side alone', async () => {
      const why = /by TLS was not accepted: (SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)/
      await assertDenied(open(secure, { tls: { ca: stranger.cert } }), why, secrets)
      await assertDenied(open(secure, {}), why, secrets)
      await assertCutOff(open(secure.replace('amqps:', 'amqp:'), {}), /this port wants TLS \(amqps:\)/, secrets)
      await assertDenied(open(plain.replace('amqp:', 'amqps:'), { tls }), /ERR_SSL_WRONG_VERSION_NUMBER/, secrets)
    })
  })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka'
import { kafka, type KafkaOptions } from '../../../src/adapters/kafka/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/ids.ts'
import type { Broker } from '../../../src/ports/broker.ts'
import { guardedKafka, type GuardedKafka } from '../../fixtures/guarded-kafka.ts'
import { hasPrivateKafka } from '../../fixtures/private-kafka.ts'
import { until } from '../../runtime/running.fixture.ts'
import { assertCutOff, assertDenied } from '../denied.fixture.ts'

const secret = 'hidden-word'
const { DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE, CREATE, ALTER_CONFIGS, DELETE } = AclOperations
/** As docs/kafka.md names them. */
const rights = [
  ...[DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE, CREATE, ALTER_CONFIGS, DELETE].map((operation) => {
    return { resourceType: ResourceTypes.TOPIC, resourceName: 'orders', operation }
  }),
  { resourceType: ResourceTypes.GROUP, resourceName: 'readers', operation: READ },
]

function open(options: KafkaOptions): Promise<Broker> {
  return kafka(options).open({ clock: systemClock })
}

/** Lets the user, and the client with the certificate, do what the documentation says that a program needs. */
async function letWork(server: GuardedKafka): Promise<void> {
  const admin = new Admin({ clientId: 'administrator', bootstrapBrokers: [server.open] })
  const [resourcePatternType, permissionType] = [ResourcePatternTypes.LITERAL, AclPermissionTypes.ALLOW]
  const creations = ['User:app', 'User:CN=app'].flatMap((principal) =>
    rights.map((right) => ({ ...right, resourcePatternType, principal, host: '*', permissionType })),
  )
  await admin.createAcls({ creations })
  await admin.close()
}

/** How far the group is, as the broker tells. */
async function doneBy({ open }: GuardedKafka): Promise<bigint | undefined> {
  const admin = new Admin({ clientId: 'observer', bootstrapBrokers: [open] })
  const [found] = await admin.listConsumerGroupOffsets({ groups: ['readers'] })
  await admin.close()
  return found?.topics[0]?.partitions[0]?.committedOffset
}

/** Makes a topic, sends, reads, tells how far it is, and deletes it. */
async function works(server: GuardedKafka, options: KafkaOptions): Promise<void> {
  const broker = await open(options)
  try {
    await broker.ensure([{ name: 'orders', partitions: 1, retentionMs: undefined }])
    const message = { channel: 'orders', key: 'k', id: newId(), headers: '{}', value: '"told"' }
    assert.deepEqual(await broker.publish([message]), [{ kind: 'ok' }])
    const member = await broker.join('orders', 'readers')
    const read = await member.read(0, 0, 10)
    assert.deepEqual(
      read.map(({ value }) => value),
      ['"told"'],
    )
    await member.close()
    // The first group of a cluster is told that its coordinator is not there yet.
    await until(
      'the broker knows how far the group is',
      async () => {
        const reader = await broker.join('orders', 'readers')
        await reader.done(0, 1)
        await reader.close()
        return (await doneBy(server)) === 1n
      },
      60_000,
    )
    await broker.remove('orders')
  } finally {
    await broker.close()
  }
}

/** As Kafka takes it that trusts whatever is not signed. */
function tokenOf(user: string): string {
  const now = Math.floor(Date.now() / 1_000)
  const parts = [{ alg: 'none' }, { sub: user, iat: now - 60, exp: now + 3_600 }]
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}

if (hasPrivateKafka)
  test('a guarded Kafka lets in by password, token and certificate, and who is not let in is told why', async (t) => {
    const server = await guardedKafka(t)
    const { authority, stranger, client, user } = server
    const [ca, brokers] = [authority.cert, [server.byPassword]]
    const tls = { ca }
    const plain = { mechanism: 'PLAIN', ...user } as const
    const wrong = { ...user, password: secret }
    const secrets = [secret, user.password]

    await t.test('a right that is missing is told by its name', async () => {
      const broker = await open({ brokers, tls, sasl: plain })
      t.after(() => broker.close())
      const made = broker.ensure([{ name: 'orders', partitions: 1, retentionMs: undefined }])
      await assertDenied(made, /making topics failed: TOPIC_AUTHORIZATION_FAILED/, secrets)
    })
    await letWork(server)

    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)
      await t.test(`${mechanism} by TLS`, async () => {
        await works(server, { brokers, tls, sasl: { mechanism, ...user } })
        await works(server, { brokers, tls, sasl: { mechanism, ...user, password: async () => user.password } })
        const denied = /connecting failed: SASL_AUTHENTICATION_FAILED/
        await assertDenied(open({ brokers, tls, sasl: { mechanism, ...wrong } }), denied, secrets)
        await assertDenied(open({ brokers, tls, sasl: { mechanism, ...wrong, username: 'nobody' } }), denied, secrets)
      })

    await t.test('a token', async () => {
      await works(server, { brokers, tls, sasl: { mechanism: 'OAUTHBEARER', token: tokenOf('app') } })
      const sasl = { mechanism: 'OAUTHBEARER', token: secret } as const
      await assertDenied(open({ brokers, tls, sasl }), /ILLEGAL_SASL_STATE/, secrets)
    })

    await t.test('a certificate', async () => {
      const [brokers, hint] = [[server.byCertificate], /if it stays so, the broker wants TLS, a login or a certificate/]
      await works(server, { brokers, tls: { ca, cert: client.cert, key: client.key } })
      await assertCutOff(open({ brokers, tls }), hint)
      await assertCutOff(open({ brokers, tls: { ca, cert: stranger.cert, key: stranger.key } }), hint)
    })

    await t.test('who it is is asked by name and by address', async () => {
      await works(server, { brokers: [server.byPassword.replace('127.0.0.1', 'localhost')], tls, sasl: plain })
      const why = /connecting failed: TLS was not accepted: UNABLE_TO_VERIFY_LEAF_SIGNATURE/
      await assertDenied(open({ brokers, tls: { ca: stranger.cert }, sasl: plain }), why, secrets)
      await assertDenied(open({ brokers, tls: true, sasl: plain }), why, secrets)
    })

    await t.test('TLS or a login that is left out, or that nobody asked for', async () => {
      const hint = /Connection closed; if it stays so, the broker wants TLS, a login or a certificate/
      await assertCutOff(open({ brokers, sasl: plain }), hint, secrets)
      await assertCutOff(open({ brokers, tls }), hint)
      await assertDenied(open({ brokers }), /Broker requires TLS/)
      await assertCutOff(open({ brokers: [server.open], tls }), /before secure TLS connection was established; if it/)
      await assertDenied(open({ brokers: [server.open], sasl: plain }), /ILLEGAL_SASL_STATE/, secrets)
    })

    await t.test('a password that cannot be had now may be had later', async () => {
      const password = (): Promise<string> => Promise.reject(new Error('the vault is away'))
      await assertCutOff(open({ brokers, tls, sasl: { ...plain, password } }), /the vault is away/)
    })
  })

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { brokersAt } from '../../../tools/services/kafka-answers.ts'
import { freePorts } from '../../../tools/services/ports.ts'
import { loopbackOnly } from '../../fixtures/loopback-only.ts'
import { hasPrivateKafka, privateKafka } from '../../fixtures/private-kafka.ts'

function administrator(t: TestContext, brokers: string): Admin {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: brokers.split(','), retries: 20, retryDelay: 100 })
  t.after(() => admin.close())
  return admin
}

test('a port where nobody answers has no brokers', async () => {
  assert.equal(await brokersAt(await freePorts(1)), undefined)
})

if (hasPrivateKafka) {
  test('a private Kafka answers on loopback alone and keeps its topics over kill -9', async (t) => {
    const kafka = await privateKafka(t)
    const port = Number(kafka.url.split(':')[1])
    assert.equal(kafka.url, `127.0.0.1:${port}`)
    assert.equal(await brokersAt(port), 1)
    for (const one of [port, port + 1]) await loopbackOnly(one)
    await administrator(t, kafka.url).createTopics({ topics: ['kept'], partitions: 2, replicas: 1 })
    await kafka.break('SIGKILL')
    assert.equal(await brokersAt(port), undefined)
    await kafka.start()
    assert.deepEqual(await administrator(t, kafka.url).listTopics(), ['kept'])
  })
}

if (hasPrivateKafka && process.env['EVENTWRIGHT_THOROUGH']) {
  test('three nodes hold each record thrice, go on without one, and take it back', async (t) => {
    const kafka = await privateKafka(t, 3)
    const ports = kafka.url.split(',').map((broker) => Number(broker.split(':')[1]))
    assert.deepEqual(await Promise.all(ports.map(brokersAt)), [3, 3, 3])
    const admin = administrator(t, kafka.url)
    const [topic] = await admin.createTopics({ topics: ['kept'], partitions: 1 })
    assert.equal(topic?.replicas, 3)
    await kafka.kill(2)
    await admin.createTopics({ topics: ['meanwhile'], partitions: 1, replicas: 2 })
    await kafka.start()
    assert.deepEqual(await Promise.all(ports.map(brokersAt)), [3, 3, 3])
    assert.deepEqual([...(await administrator(t, `127.0.0.1:${ports[1]}`).listTopics())].sort(), ['kept', 'meanwhile'])
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { memory } from 'eventwright'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { until } from '../../fixtures/topology.ts'
import { running } from '../../runtime/running.fixture.ts'
import { lineWith, type Answer } from '../line.fixture.ts'
import { letters } from './topology.fixture.ts'

const system = fileURLToPath(new URL('topology.fixture.ts', import.meta.url))

if (kafkaBrokers() !== undefined) {
  test('what a start has made is no drift, although topics of dead letters are made only when they are needed', async (t) => {
    const { prefix, adapter } = freshKafka()
    const open = await running(t, letters, { store: memory(), broker: adapter })
    await open.stop()
    const to = ['--system', system, '--broker', `kafka://${kafkaBrokers()}?prefix=${prefix}`]
    const line = (name: string): Promise<Answer> =>
      lineWith({ folder: import.meta.dirname, env: {} }, 'topology', name, ...to)
    assert.deepEqual(await line('drift'), { code: 0, out: 'nothing to do\n', err: '' })
    assert.match((await line('plan')).out, /^\+ topic \S+\.dead /m)
  })

  test('a server that differs ends with 1, and topic and field are named', async () => {
    const { prefix, admin } = freshKafka()
    const env = { EVENTWRIGHT_BROKER: `kafka://${kafkaBrokers()}` }
    const topology = (name: string, ...argv: string[]): Promise<Answer> =>
      lineWith({ folder: import.meta.dirname, env }, 'topology', name, '--system', system, '--prefix', prefix, ...argv)
    assert.equal((await topology('drift')).code, 1)
    assert.equal((await topology('apply')).code, 0)
    assert.deepEqual(await topology('drift'), { code: 0, out: 'nothing to do\n', err: '' })
    const configs = [{ name: 'retention.ms', configOperation: 0, value: '1000' } as const]
    const resources = [{ resourceType: 2, resourceName: `${prefix}orders`, configs } as const]
    await admin.incrementalAlterConfigs({ resources, validateOnly: false })
    // A broker hears a little later of what its controller has done.
    await until(async () => (await topology('drift')).code === 1)
    const { code, out } = await topology('drift')
    assert.equal(code, 1)
    assert.match(out, new RegExp(`^~ topic ${prefix}orders: retention.ms 1000 -> 604800000$`, 'm'))
    const { drift, changes } = JSON.parse((await topology('drift', '--json')).out) as Record<string, unknown>
    assert.deepEqual(
      [drift, changes],
      [
        true,
        [
          {
            action: 'change',
            kind: 'topic',
            name: `${prefix}orders`,
            field: 'retention.ms',
            from: '1000',
            to: '604800000',
          },
        ],
      ],
    )
    await admin.createTopics({ topics: [`${prefix}other`], partitions: 1, replicas: 1 })
    assert.equal((await topology('apply')).code, 0)
    assert.equal((await topology('drift')).code, 0)
  })
}

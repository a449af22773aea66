import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { freePorts } from '../../../tools/services/ports.ts'
import { greets } from '../../../tools/services/rabbitmq-answers.ts'
import { runningIn } from '../../../tools/services/server-process.ts'
import { loopbackOnly } from '../../fixtures/loopback-only.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from '../../fixtures/private-rabbitmq.ts'

/** Asks the management of the server at an address of AMQP. */
async function manage(url: string, path: string, method = 'GET', body?: unknown): Promise<Response> {
  const { hostname, port, username, password } = new URL(url)
  return fetch(`http://${hostname}:${Number(port) + 1}/api/${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${username}:${password}`)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

test('only a broker that opens a connection has greeted', async (t) => {
  const start = Buffer.from([1, 0, 0, 0, 0, 1, 0, 0, 10, 0, 10])
  const close = Buffer.from([1, 0, 0, 0, 0, 1, 0, 0, 10, 0, 50])
  const refusal = Buffer.from([...Buffer.from('AMQP'), 0, 0, 9, 1, 0, 0, 0])
  for (const [answer, expected] of [
    [start, true],
    [refusal, false],
    [close, false],
    [start.subarray(0, 7), false],
  ] as const) {
    const server = createServer((socket) => socket.end(answer))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    assert.equal(await greets((server.address() as AddressInfo).port), expected)
  }
  assert.equal(await greets(await freePorts(1)), false)
})

if (hasPrivateRabbitmq) {
  test('a private RabbitMQ answers on loopback alone, with streams and management, and keeps its queues', async (t) => {
    const server = await privateRabbitmq(t)
    const port = Number(new URL(server.url).port)
    for (const one of [port, port + 1, port + 2, port + 3, port + 4]) await loopbackOnly(one)
    assert.equal((await manage(server.url.replace(/:[^:@]+@/, ':wrong@'), 'overview')).status, 401)
    const kept = { durable: true, arguments: { 'x-queue-type': 'quorum' } }
    assert.equal((await manage(server.url, 'queues/%2f/kept', 'PUT', kept)).status, 201)
    assert.deepEqual(runningIn(server.home), ['epmd', 'rabbitmq'])
    await server.stop()
    assert.deepEqual(runningIn(server.home), [])
    await server.start()
    assert.equal((await manage(server.url, 'queues/%2f/kept')).status, 200)
    await server.break('SIGKILL')
    assert.deepEqual(runningIn(server.home), ['epmd'])
    await server.start()
    assert.equal((await manage(server.url, 'queues/%2f/kept')).status, 200)
  })
}

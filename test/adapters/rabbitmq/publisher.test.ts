import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { ConfirmChannel } from 'amqplib'
import type { Connection } from '../../../src/adapters/rabbitmq/connection.ts'
import { Publisher, type Addressed } from '../../../src/adapters/rabbitmq/publisher.ts'
import { settingsOf } from '../../../src/adapters/rabbitmq/settings.ts'

type Answer = (error: unknown) => void

/** A server that answers when a test says so. */
class Server extends EventEmitter {
  readonly answers: Answer[] = []
  readonly ids: string[] = []
  blocked = false
  opened = 0
  dropped = 0

  publish(_exchange: string, _key: string, _body: Buffer, { messageId }: { messageId: string }, answer: Answer): void {
    this.ids.push(messageId)
    this.answers.push(answer)
  }

  /** As the driver does: whoever waits hears of the end before the listeners of the channel. */
  end(): void {
    for (const answer of this.answers.splice(0)) answer(new Error('channel closed'))
    this.emit('close')
  }
}

function publisherOf(server: Server, options: Parameters<typeof settingsOf>[1] = {}): Publisher {
  const connection = {
    get blocked() {
      return server.blocked
    },
    async confirmChannel() {
      server.opened++
      return server as unknown as ConfirmChannel
    },
    async drop() {
      server.dropped++
      server.end()
    },
  }
  return new Publisher(connection as unknown as Connection, settingsOf('amqp://r1', options))
}

function messages(count: number, exchange = 'e', needed = true): Addressed[] {
  return Array.from({ length: count }, (_, n) => {
    return { exchange, routingKey: '', body: Buffer.from('x'), options: { messageId: `m${n}` }, needed }
  })
}

/** A publisher by which the exchange has taken a message. */
async function tried(server: Server, options: Parameters<typeof settingsOf>[1] = {}): Promise<Publisher> {
  const publisher = publisherOf(server, options)
  const sending = publisher.send(messages(1))
  await turn()
  server.answers.shift()!(null)
  await sending
  server.ids.length = 0
  return publisher
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('no more messages are under way than the window lets, and all are sent in order', async () => {
  const server = new Server()
  const sending = (await tried(server, { window: 3 })).send(messages(8))
  for (let left = 8; left > 0; left--) {
    await turn()
    assert.ok(server.answers.length === Math.min(3, left), `${server.answers.length} with ${left} left`)
    server.answers.shift()!(null)
  }
  assert.deepEqual(await sending, Array(8).fill(true))
  assert.deepEqual(
    server.ids,
    messages(8).map(({ options }) => options.messageId),
  )
})

test('what nobody has a queue for is told apart by its id, also where the same id is under way twice', async () => {
  const server = new Server()
  const publisher = await tried(server)
  const first = publisher.send(messages(2))
  const second = publisher.send(messages(1))
  await turn()
  server.emit('return', { properties: { messageId: 'm0' } })
  server.answers.splice(0).forEach((answer) => answer(null))
  const placed = [...(await first), ...(await second)]
  assert.deepEqual(placed, [false, true, true])
})

test('a refusal by the server and the end of a connection reject what is under way, and the next call begins anew', async () => {
  const server = new Server()
  const publisher = publisherOf(server, { window: 2 })
  const refused = publisher.send(messages(1))
  await turn()
  server.answers.shift()!(new Error('message nacked'))
  await assert.rejects(refused, { code: 'EW_BROKER_FAILED' })
  const cut = publisher.send(messages(5))
  const waiting = publisher.send(messages(1))
  await turn()
  server.end()
  await assert.rejects(cut, { code: 'EW_BROKER_FAILED' })
  await assert.rejects(waiting, { code: 'EW_BROKER_FAILED' })
  const again = publisher.send(messages(1))
  await turn()
  server.answers.shift()!(null)
  assert.deepEqual(await again, [true])
  assert.equal(server.opened, 2)
})

test('a server that confirms nothing is given up, and one that is short of memory is sent nothing', async () => {
  const server = new Server()
  const publisher = publisherOf(server, { confirmTimeout: '20ms' })
  const sending = publisher.send([...messages(1, 'e'), ...messages(1, 'f'), ...messages(1, 'g')])
  await assert.rejects(sending, { code: 'EW_BROKER_FAILED' })
  assert.equal(server.dropped, 1)
  server.blocked = true
  await assert.rejects(publisher.send(messages(1)), { code: 'EW_BROKER_FAILED', message: /memory/ })
  assert.equal(server.ids.length, 3)
})

test('a server that gets short of memory keeps its connection, is sent nothing more, and then takes the rest', async () => {
  const server = new Server()
  const publisher = await tried(server, { confirmTimeout: '500ms', window: 2 })
  const calls = [messages(3), messages(1), messages(1)].map((list) => publisher.send(list))
  await turn()
  server.blocked = true
  for (const call of calls) await assert.rejects(call, { code: 'EW_BROKER_FAILED', message: /takes no messages now/ })
  assert.deepEqual([server.dropped, server.answers.length], [0, 2])
  server.blocked = false
  const sending = publisher.send(messages(2))
  await turn()
  for (let answered = 0; answered < 4; answered++) {
    server.answers.shift()!(null)
    await turn()
  }
  assert.deepEqual(await sending, [true, true])
  assert.deepEqual([server.opened, server.answers.length], [1, 0])
})

test('whoever sends no more leaves the room that he has waited for to the next one', async () => {
  const server = new Server()
  const publisher = await tried(server, { window: 1 })
  const homeless = publisher.send(messages(2))
  const next = publisher.send(messages(1, 'f'))
  await turn()
  server.emit('return', { properties: { messageId: 'm0' } })
  server.answers.shift()!(null)
  await turn()
  assert.equal(server.answers.length, 1)
  server.answers.shift()!(null)
  assert.deepEqual(await Promise.all([homeless, next]), [[false, false], [true]])
})

test('an exchange that has not taken a message yet is sent one at a time, and others do not wait for it', async () => {
  const server = new Server()
  const sending = publisherOf(server).send([...messages(1, 'e'), ...messages(4, 'f')])
  await turn()
  assert.equal(server.answers.length, 2, 'one to each')
  server.answers.shift()!(null)
  await turn()
  assert.equal(server.answers.length, 1, 'the other exchange has not answered')
  server.answers.shift()!(null)
  await turn()
  assert.equal(server.answers.length, 3)
  server.answers.splice(0).forEach((answer) => answer(null))
  assert.deepEqual(await sending, Array(5).fill(true))
})

test('nothing is sent behind a needed message that came into no queue, and what nobody needs goes on', async () => {
  const server = new Server()
  const publisher = publisherOf(server)
  for (const [needed, ids] of [
    [true, ['m0']],
    [false, ['m0', 'm1', 'm2']],
  ] as const) {
    server.ids.length = 0
    const sending = publisher.send(messages(3, `needed ${needed}`, needed))
    await turn()
    server.emit('return', { properties: { messageId: 'm0' } })
    server.answers.shift()!(null)
    await turn()
    server.answers.splice(0).forEach((answer) => answer(null))
    assert.deepEqual(server.ids, ids)
    assert.deepEqual(await sending, [false, !needed, !needed])
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilitiesOf } from '../../../src/ports/broker.ts'
import { undecodedHeader } from '../../../src/ports/message-codec.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { bareChannel, madeChannel, messageOf, openedBroker, readUntil, until } from './rabbitmq.fixture.ts'

const url = rabbitmqUrl()

if (url !== undefined) {
  test('what was read and is not done comes again to the next member, in order, numbered from where he reads', async (t) => {
    const broker = await openedBroker(t, url)
    const other = await openedBroker(t, url)
    const channel = await madeChannel(broker)
    const first = await broker.join(channel, 'readers')
    await broker.publish(['a', 'b', 'c', 'd', 'e'].map((value) => messageOf(channel, value)))
    const read = await readUntil(first, 40, 5)
    assert.deepEqual(
      read.map(({ offset, value }) => `${offset} ${value}`),
      ['40 a', '41 b', '42 c', '43 d', '44 e'],
    )
    assert.deepEqual(await first.read(0, 42, 2), read.slice(2, 4), 'read again')
    await first.done(0, 42)
    assert.deepEqual(await broker.waiting!(channel, 'readers'), [{ count: 3, oldestMs: read[2]!.atMs }])
    await first.release!(0)
    const second = await other.join(channel, 'readers')
    const again = await readUntil(second, 42, 3)
    assert.deepEqual(
      again.map(({ id, offset }) => [id, offset]),
      read.slice(2).map(({ id, offset }) => [id, offset]),
    )
    await second.done(0, 45)
    assert.deepEqual(await second.read(0, 45, 10), [])
    await second.close()
    assert.deepEqual(await broker.waiting!(channel, 'readers'), [{ count: 0, oldestMs: undefined }])
  })

  test('one member at a time is given messages; the next one follows when the first leaves or its process ends', async (t) => {
    const [broker, left, dying] = [await openedBroker(t, url), await openedBroker(t, url), await openedBroker(t, url)]
    const channel = await madeChannel(broker)
    const members = [await left.join(channel, 'g'), await dying.join(channel, 'g'), await broker.join(channel, 'g')]
    for (const member of members) {
      assert.deepEqual(await member.read(0, 0, 10), [])
    }
    await broker.publish([messageOf(channel, 'a'), messageOf(channel, 'b')])
    const [a] = await readUntil(members[0]!, 0, 2)
    assert.deepEqual([await members[1]!.read(0, 0, 10), await members[2]!.read(0, 0, 10)], [[], []])
    await members[0]!.done(0, 1)
    await members[0]!.close()
    const [b] = await readUntil(members[1]!, 1, 1)
    assert.deepEqual([a!.value, b!.value], ['a', 'b'])
    await dying.close()
    assert.equal((await readUntil(members[2]!, 1, 1))[0]!.id, b!.id)
  })

  test('a message that so many members have ended with goes into the dead queue of its group, with what the server says', async (t) => {
    const broker = await openedBroker(t, url)
    const channel = await madeChannel(broker, { rabbitmq: { deliveryLimit: 2 } })
    const member = await broker.join(channel, 'g')
    const poison = messageOf(channel, 'poison')
    await broker.publish([poison])
    for (let n = 0; n < 3; n++) {
      assert.equal((await readUntil(member, 0, 1))[0]!.id, poison.id)
      await member.release!(0)
    }
    const bare = await bareChannel(t, url)
    await until('the dead letter', async () => (await bare.checkQueue(`${channel}.g.dead`)).messageCount === 1)
    const dead = await bare.get(`${channel}.g.dead`, { noAck: true })
    assert.ok(dead !== false)
    const { headers = {}, messageId } = dead.properties
    assert.equal(messageId, poison.id)
    assert.equal((headers['x-death'] as readonly { reason: string }[])[0]!.reason, 'delivery_limit')
    assert.deepEqual(await member.read(0, 0, 10), [])
  })

  test('what nobody has subscribed to is gone and counted; what a group needs is held up until its queues are there', async (t) => {
    const unrouted: [string, number][] = []
    const onUnrouted = (...what: [string, number]): void => void unrouted.push(what)
    const broker = await openedBroker(t, url, { onUnrouted })
    const free = await madeChannel(broker)
    const sent = [messageOf(free, 'a'), messageOf(free, 'b')]
    assert.deepEqual(await broker.publish(sent), [{ kind: 'ok' }, { kind: 'ok' }])
    assert.deepEqual(unrouted, [[free, 2]])
    const needed = await madeChannel(broker, { groups: ['later'] })
    await broker.publish([messageOf(needed, 'a')])
    const bare = await bareChannel(t, url)
    await bare.deleteQueue(`${needed}.later.0`)
    const again = messageOf(needed, 'b')
    await assert.rejects(broker.publish([again]), { code: 'EW_BROKER_FAILED' })
    await broker.publish([again])
    const member = await broker.join(needed, 'later')
    assert.deepEqual(
      (await readUntil(member, 0, 1)).map(({ value }) => value),
      ['b'],
    )
    assert.equal(unrouted.length, 1)
  })

  test('a queue that was deleted under its reader is made again', async (t) => {
    const broker = await openedBroker(t, url)
    const channel = await madeChannel(broker)
    const member = await broker.join(channel, 'g')
    await broker.publish([messageOf(channel, 'a')])
    await readUntil(member, 0, 1)
    const bare = await bareChannel(t, url)
    await bare.deleteQueue(`${channel}.g.0`)
    await until('the reader to begin again', async () => {
      await member.read(0, 1, 1).catch(() => undefined)
      return (await broker.waiting!(channel, 'g').catch(() => undefined)) !== undefined
    })
    await broker.publish([messageOf(channel, 'b')])
    assert.deepEqual(
      (await readUntil(member, 1, 1)).map(({ value }) => value),
      ['b'],
    )
  })

  test('a message that was set aside is shown in the dead queue with its bytes and with why', async (t) => {
    const broker = await openedBroker(t, url)
    const channel = await madeChannel(broker)
    const member = await broker.join(channel, 'g')
    await broker.publish([messageOf(channel, '{"n":1}')])
    const [message] = await readUntil(member, 8, 1)
    const why = { reason: 'poison', attempts: 5, errorType: 'EW_X', errorMessage: 'x'.repeat(9_000) } as const
    await broker.deadLetter!(channel, 'g', message!, { ...why, failedAtMs: 1_700_000_000_000 })
    const raw = { ...message!, headers: JSON.stringify({ [undecodedHeader]: 'why' }), value: '/wA=' }
    await broker.deadLetter!(channel, 'g', raw, { ...why, failedAtMs: 1_700_000_000_000 })
    const bare = await bareChannel(t, url)
    const dead = await bare.get(`${channel}.g.dead`, { noAck: true })
    const bytes = await bare.get(`${channel}.g.dead`, { noAck: true })
    assert.ok(dead !== false && bytes !== false)
    assert.deepEqual([dead.content.toString(), [...bytes.content]], ['{"n":1}', [0xff, 0]])
    const { headers = {}, messageId, type } = dead.properties
    assert.deepEqual([messageId, type], [message!.id, 'test.Sent'])
    const told = Object.entries(headers as Record<string, string>).filter(([name]) => name.startsWith('ew-dl-'))
    assert.deepEqual(Object.fromEntries(told), {
      'ew-dl-original-destination': channel,
      'ew-dl-partition': '0',
      'ew-dl-offset': '8',
      'ew-dl-timestamp': new Date(message!.atMs).toISOString(),
      'ew-dl-group': 'g',
      'ew-dl-attempts': '5',
      'ew-dl-last-failed-at': new Date(1_700_000_000_000).toISOString(),
      'ew-dl-error-type': 'EW_X',
      'ew-dl-error-message': 'x'.repeat(1_000),
      'ew-dl-reason': 'poison',
    })
  })

  test('others may send through the exchange of the channel, whatever they send', async (t) => {
    const broker = await openedBroker(t, url)
    const channel = await madeChannel(broker, { partitions: 2, groups: ['g'] })
    const bare = await bareChannel(t, url)
    bare.publish(channel, '0', Buffer.from('{"a":1}'), {
      headers: { 'cloudEvents:id': 'e1', 'cloudEvents:partitionkey': 'p' },
    })
    bare.publish(channel, '0', Buffer.from([0xff]), { headers: { n: 1, deep: { a: [true] } }, messageId: 'm2' })
    bare.publish(channel, '1', Buffer.alloc(0))
    const member = await broker.join(channel, 'g')
    const [event, bytes] = await readUntil(member, 0, 2)
    assert.deepEqual([event!.id, event!.key, event!.value], ['e1', 'p', '{"a":1}'])
    assert.deepEqual([bytes!.id, bytes!.value], ['m2', '/w=='])
    assert.ok(undecodedHeader in (JSON.parse(bytes!.headers) as object))
    await until('the other partition', async () => (await member.read(1, 0, 1))[0]?.value === '')
  })

  test('streams and queues live beside each other, and neither becomes the other', async (t) => {
    const broker = await openedBroker(t, url)
    const queues = await madeChannel(broker)
    const stream = await madeChannel(broker, { rabbitmq: { queue: 'stream' } })
    assert.deepEqual(
      [await capabilitiesOf(broker, queues), await capabilitiesOf(broker, stream)].map(({ replay }) => replay),
      [false, true],
    )
    const spec = { partitions: 1, retentionMs: undefined }
    const elsewhere = await openedBroker(t, url)
    await assert.rejects(elsewhere.ensure([{ ...spec, name: queues, rabbitmq: { queue: 'stream' } }]), {
      code: 'EW_CHANNEL_CHANGED',
    })
    await assert.rejects(elsewhere.ensure([{ ...spec, name: stream }]), { code: 'EW_CHANNEL_CHANGED' })
    await assert.rejects(elsewhere.ensure([{ ...spec, name: `${stream}.c`, rabbitmq: { queue: 'classic' } }]), {
      code: 'EW_CONFIG',
    })
    await assert.rejects(elsewhere.ensure([{ ...spec, name: 'x'.repeat(260) }]), { code: 'EW_CONFIG' })
    await assert.rejects(elsewhere.ensure([{ ...spec, name: 'amq.mine' }]), { code: 'EW_CONFIG' })
  })
}

import assert from 'node:assert/strict'
import { partitionOf } from '../../ports/message-decision.ts'
import { messageWith } from '../../ports/received-message.ts'
import { made, message, reading, sent, series, until, valuesOf, type BrokerCase } from './broker-case.ts'
import { rejects } from './store-case.ts'

const numbered = (key: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${key}-${index}`)

/** What is acknowledged is there, whole and in order. */
export const publishCases: readonly BrokerCase[] = [
  {
    title: 'a message is read as it was sent, with its place and the time of its coming',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const outgoing = { ...message(channel, 'k', '{"n":1}'), headers: '{"ce_id":"1"}' }
      await sent(broker, [outgoing])
      const [got] = await group.until(1)
      const { partition, offset, atMs, ...rest } = messageWith(got!, {})
      assert.deepEqual(rest, outgoing)
      assert.ok([0, 1, 2].includes(partition) && Number.isSafeInteger(offset) && Number.isSafeInteger(atMs))
      assert.deepEqual(await broker.publish([]), [])
    },
  },
  {
    title: 'equal keys share a partition, other keys use the other partitions, and offsets grow',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)
      for (let n = 0; n < 3; n++)
        await sent(
          broker,
          keys.map((key) => message(channel, key, `${key}-${n}`)),
        )
      const messages = await group.until(180)
      for (const key of keys) {
        const own = messages.filter((each) => each.key === key)
        assert.equal(new Set(own.map(({ partition }) => partition)).size, 1)
        assert.deepEqual(valuesOf(own, key), numbered(key, 3))
      }
      for (const partition of [0, 1, 2]) {
        const offsets = messages.filter((each) => each.partition === partition).map(({ offset }) => offset)
        assert.ok(offsets.length > 0 && offsets.every((offset, index) => index === 0 || offset > offsets[index - 1]!))
      }
    },
  },
  {
    title: 'a key comes into the partition that the broker names, so that something can be told to each of them',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const named = Array.from({ length: 30 }, (_, n) => `key-${n}`)
      await sent(
        broker,
        named.map((key) => message(channel, key)),
      )
      for (const { key, partition } of await group.until(30))
        assert.equal(partition, broker.partitionOf?.(key, 3) ?? partitionOf(key, 3))
      assert.deepEqual(new Set(group.got.map(({ partition }) => partition)), new Set([0, 1, 2]))
    },
  },
  {
    title: 'many publishers at once, each waiting for its own: every message is there, in order of its key',
    async run(trial) {
      const { broker, channel } = trial
      const others = [broker, await trial.another()]
      await made(trial)
      const group = await reading(trial)
      const publishers = Array.from({ length: 24 }, (_, index) => `publisher-${index}`)
      await Promise.all(
        publishers.map(async (key, index) => {
          for (const each of series(channel, key, 20)) await sent(others[index % 2]!, [each])
        }),
      )
      const messages = await group.until(480)
      for (const key of publishers) assert.deepEqual(valuesOf(messages, key), numbered(key, 20))
    },
  },
  {
    title: 'one call may bring 10,000 messages of many keys, and keeps the order of each',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const messages = Array.from({ length: 10_000 }, (_, n) =>
        message(channel, `k${n % 7}`, `k${n % 7}-${Math.floor(n / 7)}`),
      )
      await sent(broker, messages)
      const got = await group.until(10_000)
      for (let n = 0; n < 7; n++) assert.deepEqual(valuesOf(got, `k${n}`), numbered(`k${n}`, n < 4 ? 1_429 : 1_428))
    },
  },
  {
    title: 'keys, headers and values of any characters come through',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const texts = [
        '',
        ' ',
        '\n',
        "'; drop table x; --",
        '"',
        '%',
        '__proto__',
        'é',
        'e\u0301',
        '漢字',
        '🦀',
        '\u200b',
        '\uffff',
        '\u0001',
      ]
      const outgoing = [...texts, 'k'.repeat(2_000)].map((text) => ({
        ...message(channel, text, text),
        headers: JSON.stringify({ text }),
      }))
      await sent(broker, outgoing)
      const got = await group.until(outgoing.length)
      for (const { key, id, headers, value } of outgoing) {
        const found = got.filter((each) => each.id === id)
        assert.deepEqual(
          found.map((each) => [each.key, each.headers, each.value]),
          [[key, headers, value]],
        )
      }
    },
  },
  {
    title: 'messages that are sent again with their ids, after an unknown outcome, leave each id in order',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const messages = series(channel, 'a', 6)
      await sent(broker, messages.slice(0, 4))
      await sent(broker, messages.slice(2))
      await sent(broker, [message(channel, 'a', 'end')])
      await until(trial, 'the last message', async () => {
        await group.round()
        return group.got.at(-1)?.value === 'end'
      })
      const first = new Map(group.got.map(({ id, value }) => [id, value]))
      assert.deepEqual([...first.values()], [...numbered('a', 6), 'end'])
      assert.ok(group.got.length === 7 || group.got.length === 9)
    },
  },
  {
    title:
      'a large call is decided as a whole: a refused message stops its key to the end, an unknown channel everything',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const calls = [...series(channel, 'b', 700), ...series(channel, 'a', 2), ...series(channel, 'b', 700, 700)]
      await rejects(broker.publish([...calls, message(`${channel}.none`, 'a')]), 'EW_CHANNEL_UNKNOWN')
      const outcomes = await broker.publish([message(channel, 'a', '\u0000'), ...calls, message(channel, 'a')])
      const others = outcomes.flatMap(({ kind }, index) => (kind === 'ok' ? [] : [`${index} ${kind}`]))
      assert.deepEqual(others, ['0 refused', '701 skipped', '702 skipped', '1403 skipped'])
      assert.deepEqual(valuesOf(await group.until(1_400), 'b'), numbered('b', 1_400))
    },
  },
  {
    title: 'a page has at most 1 MiB, or one message that is larger',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 1)
      const text = (bytes: number) => '\u00e9'.repeat(bytes / 2)
      const large = { ...message(channel, 'a', text(1 << 20)), headers: text(1 << 20) }
      const outgoing = [
        ...[400, 400, 400].map((n) => message(channel, 'a', text(n << 10))),
        large,
        message(channel, 'a'),
      ]
      const member = await broker.join(channel, `${channel}.readers`)
      await until(trial, 'the partition', () => member.assigned().length === 1)
      await sent(broker, outgoing)
      const pages: number[] = []
      const ids: string[] = []
      let from = 0
      await until(trial, 'all messages', async () => {
        const page = await member.read(0, from, 100)
        if (page.length === 0) return false
        pages.push(page.length)
        ids.push(...page.map(({ id }) => id))
        from = page.at(-1)!.offset + 1
        await member.done(0, from)
        return ids.length === outgoing.length
      })
      assert.deepEqual(
        ids,
        outgoing.map(({ id }) => id),
      )
      assert.ok(pages.length >= 4 && Math.max(...pages) <= 2, pages.join())
      await member.close()
    },
  },
]

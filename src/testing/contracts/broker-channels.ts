import assert from 'node:assert/strict'
import type { PartitionBounds } from '../../ports/broker.ts'
import { made, message, reading, sent, series, valuesOf, type BrokerCase } from './broker-case.ts'
import { rejects } from './store-case.ts'

/** Channels that are made, changed, trimmed and removed. */
export const channelCases: readonly BrokerCase[] = [
  {
    title: 'ensure makes what is missing, may be repeated, and refuses other partitions with nothing made',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      await sent(broker, [message(channel, 'a')])
      await Promise.all([made(trial), made(trial)])
      const wanted = [
        { name: `${channel}.new`, partitions: 1, retentionMs: undefined },
        { name: channel, partitions: 4, retentionMs: undefined },
      ]
      await rejects(broker.ensure(wanted), 'EW_CHANNEL_CHANGED')
      await rejects(broker.bounds(`${channel}.new`), 'EW_CHANNEL_UNKNOWN')
      assert.equal((await broker.bounds(channel)).length, 3)
      await broker.ensure(wanted.slice(0, 1))
      assert.equal((await broker.bounds(`${channel}.new`)).length, 1)
      await broker.remove(`${channel}.new`)
    },
  },
  {
    title: 'a channel that was not ensured is unknown to every call, and a call that names one stores nothing',
    async run(trial) {
      const { broker, channel } = trial
      const other = `${channel}.other`
      await rejects(broker.publish([message(channel, 'a')]), 'EW_CHANNEL_UNKNOWN')
      await rejects(broker.join(channel, `${channel}.readers`), 'EW_CHANNEL_UNKNOWN')
      await rejects(broker.bounds(channel), 'EW_CHANNEL_UNKNOWN')
      await rejects(broker.offsetAt(channel, 0, 0), 'EW_CHANNEL_UNKNOWN')
      await made(trial)
      const group = await reading(trial)
      const neighbour = broker.publish([message(channel, 'a', 'neighbour')])
      await rejects(broker.publish([message(channel, 'a', 'lost'), message(other, 'a')]), 'EW_CHANNEL_UNKNOWN')
      assert.deepEqual(await neighbour, [{ kind: 'ok' }])
      assert.deepEqual(valuesOf(await group.until(1), 'a'), ['neighbour'])
      await rejects(group.members[0]!.read(3, 0, 1), 'EW_CHANNEL_UNKNOWN')
    },
  },
  {
    title: 'a removed channel is gone with its messages and can be made again with other partitions',
    async run(trial) {
      const { broker, channel } = trial
      await broker.remove(channel)
      await made(trial)
      await sent(broker, series(channel, 'a', 2_500))
      await broker.remove(channel)
      await broker.remove(channel)
      await rejects(broker.publish([message(channel, 'a')]), 'EW_CHANNEL_UNKNOWN')
      await made(trial, 2)
      assert.deepEqual((await broker.bounds(channel)).map(waiting), [0, 0])
      const group = await reading(trial)
      await sent(broker, [message(channel, 'a', 'new')])
      assert.deepEqual(valuesOf(await group.until(1), 'a'), ['new'])
      await broker.trim(0)
      assert.equal(await group.round(), 0)
    },
  },
  {
    title: 'bounds tell the oldest message and the next place, and so how far a reader is behind',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const empty = await broker.bounds(channel)
      assert.deepEqual(empty.map(waiting), [0, 0, 0])
      assert.deepEqual(
        empty.map(({ partition }) => partition),
        [0, 1, 2],
      )
      const group = await reading(trial)
      await sent(
        broker,
        ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((key) => series(channel, key, 10)),
      )
      const filled = await broker.bounds(channel)
      assert.ok(filled.reduce((sum, bounds) => sum + waiting(bounds), 0) >= 60)
      const messages = await group.until(60)
      if (!broker.capabilities.replay) return
      for (const { partition, first, next } of filled) {
        const offsets = messages.filter((each) => each.partition === partition).map(({ offset }) => offset)
        assert.ok(offsets.length === 0 ? first === next : first === offsets[0] && next > offsets.at(-1)!)
      }
      assert.deepEqual(await broker.bounds(channel), filled)
    },
  },
  {
    title: 'trim deletes what is older than its channel keeps it and nothing else; offsets go on',
    async run(trial) {
      const { broker, channel, pass } = trial
      const kept = { name: `${channel}.kept`, partitions: 1, retentionMs: undefined }
      await made(trial, 1, 60_000)
      await broker.ensure([kept])
      const group = await reading(trial)
      await sent(broker, [...series(channel, 'a', 2_500), message(kept.name, 'a')])
      await pass(1_000)
      await sent(broker, series(channel, 'a', 3, 2_500))
      const messages = await group.until(2_503)
      const { offset, atMs } = messages[2_500]!
      if (!broker.capabilities.replay) return assert.equal(await broker.trim(atMs + 60_000), 0)
      if (broker.capabilities.retention === 'broker') {
        assert.equal(await broker.trim(atMs + 60_000_000), 0)
        assert.deepEqual((await broker.bounds(channel)).map(waiting), [2_503])
        return broker.remove(kept.name)
      }
      assert.equal(await broker.trim(messages[0]!.atMs + 60_000), 0)
      assert.equal(await broker.trim(atMs + 60_000), 2_500)
      assert.equal(await broker.trim(atMs + 60_000), 0)
      assert.deepEqual((await broker.bounds(channel)).map(waiting), [3])
      assert.deepEqual((await broker.bounds(kept.name)).map(waiting), [1])
      assert.deepEqual(
        (await group.members[0]!.read(0, 0, 1)).map((each) => each.offset),
        [offset],
      )
      assert.equal(await broker.trim(atMs + 60_000_000), 3)
      assert.deepEqual((await broker.bounds(channel)).map(waiting), [0])
      await sent(broker, [message(channel, 'a', 'after')])
      assert.ok((await group.until(2_504)).at(-1)!.offset > messages[2_502]!.offset)
      await broker.remove(kept.name)
    },
  },
  {
    title: 'trim spares what somebody has still to read, up to a greater age, and stops at its limit',
    async run(trial) {
      const { broker, channel, pass } = trial
      await made(trial, 1, 1_000)
      const group = await reading(trial)
      await sent(broker, series(channel, 'a', 10))
      await pass(100)
      await sent(broker, series(channel, 'a', 10, 10))
      const messages = await group.until(20)
      const [nowMs, lateMs] = [messages[19]!.atMs + 10_000, messages[19]!.atMs]
      const from = (offset: number) => ({ unread: new Map([[channel, new Map([[0, offset]])]]) })
      const { replay, assignment, retention } = broker.capabilities
      if (!replay || assignment !== 'store' || retention === 'broker') {
        assert.equal(await broker.trim(nowMs, { ...from(messages[7]!.offset), limit: 5 }), 0)
        return
      }
      const first = async (): Promise<number> => (await broker.bounds(channel))[0]!.first - messages[0]!.offset
      assert.equal(await broker.trim(nowMs, from(messages[0]!.offset)), 0)
      assert.deepEqual([await broker.trim(nowMs, { ...from(messages[7]!.offset), limit: 5 }), await first()], [5, 5])
      assert.deepEqual([await broker.trim(nowMs, from(messages[7]!.offset)), await first()], [2, 7])
      const older = { ...from(messages[7]!.offset), unreadBeforeMs: lateMs }
      assert.deepEqual([await broker.trim(nowMs, { ...older, limit: 2 }), await first()], [2, 9])
      assert.deepEqual([await broker.trim(nowMs, older), await first()], [1, 10])
      assert.equal(await broker.trim(nowMs, older), 0)
      assert.equal(await broker.trim(lateMs, { unreadBeforeMs: nowMs }), 0)
      assert.deepEqual([await broker.trim(nowMs, { unread: new Map() }), await first()], [10, 20])
    },
  },
  {
    title: 'a reader whose place was trimmed gets the oldest that is kept, and bounds tell that something is gone',
    async run(trial) {
      const { broker, channel, pass } = trial
      await made(trial, 1, 1_000)
      const group = await reading(trial)
      await sent(broker, series(channel, 'a', 10))
      await pass(100)
      await sent(broker, series(channel, 'a', 2, 10))
      const messages = await group.until(12)
      if (!broker.capabilities.replay) return assert.equal(await broker.trim(messages[10]!.atMs + 1e9), 0)
      const place = messages[3]!.offset
      assert.ok((await broker.bounds(channel))[0]!.first <= place)
      const gone = async (before: number, nowMs: number): Promise<unknown> =>
        broker.capabilities.retention === 'broker' ? trial.expire(channel, 0, before) : broker.trim(nowMs)
      const member = group.members[0]!
      if ((await gone(messages[10]!.offset, messages[10]!.atMs + 1_000)) === 'kept') {
        assert.equal(await broker.trim(messages[10]!.atMs + 1e9), 0)
        assert.deepEqual(await member.read(0, place, 100), messages.slice(3))
        return assert.ok((await broker.bounds(channel))[0]!.first <= place)
      }
      assert.deepEqual(valuesOf(await member.read(0, place, 10), 'a'), ['a-10', 'a-11'])
      assert.equal((await broker.bounds(channel))[0]!.first, messages[10]!.offset)
      await gone(messages[11]!.offset + 1, messages[10]!.atMs + 1e9)
      assert.deepEqual(await member.read(0, place, 10), [])
      const [{ first, next }] = (await broker.bounds(channel)) as [PartitionBounds]
      assert.ok(first === next && first > place, `${first} and ${next}`)
    },
  },
  {
    title: 'how long a channel keeps messages may be changed',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 1)
      const group = await reading(trial)
      await sent(broker, series(channel, 'a', 3))
      const { atMs } = (await group.until(3))[0]!
      assert.equal(await broker.trim(atMs + 1e9), 0)
      await made(trial, 1, 1_000)
      const { replay, retention } = broker.capabilities
      assert.equal(await broker.trim(atMs + 1e9), replay && retention !== 'broker' ? 3 : 0)
    },
  },
]

function waiting({ first, next }: PartitionBounds): number {
  return next - first
}

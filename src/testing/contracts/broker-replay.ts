import assert from 'node:assert/strict'
import { made, reading, sent, series, until, valuesOf, type BrokerCase } from './broker-case.ts'

/** Reading again, or the certainty that nothing is read again. */
export const replayCases: readonly BrokerCase[] = [
  {
    title:
      'what was read and done can be read again from any offset by any group, or by none where nothing is replayed',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 1)
      const group = await reading(trial)
      await sent(broker, series(channel, 'a', 10))
      const got = [...(await group.until(10))]
      await group.leave(group.members[0]!)
      const later = await reading(trial, 'later')
      if (!broker.capabilities.replay) {
        const again = await reading(trial)
        await sent(broker, series(channel, 'a', 1, 10))
        for (const each of [later, again]) assert.deepEqual(valuesOf(await each.until(1), 'a'), ['a-10'])
        return
      }
      assert.deepEqual(await later.until(10), got)
      const member = await broker.join(channel, `${channel}.again`)
      await until(trial, 'the partition', () => member.assigned().length === 1)
      for (const from of [7, 0, 4]) assert.deepEqual(await member.read(0, got[from]!.offset, 100), got.slice(from))
      await member.close()
    },
  },
  {
    title: 'a time finds the first message that is not older, and the next place when all are',
    async run(trial) {
      const { broker, channel, pass } = trial
      await made(trial, 1)
      const group = await reading(trial)
      const [empty] = await broker.bounds(channel)
      assert.equal(await broker.offsetAt(channel, 0, 0), empty!.next)
      for (let step = 0; step < 7; step++) {
        await sent(broker, series(channel, 'a', step, step * 10))
        await pass(20)
      }
      const got = await group.until(21)
      if (!broker.capabilities.replay) return
      const [bounds] = await broker.bounds(channel)
      for (const { atMs } of got) {
        for (const timeMs of [atMs, atMs - 1, atMs + 1]) {
          const expected = got.find((each) => each.atMs >= timeMs)?.offset ?? bounds!.next
          assert.equal(await broker.offsetAt(channel, 0, timeMs), expected)
        }
      }
      assert.ok(got.at(-1)!.atMs >= got[0]!.atMs + 100)
      assert.equal(await broker.offsetAt(channel, 0, 0), got[0]!.offset)
      await broker.trim(Number.MAX_SAFE_INTEGER)
      assert.equal(await broker.offsetAt(channel, 0, got[6]!.atMs), got[6]!.offset)
    },
  },
]

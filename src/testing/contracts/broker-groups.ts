import assert from 'node:assert/strict'
import { capabilitiesOf } from '../../ports/broker.ts'
import { made, ReaderGroup, reading, sent, series, until, valuesOf, type BrokerCase } from './broker-case.ts'

const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Groups of readers and their members. */
export const groupCases: readonly BrokerCase[] = [
  {
    title: 'two groups of one channel each get every message, however far the other is',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const quick = await reading(trial, 'quick')
      const slow = await reading(trial, 'slow')
      await sent(
        broker,
        keys.flatMap((key) => series(channel, key, 5)),
      )
      await quick.until(40)
      await sent(
        broker,
        keys.flatMap((key) => series(channel, key, 5, 5)),
      )
      await slow.until(80)
      await quick.until(80)
      for (const key of keys) assert.deepEqual(valuesOf(slow.got, key), valuesOf(quick.got, key))
    },
  },
  {
    title: 'members of a group may read every partition where the store assigns, else they divide them',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 4)
      const group = new ReaderGroup(trial, 'readers')
      const first = await group.join()
      const second = await group.join(await trial.another())
      const assigned = (): readonly number[] => group.members.flatMap((member) => member.assigned())
      if (broker.capabilities.assignment === 'store') {
        for (const member of group.members) assert.deepEqual(member.assigned(), [0, 1, 2, 3])
      } else {
        await until(trial, 'the partitions to be divided', () => {
          const sorted = [...assigned()].sort()
          return sorted.join() === '0,1,2,3' && first.assigned().length > 0 && second.assigned().length > 0
        })
      }
      await sent(
        broker,
        keys.flatMap((key) => series(channel, key, 5)),
      )
      await group.until(40)
      await group.leave(first)
      await until(trial, 'the last member to have all partitions', () => [...assigned()].sort().join() === '0,1,2,3')
      await sent(
        broker,
        keys.flatMap((key) => series(channel, key, 5, 5)),
      )
      const got = await group.until(80)
      for (const key of keys)
        assert.deepEqual(
          valuesOf(got, key),
          Array.from({ length: 10 }, (_, n) => `${key}-${n}`),
        )
    },
  },
  {
    title: 'a read answers at most as many messages as it may, from the offset on, and none where none are',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 1)
      const group = await reading(trial)
      const [member] = group.members
      await until(trial, 'the partition', () => member!.assigned().length === 1)
      assert.deepEqual(await member!.read(0, 0, 10), [])
      await sent(broker, series(channel, 'a', 25))
      let from = 0
      const sizes: number[] = []
      const values: string[] = []
      await until(trial, '25 messages', async () => {
        const messages = await member!.read(0, from, 10)
        if (messages.length === 0) return values.length >= 25
        sizes.push(messages.length)
        values.push(...messages.map(({ value }) => value))
        from = messages.at(-1)!.offset + 1
        await member!.done(0, from)
        return false
      })
      assert.ok(sizes.every((size) => size <= 10))
      assert.deepEqual(
        values,
        Array.from({ length: 25 }, (_, n) => `a-${n}`),
      )
      assert.deepEqual(await member!.read(0, from + 100, 10), [])
    },
  },
  {
    title: 'what is kept for a group goes when the group is forgotten, and that of others stays',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const { replay } = await capabilitiesOf(broker, channel)
      assert.ok(replay || broker.forget !== undefined, 'what is kept for groups can be forgotten')
      const [left, other] = [await reading(trial, 'left'), await reading(trial, 'other')]
      await left.leave(left.members[0]!)
      await sent(broker, series(channel, 'a', 3))
      await broker.forget?.(channel, `${channel}.left`)
      await broker.forget?.(channel, `${channel}.left`)
      await broker.forget?.(`${channel}.unknown`, `${channel}.left`)
      await other.until(3)
      await left.join()
      await sent(broker, series(channel, 'a', 2, 3))
      assert.equal((await left.until(replay ? 5 : 2)).at(-1)!.value, 'a-4')
      await other.until(5)
    },
  },
]

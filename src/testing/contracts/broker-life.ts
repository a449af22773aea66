import assert from 'node:assert/strict'
import { made, message, reading, sent, series, until, valuesOf, type BrokerCase } from './broker-case.ts'
import { rejects } from './store-case.ts'

/** Opening, closing and waking. */
export const brokerLifeCases: readonly BrokerCase[] = [
  {
    title: 'what was acknowledged is there when the data are opened again, and goes on',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 1)
      const group = await reading(trial)
      await sent(broker, series(channel, 'a', 5))
      await group.leave(group.members[0]!)
      await broker.close()
      const again = await trial.another()
      await again.ensure([{ name: channel, partitions: 1, retentionMs: undefined }])
      await group.join(again)
      await sent(again, series(channel, 'a', 5, 5))
      const got = await group.until(10)
      assert.deepEqual(
        valuesOf(got, 'a'),
        Array.from({ length: 10 }, (_, n) => `a-${n}`),
      )
      assert.equal(new Set(got.map(({ offset }) => offset)).size, 10)
    },
  },
  {
    title: 'a watcher hears of messages, its own and those of others, until it is removed',
    async run(trial) {
      const { broker, channel } = trial
      const other = await trial.another()
      await made(trial)
      let heard = 0
      const end = broker.watch(() => void heard++)
      let last = 0
      for (const sender of [broker, other, broker, other]) {
        await sent(sender, [message(channel, 'a')])
        await until(trial, 'the watcher to hear', () => heard > last)
        last = heard
      }
      end()
      end()
      last = heard
      let others = 0
      const endOthers = broker.watch(() => void others++)
      for (const sender of [broker, other]) {
        const before = others
        await sent(sender, [message(channel, 'a')])
        await until(trial, 'another watcher to hear', () => others > before)
      }
      endOthers()
      assert.equal(heard, last)
    },
  },
  {
    title: 'after close every call rejects, a member that has left too, and both may be repeated',
    async run(trial) {
      const { channel } = trial
      const broker = await trial.another()
      await made(trial)
      const left = await broker.join(channel, `${channel}.readers`)
      await left.close()
      await left.close()
      await rejects(left.read(0, 0, 1), 'EW_CLOSED')
      const member = await broker.join(channel, `${channel}.readers`)
      let heard = 0
      broker.watch(() => void heard++)
      const accepted = broker.publish([message(channel, 'a')])
      await broker.close()
      await broker.close()
      assert.deepEqual(await accepted, [{ kind: 'ok' }])
      const last = heard
      let others = 0
      const end = trial.broker.watch(() => void others++)
      await sent(trial.broker, [message(channel, 'a')])
      await until(trial, 'a watcher of another broker to hear', () => others > 0)
      end()
      assert.equal(heard, last)
      await rejects(member.read(0, 0, 1), 'EW_CLOSED')
      await rejects(broker.publish([message(channel, 'a')]), 'EW_CLOSED')
      await rejects(broker.ensure([]), 'EW_CLOSED')
      await rejects(broker.join(channel, `${channel}.readers`), 'EW_CLOSED')
      await rejects(broker.bounds(channel), 'EW_CLOSED')
      await rejects(broker.offsetAt(channel, 0, 0), 'EW_CLOSED')
      await rejects(broker.trim(0), 'EW_CLOSED')
      await rejects(broker.remove(channel), 'EW_CLOSED')
    },
  },
]

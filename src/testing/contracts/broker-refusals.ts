import assert from 'node:assert/strict'
import { kinds, made, message, reading, sent, valuesOf, type BrokerCase } from './broker-case.ts'

const mebibyte = 1 << 20

/** Messages that can never be stored, and their neighbours. */
export const refusalCases: readonly BrokerCase[] = [
  {
    title: 'a refused message stops its key for the call, not other keys or channels, and not later calls',
    async run(trial) {
      const { broker, channel } = trial
      const other = `${channel}.other`
      await made(trial)
      await broker.ensure([{ name: other, partitions: 1, retentionMs: undefined }])
      const group = await reading(trial)
      const outcomes = await broker.publish([
        message(channel, 'a', 'a-0'),
        message(channel, 'b', 'b-0'),
        message(channel, 'a', '\u0000'),
        message(channel, 'a', 'a-1'),
        message(other, 'a', 'a-2'),
        message(channel, 'b', 'b-1'),
        message(channel, 'a', '\u0000'),
      ])
      assert.deepEqual(kinds(outcomes), ['ok', 'ok', 'refused', 'skipped', 'ok', 'ok', 'skipped'])
      assert.ok(outcomes[2]?.kind === 'refused' && outcomes[2].reason.includes('U+0000'))
      await sent(broker, [message(channel, 'a', 'a-3')])
      const got = await group.until(4)
      assert.deepEqual(
        [valuesOf(got, 'a'), valuesOf(got, 'b')],
        [
          ['a-0', 'a-3'],
          ['b-0', 'b-1'],
        ],
      )
      await broker.remove(other)
    },
  },
  {
    title: 'U+0000 and lone surrogates are refused in every text of a message',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      for (const text of ['a\u0000', '\ud800', 'x\udc00y']) {
        for (const name of ['key', 'id', 'headers', 'value'] as const) {
          const outcomes = await broker.publish([
            { ...message(channel, 'a'), [name]: text },
            message(channel, 'b', name),
          ])
          assert.deepEqual(kinds(outcomes), ['refused', 'ok'], `${name} ${JSON.stringify(text)}`)
        }
      }
      assert.equal(valuesOf(await group.until(12), 'b').length, 12)
    },
  },
  {
    title: 'a value of 1 MiB is stored, one of a byte more is refused, counted in UTF-8',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial)
      const group = await reading(trial)
      const values = [
        'x'.repeat(mebibyte),
        'é'.repeat(mebibyte / 2),
        `${'x'.repeat(mebibyte)}y`,
        `${'é'.repeat(mebibyte / 2)}x`,
      ]
      const outcomes = await broker.publish(values.map((value, index) => message(channel, `${index}`, value)))
      assert.deepEqual(kinds(outcomes), ['ok', 'ok', 'refused', 'refused'])
      const got = await group.until(2)
      assert.deepEqual([valuesOf(got, '0'), valuesOf(got, '1')], [[values[0]], [values[1]]])
    },
  },
]

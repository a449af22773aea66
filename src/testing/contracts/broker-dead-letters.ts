import assert from 'node:assert/strict'
import type { DeadLetterFacts } from '../../ports/broker.ts'
import { undecodedHeader } from '../../ports/message-codec.ts'
import { made, message, reading, sent, until, valuesOf, type BrokerCase, type BrokerTrial } from './broker-case.ts'

const facts: DeadLetterFacts = {
  reason: 'poison',
  attempts: 5,
  errorType: 'EW_X',
  errorMessage: `€${'x'.repeat(3_000)}`,
  failedAtMs: 1_700_000_000_000,
}

/** What is shown of a group's dead letters; nothing where the broker has no such place. */
async function shown(trial: BrokerTrial, group: string, count: number) {
  if (trial.broker.deadLetter === undefined) return undefined
  let found = await trial.deadLetters(trial.channel, group)
  await until(trial, `${count} dead letters`, async () => {
    found = await trial.deadLetters(trial.channel, group)
    return found.length >= count
  })
  return found
}

/** Messages that a group has set aside, as the tools of the broker show them. */
export const deadLetterCases: readonly BrokerCase[] = [
  {
    title: 'a message that was set aside is shown to the tools of the broker as it came, with whose it is and why',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 1)
      const group = await reading(trial)
      const first = { ...message(channel, 'k', '{"n":1}'), headers: '{"note":"blue"}' }
      await sent(broker, [first, message(channel, 'k', '{"n":2}')])
      const [poison] = await group.until(2)
      assert.equal(poison!.value, '{"n":1}')
      // Names of consumers as they are; the second one is another group although it is much like the first.
      const names = ['shop/saga:order<mail.events', 'shop/saga:order.mail-events']
      for (const name of names) await broker.deadLetter?.(channel, name, poison!, facts)
      for (const name of names) {
        const letters = await shown(trial, name, 1)
        if (letters === undefined) continue
        assert.equal(letters.length, 1)
        const [{ key, value, headers }] = letters as [(typeof letters)[number]]
        assert.deepEqual([key, value.toString(), headers['note']], ['k', '{"n":1}', 'blue'])
        assert.deepEqual(Object.fromEntries(Object.entries(headers).filter(([each]) => each.startsWith('ew-dl-'))), {
          'ew-dl-original-destination': channel,
          'ew-dl-partition': '0',
          'ew-dl-offset': String(poison!.offset),
          'ew-dl-timestamp': new Date(poison!.atMs).toISOString(),
          'ew-dl-group': name,
          'ew-dl-attempts': '5',
          'ew-dl-last-failed-at': '2023-11-14T22:13:20.000Z',
          'ew-dl-error-type': 'EW_X',
          'ew-dl-error-message': `€${'x'.repeat(999)}`,
          'ew-dl-reason': 'poison',
        })
      }
      // It stays where it stood, and comes to nobody again.
      await sent(broker, [message(channel, 'k', 'after')])
      assert.deepEqual(valuesOf(await group.until(3), 'k').slice(1), ['{"n":2}', 'after'])
    },
  },
  {
    title: 'messages that were set aside are shown in order, also those that are bytes or gone',
    async run(trial) {
      const { broker, channel } = trial
      await made(trial, 1)
      const group = await reading(trial)
      await sent(broker, [message(channel, 'a', 'whole')])
      const [whole] = await group.until(1)
      const headers = JSON.stringify({ [undecodedHeader]: 'why' })
      const bytes = { ...whole!, offset: whole!.offset + 90, id: 'b', headers, value: '/wA=' }
      const gone = { ...whole!, offset: whole!.offset + 91, id: 'g', headers: '{"ew_gone":"1-2"}', value: 'null' }
      for (const each of [whole!, bytes, gone]) await broker.deadLetter?.(channel, 'g', each, facts)
      const letters = await shown(trial, 'g', 3)
      if (letters === undefined) return
      assert.deepEqual(
        letters.map(({ value }) => value.toString('hex')),
        [Buffer.from('whole').toString('hex'), 'ff00', Buffer.from('null').toString('hex')],
      )
      await assert.rejects(broker.deadLetter!(`${channel}.lost`, 'g', whole!, facts), { code: 'EW_CHANNEL_UNKNOWN' })
    },
  },
]

import { test } from 'node:test'
import type { Clock } from '../../base/clock.ts'
import { newId } from '../../base/ids.ts'
import type { Broker } from '../../ports/broker.ts'
import { fakeClock } from '../fake-clock.ts'
import type { BrokerCase, ShownDeadLetter } from './broker-case.ts'
import { channelCases } from './broker-channels.ts'
import { deadLetterCases } from './broker-dead-letters.ts'
import { groupCases } from './broker-groups.ts'
import { brokerLifeCases } from './broker-life.ts'
import { publishCases } from './broker-publish.ts'
import { refusalCases } from './broker-refusals.ts'
import { replayCases } from './broker-replay.ts'

/** A broker of an adapter under test. Every case uses channels of its own, so that one server may serve all of them. */
export interface BrokerUnderTest {
  readonly broker: Broker
  /** Opens the same data once more, as another process would, also after the first was closed. Closed by `close`. */
  another(): Promise<Broker>
  /** Lets time pass; needed only where the broker does not go by the clock that it was opened with. */
  pass?(ms: number): Promise<void>
  /**
   * Needed where the broker deletes old messages in its own time: deletes those of a partition before an offset now.
   * `kept`: it only deletes so many at once that a test of the adapter has to show it.
   */
  expire?(channel: string, partition: number, before: number): Promise<'kept' | void>
  /** Needed where the broker shows dead letters: all of a group, as a client that is none of ours reads them. */
  deadLetters?(channel: string, group: string): Promise<readonly ShownDeadLetter[]>
  /** How long a case waits for what must come; default 60 s. */
  readonly patienceMs?: number
  /** Closes everything that was opened and removes the data. */
  close(): Promise<void>
}

const cases: readonly BrokerCase[] = [
  ...channelCases,
  ...publishCases,
  ...refusalCases,
  ...groupCases,
  ...replayCases,
  ...deadLetterCases,
  ...brokerLifeCases,
]

/**
 * Registers the tests of everything that a broker promises, for an adapter called `name`. `open` is called once a test.
 * No test is ever skipped: what a broker says that it cannot do is tested not to happen.
 */
export function brokerContract(
  name: string,
  open: (options: { readonly clock: Clock }) => Promise<BrokerUnderTest>,
): void {
  for (const { title, run } of cases) {
    test(`${name}: ${title}`, async () => {
      const clock = fakeClock()
      const opened = await open({ clock })
      try {
        await run({
          broker: opened.broker,
          channel: `contract.${newId()}`,
          patienceMs: opened.patienceMs ?? 60_000,
          another: () => opened.another(),
          pass: async (ms) => (opened.pass === undefined ? clock.advance(ms) : opened.pass(ms)),
          async expire(...place) {
            if (opened.expire === undefined) throw new Error('a broker that deletes by itself is opened with `expire`')
            return opened.expire(...place)
          },
          async deadLetters(...place) {
            if (opened.deadLetters === undefined) throw new Error('a broker of dead letters is opened with them')
            return opened.deadLetters(...place)
          },
        })
      } finally {
        await opened.close()
      }
    })
  }
}

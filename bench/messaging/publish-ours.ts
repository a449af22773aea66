import { isEventwrightError, systemClock } from 'eventwright'
import type { Broker, OutgoingMessage, PublishOutcome } from 'eventwright/ports'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { cpuUs } from './course.ts'
import { connected, emptied, makeQueue, namesOf, oneQueue, pageMessages, ring } from './rabbit-queue.ts'

/** Two calls are under way, so that the window stays full while one of them ends. */
const calls = 2

/** Publishes pages of messages through our adapter. */
export async function open(_: string, options: BrokerOptions): Promise<Variant> {
  await makeQueue(options)
  const { queue } = namesOf(options)
  const broker = await brokerAt(options).open({ clock: systemClock })
  await broker.ensure([oneQueue])
  const model = await connected(options)
  let next = 0
  const page = () => Array.from({ length: pageMessages }, () => ring[next++ % ring.length]!)
  return {
    async measure(forMs) {
      const [begun, begunUs] = [performance.now(), cpuUs()]
      let published = 0
      const caller = async (): Promise<void> => {
        while (performance.now() < begun + forMs) {
          const outcomes = await patiently(broker, page())
          if (outcomes.some(({ kind }) => kind !== 'ok')) throw new Error('A message was refused.')
          published += outcomes.length
        }
      }
      await Promise.all(Array.from({ length: calls }, caller))
      const value = (published * 1000) / (performance.now() - begun)
      const details = { cpuUs: (cpuUs() - begunUs) / published }
      assertSame(published, await emptied(model, queue))
      return { value, details }
    },
    async close() {
      await model.close()
      await broker.close()
    },
  }
}

const longestMs = 60_000

/** A server that is short of memory for a moment is asked again, as a relay does; by hand one is kept waiting. */
async function patiently(broker: Broker, messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]> {
  for (const begun = performance.now(); ;) {
    try {
      return await broker.publish(messages)
    } catch (error) {
      const isOver = performance.now() - begun > longestMs
      if (!isEventwrightError(error, 'EW_BROKER_FAILED') || isOver) throw error
      await systemClock.sleep(10)
    }
  }
}

/** Throws unless a queue held as many messages as were confirmed. */
export function assertSame(confirmed: number, held: number): void {
  if (confirmed !== held) throw new Error(`${confirmed} messages were confirmed, and the queue held ${held}.`)
}

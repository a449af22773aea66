import type { Variant } from '../variant.ts'
import type { BrokerOptions } from './brokers.ts'
import { cpuUs } from './course.ts'
import { assertSame } from './publish-ours.ts'
import { connected, emptied, makeQueue, namesOf, publishBare } from './rabbit-queue.ts'

/** Publishes the same messages with bare amqplib. */
export async function open(_: string, options: BrokerOptions): Promise<Variant> {
  await makeQueue(options)
  const { exchange, queue } = namesOf(options)
  const model = await connected(options)
  return {
    async measure(forMs) {
      const [begun, begunUs] = [performance.now(), cpuUs()]
      const published = await publishBare(model, exchange, () => performance.now() < begun + forMs)
      const value = (published * 1000) / (performance.now() - begun)
      const details = { cpuUs: (cpuUs() - begunUs) / published }
      assertSame(published, await emptied(model, queue))
      return { value, details }
    },
    close: () => model.close(),
  }
}

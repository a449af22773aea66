import type { Variant } from '../variant.ts'
import type { BrokerOptions } from './brokers.ts'
import { assertNoneLeft, pageMessages } from './consume-ours.ts'
import { Course } from './course.ts'
import { connected, emptied, makeQueue, namesOf, publishBare, windowMessages } from './rabbit-queue.ts'

/** Reads the same messages with bare amqplib, their values as text, and acknowledges a page at once. */
export async function open(_: string, options: BrokerOptions & { messages: number }): Promise<Variant> {
  const { messages } = options
  await makeQueue(options)
  const { exchange, queue } = namesOf(options)
  const model = await connected(options)
  return {
    async measure() {
      await publishBare(model, exchange, (sent) => sent < messages)
      const course = new Course(messages)
      const on = await model.createChannel()
      await on.prefetch(windowMessages)
      let read = 0
      let characters = 0
      await on.consume(queue, (message) => {
        if (message === null) return
        characters += message.content.toString().length
        if (++read % pageMessages !== 0 && read !== messages) return
        on.ack(message, true)
        course.did(read % pageMessages || pageMessages)
      })
      const measured = await course.end
      await on.close()
      if (characters < messages) throw new Error('Messages came without their values.')
      assertNoneLeft(await emptied(model, queue))
      return measured
    },
    close: () => model.close(),
  }
}

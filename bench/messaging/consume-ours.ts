import { systemClock } from 'eventwright'
import type { Broker, Member } from 'eventwright/ports'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { Course } from './course.ts'
import { group, parcelChannel } from './parcels.ts'
import { connected, emptied, makeQueue, namesOf, publishBare } from './rabbit-queue.ts'

/** As many as a page of a subscription has. */
export const pageMessages = 100

/** Fills the queue before each measurement and reads it page by page through our adapter. */
export async function open(_: string, options: BrokerOptions & { messages: number }): Promise<Variant> {
  const { messages } = options
  await makeQueue(options)
  const { exchange, queue } = namesOf(options)
  const broker = await brokerAt(options).open({ clock: systemClock })
  const model = await connected(options)
  return {
    async measure() {
      await publishBare(model, exchange, (sent) => sent < messages)
      const course = new Course(messages)
      const member = await broker.join(parcelChannel.name, group)
      await readAll(broker, member, messages, course)
      await member.close()
      assertNoneLeft(await emptied(model, queue))
      return course.end
    },
    async close() {
      await model.close()
      await broker.close()
    },
  }
}

/** Throws when messages are there that were not done. */
export function assertNoneLeft(left: number): void {
  if (left > 0) throw new Error(`All messages were done, and ${left} are in the queue.`)
}

async function readAll(broker: Broker, member: Member, messages: number, course: Course): Promise<void> {
  let wake: (() => void) | undefined
  let told = false
  const unwatch = broker.watch(() => {
    told = true
    wake?.()
  })
  let done = 0
  for (let position = 0; position < messages;) {
    told = false
    const page = await member.read(0, position, pageMessages)
    if (page.length === 0) {
      if (!told) await new Promise<void>((resolve) => (wake = resolve))
      continue
    }
    position += page.length
    // Of what the server has just begun to send a page has less; as many are done at once as by hand.
    if (position - done < pageMessages && position < messages) continue
    await member.done(0, position)
    course.did(position - done)
    done = position
  }
  unwatch()
}

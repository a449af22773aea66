import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'
import type { Broker, ChannelMessage, Member, OutgoingMessage } from '../../../src/ports/broker.ts'
import { cutProxy } from '../../fixtures/cut-proxy.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from '../../fixtures/private-rabbitmq.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { madeChannel, messageOf, openedBroker } from './rabbitmq.fixture.ts'

const url = rabbitmqUrl()
const keys = ['a', 'b', 'c', 'd']

/** Sends batches in order as a relay does: the same ones again, until they are there. */
async function relay(broker: Broker, batches: readonly (readonly OutgoingMessage[])[]): Promise<number> {
  let again = 0
  for (const batch of batches) {
    for (;;) {
      try {
        const outcomes = await broker.publish(batch)
        assert.ok(outcomes.every(({ kind }) => kind === 'ok'))
        break
      } catch (error) {
        assert.ok(isEventwrightError(error, 'EW_BROKER_FAILED'), String(error))
        again++
        await systemClock.sleep(20)
      }
    }
  }
  return again
}

/** Reads as a consumer does, with an inbox of ids, until something was read from each of the ids. */
class Reading {
  readonly got: ChannelMessage[] = []
  repeats = 0
  readonly #seen = new Set<string>()
  #from = 0

  async until(member: Member, count: number): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (this.got.length < count) {
      if (performance.now() > deadline) throw new Error(`only ${this.got.length} of ${count} messages came`)
      try {
        const page = await member.read(0, this.#from, 50)
        for (const message of page) {
          if (this.#seen.has(message.id)) this.repeats++
          else this.got.push(message)
          this.#seen.add(message.id)
        }
        if (page.length === 0) await systemClock.sleep(2)
        else await member.done(0, (this.#from = page.at(-1)!.offset + 1))
      } catch (error) {
        assert.ok(isEventwrightError(error, 'EW_BROKER_FAILED'), String(error))
        await systemClock.sleep(20)
      }
    }
  }
}

function batchesOf(channel: string, count: number): readonly (readonly OutgoingMessage[])[] {
  return Array.from({ length: count }, (_, batch) =>
    Array.from({ length: 20 }, (_each, n) => messageOf(channel, String(batch * 20 + n), keys[n % keys.length]!)),
  )
}

/** Whether everything came once and in the order of its key. */
function assertWhole(got: readonly ChannelMessage[], sent: readonly OutgoingMessage[]): void {
  assert.equal(got.length, sent.length)
  for (const key of keys) {
    const values = (list: readonly OutgoingMessage[]) =>
      list.filter((each) => each.key === key).map(({ value }) => value)
    assert.deepEqual(values(got), values(sent))
  }
}

async function underCuts(t: TestContext, queue: 'quorum' | 'stream'): Promise<void> {
  const proxy = await cutProxy(url!)
  t.after(() => proxy.close())
  const direct = await openedBroker(t, url!, { queue })
  const broker = await openedBroker(t, proxy.url, { queue, prefetch: 100, window: 50 })
  const channel = await madeChannel(direct, { groups: ['g'] })
  const batches = batchesOf(channel, 150)
  const sent = batches.flat()
  const reading = new Reading()
  const member = await broker.join(channel, 'g')
  let over = false
  const cutting = (async () => {
    for (let cuts = 0; cuts < 20 && !over; cuts++) {
      // It takes tens of milliseconds to be connected again.
      await systemClock.sleep(100 + 20 * cuts)
      proxy.refuse = cuts % 4 === 3
      proxy.cutAll()
    }
    proxy.refuse = false
  })()
  const again = await relay(broker, batches)
  over = true
  await cutting
  await reading.until(member, sent.length)
  assert.ok(again > 0, 'nothing was cut')
  assertWhole(reading.got, sent)
  t.diagnostic(`${again} batches were sent again, ${reading.repeats} messages came again`)
}

if (url !== undefined) {
  for (const queue of ['quorum', 'stream'] as const) {
    test(`${queue}: connections that are cut while messages are sent lose none and keep the order of each key`, (t) =>
      underCuts(t, queue))

    test(`${queue}: a reader whose connection is cut goes on, and what comes again is known by its id`, async (t) => {
      const proxy = await cutProxy(url)
      t.after(() => proxy.close())
      const direct = await openedBroker(t, url, { queue })
      const broker = await openedBroker(t, proxy.url, { queue, prefetch: 60 })
      const channel = await madeChannel(direct, { groups: ['g'] })
      const sent = batchesOf(channel, 100).flat()
      await direct.publish(sent)
      const member = await broker.join(channel, 'g')
      const reading = new Reading()
      for (let part = 1; part <= 10; part++) {
        await reading.until(member, (sent.length / 10) * part)
        proxy.cutAll()
      }
      assertWhole(reading.got, sent)
    })
  }
}

if (hasPrivateRabbitmq) {
  for (const queue of ['quorum', 'stream'] as const) {
    test(`${queue}: a killed server has every confirmed message when it is back, and both sides go on`, async (t) => {
      const server = await privateRabbitmq(t)
      const broker = await openedBroker(t, server.url, { queue })
      const channel = await madeChannel(broker, { groups: ['g'] })
      // A server that is killed right after that has forgotten its queues.
      await systemClock.sleep(2_000)
      const batches = batchesOf(channel, 100)
      const member = await broker.join(channel, 'g')
      const reading = new Reading()
      const sending = relay(broker, batches)
      await reading.until(member, 200)
      await server.break('SIGKILL')
      await server.start()
      await reading.until(member, 2_000)
      await sending
      assertWhole(reading.got, batches.flat())
    })
  }
}

import { connect, type Channel } from 'amqplib'
import type { TestContext } from 'node:test'
import { newId } from '../../../src/base/ids.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { rabbitmq, type RabbitmqBrokerOptions } from '../../../src/adapters/rabbitmq/index.ts'
import type { Broker, ChannelMessage, ChannelSpec, Member, OutgoingMessage } from '../../../src/ports/broker.ts'
import { patienceMs } from '../../fixtures/patience.ts'

const channels = new WeakMap<Broker, string[]>()

/** Opens a broker that is closed with the test. */
export async function openedBroker(t: TestContext, url: string, options: RabbitmqBrokerOptions = {}): Promise<Broker> {
  const broker = await rabbitmq(url, options).open({ clock: systemClock })
  const made: string[] = []
  channels.set(broker, made)
  t.after(async () => {
    for (const name of made) await broker.remove(name).catch(() => undefined)
    await broker.close()
  })
  return broker
}

/** A channel of one partition that goes with the test. */
export async function madeChannel(broker: Broker, more: Partial<ChannelSpec> = {}): Promise<string> {
  const name = `test.${newId()}`
  await broker.ensure([{ name, partitions: 1, retentionMs: undefined, ...more }])
  channels.get(broker)!.push(name)
  return name
}

/** A channel of the driver itself, as the tools of others use it. */
export async function bareChannel(t: TestContext, url: string): Promise<Channel> {
  const model = await connect(url)
  model.on('error', () => undefined)
  t.after(() => model.close().catch(() => undefined))
  return model.createChannel()
}

export function messageOf(channel: string, value: string, key = 'k'): OutgoingMessage {
  return { channel, key, id: newId(), headers: '{"ce_type":"test.Sent"}', value }
}

/** Reads what comes from an offset on, until so many are there. */
export async function readUntil(
  member: Member,
  from: number,
  count: number,
  more: { readonly limitMs?: number } = {},
): Promise<ChannelMessage[]> {
  const deadline = performance.now() + (more.limitMs ?? patienceMs)
  for (;;) {
    const page = await member.read(0, from, count).catch(() => [])
    if (page.length >= count) return [...page]
    if (performance.now() > deadline) throw new Error(`waited in vain for ${count} messages; ${page.length} are there`)
    await systemClock.sleep(5)
  }
}

/** Waits until something is so. */
export async function until(what: string, holds: () => Promise<boolean>, limitMs = patienceMs): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await systemClock.sleep(10)
  }
}

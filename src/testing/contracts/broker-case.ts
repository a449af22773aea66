import assert from 'node:assert/strict'
import { newId } from '../../base/ids.ts'
import type { Broker, ChannelMessage, Member, OutgoingMessage, PublishOutcome } from '../../ports/broker.ts'

/** What a test of the broker contract works on. */
export interface BrokerTrial {
  readonly broker: Broker
  /** A name that no other case uses; further channels and groups are named after it. */
  readonly channel: string
  readonly patienceMs: number
  /** Opens the same data once more, as another process would. */
  another(): Promise<Broker>
  /** Lets time pass on the broker's clock. */
  pass(ms: number): Promise<void>
  /**
   * Where a broker deletes old messages in its own time: deletes those of a partition before an offset now. Answers
   * `kept` where that is not possible to the message.
   */
  expire(channel: string, partition: number, before: number): Promise<'kept' | void>
  /** Where a broker shows what a group has set aside: all of it as a client that is none of ours reads it. */
  deadLetters(channel: string, group: string): Promise<readonly ShownDeadLetter[]>
}

/** A dead letter as the tools of a broker show it. */
export interface ShownDeadLetter {
  readonly key: string
  readonly value: Buffer
  readonly headers: Readonly<Record<string, unknown>>
}

/** One test of the broker contract. */
export interface BrokerCase {
  readonly title: string
  readonly run: (trial: BrokerTrial) => Promise<void>
}

/** Makes the case's channel. */
export async function made({ broker, channel }: BrokerTrial, partitions = 3, retentionMs?: number): Promise<void> {
  await broker.ensure([{ name: channel, partitions, retentionMs }])
}

/** A message with a fresh id. */
export function message(channel: string, key: string, value = '{}'): OutgoingMessage {
  return { channel, key, id: newId(), headers: '{}', value }
}

/** So many messages of a key, with the values `<key>-0`, `<key>-1` and so on. */
export function series(channel: string, key: string, count: number, first = 0): readonly OutgoingMessage[] {
  return Array.from({ length: count }, (_, index) => message(channel, key, `${key}-${first + index}`))
}

/** Publishes messages, all of which must be stored. */
export async function sent(broker: Broker, messages: readonly OutgoingMessage[]): Promise<void> {
  assert.deepEqual(kinds(await broker.publish(messages)), Array(messages.length).fill('ok'))
}

/** The outcomes without their reasons. */
export function kinds(outcomes: readonly PublishOutcome[]): readonly PublishOutcome['kind'][] {
  return outcomes.map(({ kind }) => kind)
}

/** The values of a key in the order in which they were read. */
export function valuesOf(messages: readonly ChannelMessage[], key: string): readonly string[] {
  return messages.filter((each) => each.key === key).map(({ value }) => value)
}

/** A group of readers with the positions that its members share, as the ownership table holds them. */
export class ReaderGroup {
  /** Everything that any member has read, in that order. */
  readonly got: ChannelMessage[] = []
  readonly members: Member[] = []
  readonly #trial: BrokerTrial
  readonly #name: string
  readonly #positions = new Map<number, number>()

  constructor(trial: BrokerTrial, name: string) {
    this.#trial = trial
    this.#name = `${trial.channel}.${name}`
  }

  /** Adds a member; through another opened broker if one is given. */
  async join(broker: Broker = this.#trial.broker): Promise<Member> {
    const member = await broker.join(this.#trial.channel, this.#name)
    this.members.push(member)
    return member
  }

  async leave(member: Member): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1)
    await member.close()
  }

  /** Lets every member read what is there now; answers how many messages that were. */
  async round(): Promise<number> {
    const before = this.got.length
    for (const member of this.members) {
      for (const partition of member.assigned()) {
        const messages = await member.read(partition, this.#positions.get(partition) ?? 0, 500)
        const last = messages.at(-1)
        if (last === undefined) continue
        this.got.push(...messages)
        this.#positions.set(partition, last.offset + 1)
        await member.done(partition, last.offset + 1)
      }
    }
    return this.got.length - before
  }

  /** Reads until that many messages are there, and checks that no more come then. */
  async until(count: number): Promise<readonly ChannelMessage[]> {
    await until(this.#trial, `${count} messages`, async () => {
      await this.round()
      return this.got.length >= count
    })
    await this.round()
    assert.equal(this.got.length, count, 'more messages came than were sent')
    return this.got
  }
}

/** A group with one member that has joined. */
export async function reading(trial: BrokerTrial, name = 'readers'): Promise<ReaderGroup> {
  const group = new ReaderGroup(trial, name)
  await group.join()
  return group
}

/** Waits until something is so. */
export async function until(trial: BrokerTrial, what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const started = performance.now()
  while (!(await holds())) {
    if (performance.now() - started > trial.patienceMs) assert.fail(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

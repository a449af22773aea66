import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { memory, systemClock, type BrokerAdapter } from 'eventwright'
import { startChild, type Child } from '../fixtures/child.ts'
import { Count, counting } from '../fixtures/counting.ts'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { freshRabbitmq } from '../fixtures/fresh-rabbitmq.ts'
import { kafkaBrokers } from '../fixtures/kafka.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { rabbitmqUrl } from '../fixtures/rabbitmq.ts'
import { longTest, roundsOf } from '../fixtures/torture.ts'
import { running, until } from '../runtime/running.fixture.ts'

const counters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const consumer = 'sink/subscription:notes'
const patienceMs = 180_000

interface Place {
  readonly adapter: BrokerAdapter
  readonly address: string
  readonly prefix: string
}

const places: readonly { readonly name: string; readonly isHere: boolean; make(): Place }[] = [
  {
    name: 'Kafka',
    isHere: kafkaBrokers() !== undefined,
    make: () => {
      const { adapter, brokers, prefix } = freshKafka()
      return { adapter, address: brokers.join(), prefix }
    },
  },
  {
    name: 'RabbitMQ',
    isHere: rabbitmqUrl() !== undefined,
    make: () => {
      const { adapter, url, prefix } = freshRabbitmq()
      return { adapter, address: url, prefix }
    },
  },
]

/** Members of the service that notes: they share its partitions by the ownership table of their store. */
async function membersOf(t: TestContext, { address, prefix }: Place) {
  const { url, schema, adapter } = freshPostgres()
  const store = await adapter.open({ clock: systemClock })
  const children: Child[] = []
  t.after(async () => {
    for (const { process } of children) process.kill('SIGKILL')
    await Promise.all(children.map(({ ended }) => ended))
    await store.close()
  })
  const owners = async (): Promise<number> => {
    const rows = await store.ownership.list()
    const nowMs = await store.now()
    const held = rows.filter((row) => row.consumer === consumer && row.owner !== null && (row.untilMs ?? 0) > nowMs)
    return new Set(held.map(({ owner }) => owner)).size
  }
  return {
    async comes(): Promise<void> {
      const child = startChild('noting-process', url, schema, address, prefix)
      children.push(child)
      await child.until(1)
    },
    /** The one that has been there for the longest time. */
    async goes(how: 'killed' | 'stopped'): Promise<void> {
      const child = children.shift()!
      if (how === 'killed') child.process.kill('SIGKILL')
      else child.process.stdin!.end()
      assert.equal(await child.ended, how === 'killed' ? null : 0)
    },
    share: () => until(`${children.length} have a part`, async () => (await owners()) === children.length, patienceMs),
    async noted(counter: string): Promise<readonly number[]> {
      const events = await store.log.readStream({ stream: `Tally/${counter}`, limit: 1_000_000 })
      return events.map(({ data }) => (JSON.parse(data) as { n: number }).n)
    },
  }
}

for (const { name, isHere, make } of places)
  if (isHere && postgresUrl() !== undefined)
    longTest(
      `while members of a service come, stop and are killed, everything over ${name} is done once and in order`,
      async (t) => {
        const place = make()
        const source = await running(t, counting, { store: memory(), broker: place.adapter, services: ['source'] })
        const members = await membersOf(t, place)
        let counted = 0
        let ended = false
        const count = (async () => {
          for (; !ended; counted++) {
            await Promise.all(counters.map((counter) => source.execute(Count({ counter }))))
            // Slower than they note, or what waits for them decides how long this takes.
            await systemClock.sleep(150)
          }
        })()
        /** What is counted now is noted, whoever is there. */
        const goesOn = async (): Promise<void> => {
          const enough = counted
          await until(
            `${enough} are noted of each`,
            async () => {
              await systemClock.sleep(100)
              return (await Promise.all(counters.map(members.noted))).every(({ length }) => length >= enough)
            },
            patienceMs,
          )
        }
        await members.comes()
        await members.comes()
        for (let round = 0; round < roundsOf(1, 20); round++) {
          await members.comes()
          await members.share()
          await members.goes('killed')
          await goesOn()
          await members.comes()
          await members.share()
          await members.goes('stopped')
          await goesOn()
        }
        ended = true
        await count
        await goesOn()
        for (const counter of counters)
          assert.deepEqual(
            await members.noted(counter),
            Array.from({ length: counted }, (_, n) => n + 1),
            counter,
          )
        t.diagnostic(`${counted} of each of ${counters.length}`)
        await source.stop()
      },
    )

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import pg from 'pg'
import { systemClock } from 'eventwright'
import { open as openBacklog } from '../../../bench/messaging/backlog.ts'
import { brokerAt, withPrefix, type BrokerPlace } from '../../../bench/messaging/brokers.ts'
import { open as openOurCodec } from '../../../bench/messaging/codec-ours.ts'
import { open as openRawCodec } from '../../../bench/messaging/codec-raw.ts'
import { open as openOurConsume } from '../../../bench/messaging/consume-ours.ts'
import { open as openRawConsume } from '../../../bench/messaging/consume-raw.ts'
import { open as openFilling } from '../../../bench/messaging/fill-channel.ts'
import { open as openOurInbox } from '../../../bench/messaging/inbox-ours.ts'
import { open as openRawInbox } from '../../../bench/messaging/inbox-raw.ts'
import { group, parcelChannel, parcelChannels, partitions } from '../../../bench/messaging/parcels.ts'
import { open as openOurPublish } from '../../../bench/messaging/publish-ours.ts'
import { open as openRawPublish } from '../../../bench/messaging/publish-raw.ts'
import { oneQueue } from '../../../bench/messaging/rabbit-queue.ts'
import { open as openOurRelay } from '../../../bench/messaging/relay-ours.ts'
import { open as openRawRelay } from '../../../bench/messaging/relay-raw.ts'
import { open as openStreams } from '../../../bench/store/build-streams.ts'
import { Databases } from '../../../bench/store/postgres/databases.ts'
import type { Variant } from '../../../bench/variant.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { registryUrl } from '../../fixtures/registry.ts'

let made = 0

async function databaseFor(t: TestContext): Promise<string> {
  const databases = new Databases(postgresUrl()!)
  t.after(() => databases.drop())
  return databases.create(`test_messaging_${process.pid}_${made++}`)
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

async function measured(opening: Promise<Variant>, forMs = 50): Promise<Variant> {
  const side = await opening
  try {
    const { value, details } = await side.measure(forMs)
    assert.ok(value > 0 && Number(details!['cpuUs']) > 0)
    return side
  } catch (error) {
    // What it has open would keep this process alive.
    await side.close().catch(() => undefined)
    throw error
  }
}

/** Everything in the topic, in a form that can be compared, without what differs from run to run. */
async function topicOf(at: BrokerPlace): Promise<readonly string[]> {
  const broker = await brokerAt(at).open({ clock: systemClock })
  const member = await broker.join(parcelChannel.name, 'test')
  const all: string[] = []
  for (let partition = 0; partition < partitions; partition++)
    for (let from = 0; ;) {
      const page = await member.read(partition, from, 1_000)
      if (page.length === 0) break
      from = page.at(-1)!.offset + 1
      all.push(...page.map(({ key, id, headers, value }) => JSON.stringify([partition, key, id, headers, value])))
    }
  await broker.close()
  return all
}

const [kafka, rabbit, registry] = [kafkaBrokers(), rabbitmqUrl(), registryUrl()]
const events = 2_000

if (kafka !== undefined && postgresUrl() !== undefined) {
  const at = { broker: 'kafka', place: kafka } as const

  test('both sides of the relay send the same records, and a lost position is found out', async (t) => {
    const store = await databaseFor(t)
    await (await openStreams('', { store, streams: events / 10, events: 10 })).measure(0)
    await withPrefix(at, parcelChannels, async (own) => {
      const [ours, theirs] = [`${own.prefix}ours-`, `${own.prefix}theirs-`]
      const options = { ...own, store, events }
      await (await measured(openRawRelay('', { ...options, prefix: theirs }))).close()
      const side = await measured(openOurRelay('', { ...options, prefix: ours }))
      assert.deepEqual(await topicOf({ ...own, prefix: ours }), await topicOf({ ...own, prefix: theirs }))
      await run(store, 'update eventwright.ew_ownership set position = 3')
      await assert.rejects(side.close(), /the position is 3/)
    })
  })

  test('both sides of the inbox write the same rows, and a lost one is found out', async (t) => {
    await withPrefix(at, parcelChannels, async (own) => {
      await (await openFilled(own)).close()
      for (const open of [openOurInbox, openRawInbox]) {
        const store = await databaseFor(t)
        const side = await measured(open('', { ...own, store, messages: events }))
        await run(store, `delete from eventwright.ew_inbox where key = 'Order/order-7@1'`)
        await assert.rejects(side.close(), /2000 messages were read; 1999 are in the inbox, and the positions say 2000/)
      }
    })
  })
}

async function openFilled(at: BrokerPlace): Promise<Variant> {
  const filling = await openFilling('', { ...at, messages: events })
  await filling.measure(0)
  return filling
}

if (rabbit !== undefined) {
  const at = { broker: 'rabbitmq', place: rabbit } as const

  for (const [what, open] of [
    ['ours', openOurPublish],
    ['bare', openRawPublish],
    ['ours, reading', openOurConsume],
    ['bare, reading', openRawConsume],
  ] as const) {
    test(`a queue holds what was confirmed and nothing that is done (${what})`, async (t) => {
      await withPrefix(at, [oneQueue], async (own) => {
        await (await measured(open(folderFor(t), { ...own, messages: events }))).close()
      })
    })
  }

  if (postgresUrl() !== undefined) {
    test('a backlog is worked off part by part, and a lost row is found out', async (t) => {
      const store = await databaseFor(t)
      await withPrefix(at, parcelChannels, async (own) => {
        await (await openFilled(own)).close()
        const side = await openBacklog('', { ...own, store, messages: events, parts: 2 })
        for (let part = 0; part < 2; part++)
          assert.ok(Number((await side.measure(0)).details!['highest resident MiB']) > 0)
        await side.close()
        await run(store, `delete from eventwright.ew_inbox where consumer = '${group}'`)
        await assert.rejects(side.close())
      })
    })
  }
}

if (registry !== undefined) {
  for (const format of ['avro', 'protobuf'] as const) {
    test(`the package alone writes the same bytes of ${format} as ours`, async () => {
      for (const open of [openOurCodec, openRawCodec]) await (await measured(open('', { format, registry }))).close()
    })
  }
}

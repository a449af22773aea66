import { Consumer, type Message } from '@platformatic/kafka'
import type pg from 'pg'
import { connections } from '../store/postgres/connections.ts'
import { nextId } from '../store/raw-event.ts'
import type { Variant } from '../variant.ts'
import type { BrokerOptions } from './brokers.ts'
import { Course } from './course.ts'
import { assertInbox, makeReaderTables } from './inbox-rows.ts'
import { partitions } from './parcels.ts'
import { topicOf } from './topic.ts'

interface Options extends BrokerOptions {
  readonly store: string
  readonly messages: number
  /** Reads the messages and writes nothing. */
  readonly bare?: boolean
}

/** As many as a page of a subscription has. */
const batchMessages = 100

const consumer = 'by hand'

/** One transaction of one round trip. */
const write = `
  with moved as (
      update eventwright.ew_ownership m set position = x.position, moved_at = $4
      from unnest($5::int[], $6::bigint[]) x(bucket, position)
      where m.consumer = $1 and m.source = 'placed' and m.bucket = x.bucket)
  insert into eventwright.ew_inbox (service, consumer, key, fingerprint, outcome, at)
  select $2, $1, key, '', '{}', $4 from unnest($3::text[]) key on conflict do nothing`

/** Reads the topic with the bare client, calls the handler, and writes a batch of what it was called for at once. */
export async function open(_: string, options: Options): Promise<Variant> {
  const { store, messages, bare = false } = options
  await makeReaderTables(store)
  const pool = await connections(store, 1)
  for (let partition = 0; partition < partitions; partition++)
    await pool.query(
      `insert into eventwright.ew_ownership (consumer, source, bucket, position, epoch, moved_at)
       values ($1, 'placed', $2, 0, 0, 0)`,
      [consumer, partition],
    )
  return {
    async measure() {
      await pool.query('truncate eventwright.ew_inbox')
      const course = new Course(messages)
      let heard = 0
      await batches(options, async (batch) => {
        for (const { value } of batch) if (orderOf(value) !== '') heard++
        if (!bare) await written(pool, batch)
        course.did(batch.length)
      })
      if (heard !== messages) throw new Error(`The handler was called ${heard} times, not ${messages}.`)
      return course.end
    },
    async close() {
      await pool.end()
      if (!bare) await assertInbox(store, consumer, messages)
    },
  }
}

function orderOf(value: Buffer): string {
  return (JSON.parse(value.toString()) as { orderId: string }).orderId
}

/** All messages of the topic, batch by batch. */
async function batches(options: Options, each: (batch: readonly Message[]) => Promise<void>): Promise<void> {
  const topic = topicOf(options)
  const client = new Consumer({
    clientId: 'bench',
    bootstrapBrokers: options.place.split(','),
    groupId: `ew-bench-${nextId(Date.now())}`,
    autocommit: false,
  })
  const offsets = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0n }))
  const stream = await client.consume({ topics: [topic], mode: 'manual', offsets })
  try {
    let batch: Message[] = []
    let read = 0
    for await (const message of stream) {
      batch.push(message)
      if (batch.length < batchMessages && read + batch.length < options.messages) continue
      read += batch.length
      await each(batch)
      batch = []
      if (read === options.messages) break
    }
  } finally {
    await stream.close()
    await client.close(true)
  }
}

async function written(pool: pg.Pool, batch: readonly Message[]): Promise<void> {
  const ends = new Map<number, number>()
  const keys = batch.map(({ partition, offset, headerEntries }) => {
    ends.set(partition, Number(offset) + 1)
    let stream = ''
    let version = ''
    for (const [name, value] of headerEntries) {
      const text = name.toString()
      if (text === 'ce_subject') stream = value.toString()
      else if (text === 'ew_version') version = value.toString()
    }
    return `${stream}@${version}`
  })
  const values = [consumer, 'readers', keys, Date.now(), [...ends.keys()], [...ends.values()]]
  await pool.query({ name: 'write', text: write, values })
}

import { compatibilityPartitioner, Producer, type MessageToProduce } from '@platformatic/kafka'
import { systemClock } from 'eventwright'
import { connections, rowsOf } from '../store/postgres/connections.ts'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { Course } from './course.ts'
import { headersOf, parcelChannel, partitions } from './parcels.ts'
import { assertHolds, topicOf } from './topic.ts'

interface Options extends BrokerOptions {
  readonly store: string
  readonly events: number
  /** Sends from memory, and neither reads nor stores anything. */
  readonly bare?: boolean
}

/** As many as a page of the relay has. */
const pageEvents = 500

const page = {
  name: 'page',
  text: `
    select position, version, id, occurred_at, recorded_at, stream, data::text, meta::text from eventwright.ew_events
    where part = 0 and position > $1 order by part, position limit ${pageEvents}`,
}
const move = { name: 'move', text: 'update by_hand set position = $1' }

type Rows = readonly (readonly unknown[])[]

/** Reads the log in pages, sends each page with one send for each partition, and stores how far it is. */
export async function open(_: string, options: Options): Promise<Variant> {
  const { store, place, events, bare = false } = options
  const ours = await brokerAt(options).open({ clock: systemClock })
  await ours.ensure([parcelChannel])
  await ours.close()
  const topic = topicOf(options)
  const pool = await connections(store, 1)
  // As ours does: a position that a crash of the server takes back only sends again.
  await pool.query('set synchronous_commit to off')
  await pool.query('create table if not exists by_hand (position bigint)')
  await pool.query('delete from by_hand')
  await pool.query('insert into by_hand values (0)')
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: place.split(','),
    idempotent: true,
    acks: -1,
    strict: false,
  })
  const read = (after: number): Promise<Rows> => rowsOf(pool, page, [after])
  const kept: Rows[] = []
  if (bare) for (let after = 0; after < events; after += kept.at(-1)!.length) kept.push(await read(after))
  let sent = 0
  return {
    async measure() {
      const course = new Course(events)
      await rowsOf(pool, move, [0])
      for (let after = 0, n = 0; after < events; n++) {
        const rows = bare ? kept[n]! : await read(after)
        await Promise.all(byPartition(topic, rows).map((messages) => producer.send({ messages })))
        after = Number(rows.at(-1)![0])
        if (!bare) await rowsOf(pool, move, [after])
        course.did(rows.length)
      }
      sent += events
      return course.end
    },
    async close() {
      const { rows } = await pool.query('select position::int as position from by_hand')
      await pool.end()
      await producer.close()
      if (!bare && rows[0].position !== events) throw new Error(`The position is ${rows[0].position}, not ${events}.`)
      await assertHolds(options, sent)
    },
  }
}

function byPartition(topic: string, rows: Rows): MessageToProduce[][] {
  const lists = new Map<number, MessageToProduce[]>()
  for (const row of rows) {
    const message = messageOf(topic, row)
    const list = lists.get(message.partition!)
    if (list === undefined) lists.set(message.partition!, [message])
    else list.push(message)
  }
  return [...lists.values()]
}

const names = new Map<string, Buffer>()

/** The record that our relay makes of the same row. */
export function messageOf(topic: string, row: readonly unknown[]): MessageToProduce {
  const [position, version, id, occurredMs, recordedMs, stream, data, meta] = row as string[]
  const { orderId } = JSON.parse(data!) as { orderId: string }
  const texts = headersOf({
    id: id!,
    stream: stream!,
    position: Number(position),
    version: Number(version),
    occurredMs: Number(occurredMs),
    recordedMs: Number(recordedMs),
    meta: JSON.parse(meta!) as object,
  })
  const headers = new Map<Buffer, Buffer>()
  for (const name in texts) {
    let bytes = names.get(name)
    if (bytes === undefined) names.set(name, (bytes = Buffer.from(name)))
    headers.set(bytes, Buffer.from(texts[name]!))
  }
  const key = Buffer.from(orderId)
  const message: MessageToProduce = { topic, key, value: Buffer.from(data!), headers }
  return { ...message, partition: compatibilityPartitioner(message, key) % partitions }
}

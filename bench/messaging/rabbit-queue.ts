import { connect, type ChannelModel, type Options } from 'amqplib'
import { systemClock } from 'eventwright'
import type { OutgoingMessage } from 'eventwright/ports'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { group, parcel, parcelChannel } from './parcels.ts'

/** One queue, since nobody compares how keys are spread. */
export const oneQueue = { ...parcelChannel, partitions: 1 }

/** How many messages wait for their confirmation, or for being done, on both sides. */
export const windowMessages = 500

/** As many as a page of the relay has. */
export const pageMessages = 500

/** The exchange and the queue that our adapter makes for the one partition. */
export function namesOf({ prefix }: BrokerOptions): { readonly exchange: string; readonly queue: string } {
  const channel = `${prefix}${oneQueue.name}`
  return { exchange: `${channel}.0`, queue: `${channel}.${group}.0` }
}

/** Lets our adapter make the queue, so that those of both sides cannot differ. */
export async function makeQueue(options: BrokerOptions): Promise<void> {
  const broker = await brokerAt(options).open({ clock: systemClock })
  await broker.ensure([oneQueue])
  await broker.close()
}

/** Messages to be sent again and again. */
export const ring: readonly OutgoingMessage[] = Array.from({ length: 4_000 }, (_, n) => parcel(n))

/** How many messages a queue has that nobody was sent; it is empty then. */
export async function emptied(model: ChannelModel, queue: string): Promise<number> {
  const on = await model.createChannel()
  const { messageCount } = await on.purgeQueue(queue)
  await on.close()
  return messageCount
}

/** A connection as a program has it that is written by hand. */
export function connected({ place }: BrokerOptions): Promise<ChannelModel> {
  return connect(place, { noDelay: true })
}

interface Prepared {
  readonly value: string
  readonly id: string
  readonly type: string
  readonly correlationId: string
  readonly headers: Readonly<Record<string, string>>
}

const prepared: readonly Prepared[] = ring.map(({ key, id, value, headers: text }) => {
  const headers = JSON.parse(text) as Record<string, string>
  const table: Record<string, string> = { 'cloudEvents:partitionkey': key, ew_sentms: String(Date.now()) }
  for (const name in headers) table[name.replace(/^ce_/, 'cloudEvents:')] = headers[name]!
  return { value, id, headers: table, type: headers['ce_type']!, correlationId: headers['ce_correlationid']! }
})

/** Publishes with bare amqplib until `more` says no, so many messages unconfirmed at most; answers how many. */
export async function publishBare(
  model: ChannelModel,
  exchange: string,
  more: (sent: number) => boolean,
): Promise<number> {
  const on = await model.createConfirmChannel()
  let sent = 0
  let confirmed = 0
  let failed: unknown
  await new Promise<void>((resolve) => {
    const step = (): void => {
      while (failed === undefined && sent - confirmed < windowMessages && more(sent)) {
        const { value, id, type, correlationId, headers } = prepared[sent++ % prepared.length]!
        on.publish(
          exchange,
          '',
          Buffer.from(value),
          propertiesOf(id, type, correlationId, headers),
          (error: unknown) => {
            confirmed++
            failed ??= error ?? undefined
            step()
          },
        )
      }
      if (sent === confirmed) resolve()
    }
    step()
  })
  await on.close()
  if (failed !== undefined) throw failed
  return sent
}

function propertiesOf(
  messageId: string,
  type: string,
  correlationId: string,
  headers: Prepared['headers'],
): Options.Publish {
  const timestamp = Math.floor(Date.now() / 1_000)
  const kind = { contentType: 'application/json', type, correlationId }
  return { persistent: true, mandatory: true, messageId, timestamp, headers, ...kind }
}

import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import design, { type ServiceName } from '../../examples/orders/shop/system.ts'

/** An event that a service tells others: `Order/one@2`. */
interface Told {
  readonly id: string
  readonly eventId: string
  readonly type: string
  readonly stream: string
}

const { graph } = design

/**
 * Every event that a service tells over a channel has come to every reader of the channel, and nothing else has: each
 * receipt that a reader keeps in its own store stands for an event in the store of who has told it, and the other way
 * round. Answers how many receipts each reader has.
 */
export function assertDelivered(storeOf: (service: ServiceName) => string): Readonly<Record<string, number>> {
  const receipts: Record<string, number> = {}
  for (const { kind, name, service, feeds } of graph.feeds.values()) {
    const told = feeds.flatMap(({ source, channel, events }) => {
      // A subscription is given all of a channel, and keeps receipts of what it has handlers for.
      const handled = events.filter(({ type }) => graph.subscriptions.get(name)?.definition.on[type] !== undefined)
      const types = new Set((kind === 'subscription' ? handled : events).map(({ type }) => type))
      return channel === undefined ? [] : toldOver(source, storeOf).filter(({ type }) => types.has(type))
    })
    if (feeds.every(({ channel }) => channel === undefined)) continue
    const reader = storeOf(service as ServiceName)
    const [expected, found] =
      kind === 'subscription'
        ? [told.map(({ id }) => id), inboxOf(reader, `${service}/subscription:${name}`)]
        : [told.map(({ eventId }) => eventId), mailOf(reader, name)]
    assert.deepEqual(found.toSorted(), expected.toSorted(), `what has come to ${name} is what was told`)
    receipts[name] = found.length
  }
  return receipts
}

/**
 * What the witness has seen is all that was told over every channel, each event once, and those of a key in the order
 * in which they were committed. Answers how many it has seen.
 */
export function assertSeenInOrder(storeOf: (service: ServiceName) => string, witness: string): number {
  const sql = `select data from ew_events where type = 'Seen' order by seq`
  const seen = read(witness, sql).map(({ data }) => JSON.parse(String(data)) as Sight)
  let count = 0
  for (const channel of graph.channels.keys()) {
    const told = byStream(toldOver(channel, storeOf))
    const came = byStream(
      seen
        .filter((each) => each.channel === channel)
        .map(({ stream, version }) => ({ stream, id: `${stream}@${version}` })),
    )
    assert.deepEqual(came, told, `what was seen of ${channel}, key by key`)
    count += seen.filter((each) => each.channel === channel).length
  }
  assert.equal(count, seen.length)
  return count
}

interface Sight {
  readonly channel: string
  readonly stream: string
  readonly version: number
}

/** The ids of each key, in the order given. */
function byStream(all: readonly Pick<Told, 'id' | 'stream'>[]): ReadonlyMap<string, readonly string[]> {
  const grouped = Map.groupBy(all, ({ stream }) => stream)
  return new Map([...grouped].map(([stream, events]) => [stream, events.map(({ id }) => id)] as const).toSorted())
}

/** What the service that has the channel has committed of what it carries, in the order of its log. */
function toldOver(channel: string, storeOf: (service: ServiceName) => string): readonly Told[] {
  const { definition, service } = graph.channels.get(channel)!
  const types = definition.carries.map(({ type }) => `'${type}'`).join(', ')
  const sql = `select lower(hex(e.id)) as id, s.stream, e.version, e.type
    from ew_events e join ew_streams s on s.no = e.no where e.type in (${types}) order by e.seq`
  return read(storeOf(service as ServiceName), sql).map(({ id, stream, version, type }) => ({
    id: `${String(stream)}@${String(version)}`,
    eventId: String(id),
    type: String(type),
    stream: String(stream),
  }))
}

function inboxOf(store: string, consumer: string): readonly string[] {
  return read(store, `select key from ew_inbox where consumer = '${consumer}'`).map(({ key }) => String(key))
}

function mailOf(store: string, process: string): readonly string[] {
  const sql = `select key from ew_mail where saga = '${process}' and kind = 'event'`
  return read(store, sql).map(({ key }) => String(key).replaceAll('-', ''))
}

function read(file: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

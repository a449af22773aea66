import type { ChannelMessage, ChannelSpec, PartitionBounds, TrimLimits } from '../../ports/broker.ts'
import { pageBytes } from '../../ports/message-decision.ts'
import {
  deletedAtOnce,
  missingChannels,
  unknownChannel,
  type Channels,
  type PartitionName,
  type StoredChannel,
} from '../sql/channels.ts'
import type { PostgresDriver, Statements, Transaction } from './driver.ts'

/**
 * The tables of channels in a schema. Only `publish` has the lock of a partition while it does something that takes
 * long: what deletes messages asks for it last.
 */
export class ChannelTables implements Channels {
  readonly #driver: PostgresDriver

  constructor(driver: PostgresDriver) {
    this.#driver = driver
  }

  async ensure(specs: readonly ChannelSpec[]): Promise<void> {
    if ((await missing(this.#driver, specs)).length === 0) return
    await this.#driver.transaction(async (transaction) => {
      // One process after the other: they may want the same channels, in any order.
      await transaction.run('lock table ew_channels in share row exclusive mode')
      for (const { name, partitions, retentionMs = null } of await missing(transaction, specs)) {
        const changed = await transaction.run('update ew_channels set retention = ? where name = ?', retentionMs, name)
        if (changed === 0) await transaction.run(addChannel, name, partitions, retentionMs)
      }
    })
  }

  async read(channel: string, partition: number, from: number, limit: number): Promise<readonly ChannelMessage[]> {
    const rows = await this.#driver.all(readPage, from, limit, channel, partition, pageBytes)
    if (rows.length === 0) throw unknownChannel(channel, partition)
    return rows.flatMap(([offset, id, key, headers, value, atMs]) =>
      offset === null ? [] : [{ channel, partition, offset, id, key, headers, value, atMs } as ChannelMessage],
    )
  }

  async bounds(channel: string): Promise<readonly PartitionBounds[]> {
    const rows = await this.#driver.all(
      `select p.partition, p.first, p.next from ew_channels c join ew_partitions p on p.channel = c.no
        where c.name = ? order by p.partition`,
      channel,
    )
    if (rows.length === 0) throw unknownChannel(channel)
    return rows.map(([partition, first, next]) => ({ partition, first, next }) as PartitionBounds)
  }

  async offsetAt(channel: string, partition: number, timeMs: number): Promise<number> {
    const [row] = await this.#driver.all(placeOfTime, channel, partition, timeMs)
    if (row === undefined) throw unknownChannel(channel, partition)
    return row[0] as number
  }

  async expired(nowMs: number): Promise<readonly PartitionName[]> {
    const rows = await this.#driver.all(
      `select c.name, p.partition from ew_channels c join ew_partitions p on p.channel = c.no
         join ew_messages m on m.channel = p.channel and m.partition = p.partition and m."offset" = p.first
        where c.name is not null and m.at < ?::bigint - c.retention`,
      nowMs,
    )
    return rows.map(([channel, partition]) => ({ channel, partition }) as PartitionName)
  }

  async trimSome(channel: string, partition: number, nowMs: number, limits: TrimLimits): Promise<number> {
    const { unread, unreadBeforeMs = 0, limit = Infinity } = limits
    return this.#driver.transaction(async (transaction) => {
      const [row] = await transaction.all(
        `select p.channel, p.first, p.next, c.retention from ew_channels c join ew_partitions p on p.channel = c.no
          where c.name = ? and p.partition = ? and c.retention is not null`,
        channel,
        partition,
      )
      if (row === undefined) return 0
      const [no, first, next, retentionMs] = row as [number, number, number, number]
      const place = { no, partition, first }
      const beforeMs = nowMs - retentionMs
      const count = Math.min(deletedAtOnce, limit)
      const read = Math.min(unread?.get(channel)?.get(partition) ?? next, next)
      const deleted = await deleteFrom(transaction, place, beforeMs, Math.min(count, read - first))
      if (deleted > 0 || unreadBeforeMs <= 0) return deleted
      return deleteFrom(transaction, place, Math.min(beforeMs, unreadBeforeMs), count)
    })
  }

  async remove(channel: string): Promise<void> {
    await this.#driver.transaction(async (transaction) => {
      const rows = await transaction.all(
        `select p.channel from ew_partitions p join ew_channels c on c.no = p.channel
          where c.name = ? order by p.channel, p.partition for update of p`,
        channel,
      )
      if (rows.length > 0)
        await transaction.run('update ew_channels set name = null where no = ?', rows[0]![0] as number)
    })
  }

  sweepSome(): Promise<boolean> {
    return this.#driver.transaction(async (transaction) => {
      // What another process is deleting already is left to it.
      const [channel] = await transaction.all(
        'select no from ew_channels where name is null order by no limit 1 for update skip locked',
      )
      if (channel === undefined) return false
      const no = channel[0] as number
      const [row] = await transaction.all(
        `select partition, first, next from ew_partitions where channel = ? and first < next
          order by partition limit 1`,
        no,
      )
      if (row === undefined) {
        await transaction.run('delete from ew_partitions where channel = ?', no)
        await transaction.run('delete from ew_channels where no = ?', no)
      } else {
        const [partition, first, next] = row as [number, number, number]
        await deleteFrom(
          transaction,
          { no, partition, first },
          Number.MAX_SAFE_INTEGER,
          Math.min(deletedAtOnce, next - first),
        )
      }
      return true
    })
  }
}

async function missing(statements: Statements, specs: readonly ChannelSpec[]): Promise<readonly ChannelSpec[]> {
  const names = JSON.stringify(specs.map(({ name }) => name))
  const rows = await statements.all(
    `select name, partitions, retention from ew_channels where name in (${statements.textsOf})`,
    names,
  )
  const stored = new Map(
    rows.map(([name, partitions, retentionMs]) => [name as string, { partitions, retentionMs } as StoredChannel]),
  )
  return missingChannels(specs, (name) => stored.get(name))
}

interface PartitionStart {
  readonly no: number
  readonly partition: number
  readonly first: number
}

/** Somebody else may have deleted some of them meanwhile, so only what is gone by this counts. */
async function deleteFrom(
  transaction: Transaction,
  { no, partition, first }: PartitionStart,
  beforeMs: number,
  count: number,
): Promise<number> {
  if (count <= 0) return 0
  const deleted = await transaction.run(
    `delete from ew_messages where channel = ? and partition = ? and "offset" >= ? and "offset" < ? and at < ?`,
    no,
    partition,
    first,
    first + count,
    beforeMs,
  )
  if (deleted > 0)
    await transaction.run(
      'update ew_partitions set first = first + ? where channel = ? and partition = ?',
      deleted,
      no,
      partition,
    )
  return deleted
}

const addChannel = `
  with made as (insert into ew_channels (name, partitions, retention) values (?, ?, ?) returning no, partitions)
  insert into ew_partitions (channel, partition, first, next, last_at)
  select no, generate_series(0, partitions - 1), 0, 0, 0 from made`

/** The length of a text is known without reading it. One row of nulls where the partition has nothing to read. */
const readPage = `
  select m."offset", m.id, m.key, m.headers, m.value, m.at from (select ?::bigint, ?::bigint) x ("from", most)
    join ew_channels c on c.name = ? join ew_partitions p on p.channel = c.no and p.partition = ?
    left join lateral (
      select y.*, sum(octet_length(y.id) + octet_length(y.key) + octet_length(y.headers) + octet_length(y.value))
             over (order by y."offset") as bytes, min(y."offset") over () as first
        from (select * from ew_messages z where z.channel = p.channel and z.partition = p.partition
              and z."offset" >= greatest(x."from", p.first) order by z."offset" limit x.most) y) m
      on m.bytes <= ? or m."offset" = m.first
   order by m."offset"`

/** Offsets are dense and times never fall, so halving finds the place without an index. */
const placeOfTime = `
  with recursive search (no, partition, low, high) as (
    select p.channel, p.partition, p.first, p.next from ew_channels c join ew_partitions p on p.channel = c.no
     where c.name = ? and p.partition = ?
    union all
    select s.no, s.partition, case when m.at < x.at then m."offset" + 1 else s.low end,
           case when m.at < x.at then s.high else m."offset" end
      from search s cross join (select ?::bigint) x (at)
      join ew_messages m on m.channel = s.no and m.partition = s.partition and m."offset" = (s.low + s.high) / 2
     where s.low < s.high)
  select low from search where low = high`

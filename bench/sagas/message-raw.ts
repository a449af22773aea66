import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Variant } from '../variant.ts'
import { post } from './letters.ts'
import { latencies } from './message-ours.ts'

const headers = JSON.stringify({ ce_specversion: '1.0', ce_source: 'writers', ce_type: 'readers.Note' })
const messagesOfPartition = 2 ** 38

/**
 * The same way by hand in one process: behind the commit of the message, read it back, publish it in a transaction of
 * its own, read the channel, call the handler.
 */
export async function open(folder: string): Promise<Variant> {
  const file = join(folder, 'post.db')
  await (
    await start(
      post(() => undefined),
      { store: sqlite(file) },
    )
  ).stop()
  const database = new DatabaseSync(file)
  database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 4000')
  const partition = database
    .prepare(
      `select p.no from ew_channels c join ew_partitions p on p.channel = c.no
       where c.name = 'readers.commands' and p.partition = 0`,
    )
    .get()!['no'] as number
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  const send = database.prepare(
    `insert into ew_outbox values (?, ?, 'writers', 'readers.commands', ?, 'Note', ?, ?, ?)`,
  )
  const waiting = database.prepare('select * from ew_outbox where position > ? order by position limit 500')
  const publish = database.prepare('insert into ew_messages values (?, ?, ?, ?, ?, ?)')
  const moveNext = database.prepare('update ew_partitions set next = ? where no = ?')
  const read = database.prepare('select * from ew_messages where seq >= ? order by seq limit 200')
  let n = 0
  return {
    measure: (forMs) =>
      latencies(forMs, async () => {
        const id = `letter-${++n}`
        begin.run()
        send.run(n, id, id, headers, JSON.stringify({ id, text: 'See you at the harbour at nine.' }), Date.now())
        commit.run()
        const committedMs = performance.now()
        const row = waiting.get(n - 1)!
        const seq = partition * messagesOfPartition + n
        begin.run()
        publish.run(seq, row['id']!, row['key']!, row['headers']!, row['value']!, Date.now())
        moveNext.run(n, partition)
        commit.run()
        const { value } = read.get(seq) as { value: string }
        if ((JSON.parse(value) as { id: string }).id !== id) throw new Error(`${id} did not arrive.`)
        return performance.now() - committedMs
      }),
    async close() {
      database.close()
    },
  }
}

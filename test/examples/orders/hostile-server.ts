import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { patienceMs } from '../../fixtures/patience.ts'
import { run, type Command } from './run-command.ts'

/** What a server answered to bytes. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One request, written as it is: nothing tidies its path, headers or body. */
export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: readonly string[]
  readonly body?: string | Uint8Array
}

/** The real server in a process of its own, on a file, seen from outside. */
export interface HostileServer extends Command {
  readonly url: string
  readonly store: string
  ask(asked: Asked): Promise<Answer>
  /** Sends bytes over a connection of their own, until there is an answer. */
  send(bytes: string | Uint8Array | Iterable<Uint8Array>): Promise<Answer>
  /** How many rows each table of the file has, once the shop has come to rest. */
  rows(): Promise<Record<string, number>>
}

/** Starts the server on a file; it is killed after the tests of the file. */
export async function startServer(store: string): Promise<HostileServer> {
  const command = run('start.ts', store, '--speed', '0')
  const url = (await command.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//))[1] as string
  const send: HostileServer['send'] = (bytes) => exchange(Number(new URL(url).port), bytes)
  return { ...command, url, store, send, ask: (asked) => send(written(asked)), rows: () => settledRows(store) }
}

function written({ method = 'GET', path = '/', headers = [], body }: Asked): Uint8Array {
  const bytes = Buffer.from(body ?? '')
  const length = body === undefined ? [] : [`content-length: ${bytes.length}`]
  const head = [`${method} ${path} HTTP/1.1`, 'host: shop', 'connection: close', ...length, ...headers, '', '']
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), bytes])
}

function exchange(port: number, bytes: string | Uint8Array | Iterable<Uint8Array>): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  const pieces = typeof bytes === 'string' || bytes instanceof Uint8Array ? [Buffer.from(bytes)] : bytes
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0)
    let failed: Error | undefined
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('no answer')))
    socket.on('error', (error) => void (failed = error))
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk])
      const answer = answerIn(got)
      if (answer === undefined) return
      resolve(answer)
      socket.destroy()
    })
    socket.on('close', () => reject(failed ?? new Error(`the connection ended after ${JSON.stringify(String(got))}`)))
    Readable.from(pieces, { objectMode: false }).pipe(socket, { end: false })
  })
}

/** The answer, once all of it has arrived; HEAD and 100 Continue are not asked for. */
function answerIn(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/, 2) as [string, string]))
  const body = bytes.subarray(end + 4)
  if (body.length < Number(headers.get('content-length') ?? 0)) return undefined
  return { status: Number(first.split(' ')[1]), headers, text: body.toString() }
}

async function settledRows(store: string): Promise<Record<string, number>> {
  const file = new DatabaseSync(store, { readOnly: true })
  try {
    const number = (sql: string): number => Object.values(file.prepare(sql).get() ?? {})[0] as number
    const giveUp = performance.now() + patienceMs
    while (number(unsettled) > 0) {
      assert.ok(performance.now() < giveUp, 'the shop does not come to rest')
      await sleep(5)
    }
    const tables = file.prepare(`select name from sqlite_master where type = 'table'`).all()
    const kept = tables.map(({ name }) => String(name)).filter((name) => !swept.includes(name))
    return {
      ...Object.fromEntries(kept.map((name) => [name, number(`select count(*) from "${name}"${among[name] ?? ''}`)])),
      'sent ever': number(`select last from ew_sequences where name = 'outbox'`),
      'published ever': number('select coalesce(sum(next), 0) from ew_partitions'),
    }
  } finally {
    file.close()
  }
}

/** Tables whose rows are taken away in the background when they have had their use. */
const swept: readonly string[] = ['ew_outbox', 'ew_messages']

/** Which rows of a table are counted; the times of housekeeping are written a minute after the start. */
const among: { readonly [table: string]: string } = { ew_ownership: ` where source <> 'housekeeping'` }

/** What is still to be read, delivered or ended. */
const unsettled = `select
  (select count(*) from ew_ownership where source = 'log' and position < (select position from ew_head where part = 0))
  + (select count(*) from ew_ownership
     join ew_channels on name = source
     join ew_partitions on channel = ew_channels.no and partition = bucket where position < next)
  + (select count(*) from ew_ownership
     where source = 'outbox' and position < (select last from ew_sequences where name = 'outbox'))
  + (select count(*) from ew_mail where body is not null)
  + (select count(*) from ew_sagas where closed = 0)`

import { fork } from 'node:child_process'
import { join } from 'node:path'
import { start } from 'eventwright'
import { post, Write } from '../sagas/letters.ts'
import { latencies } from '../sagas/message-ours.ts'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'

/** What the process with the handler says. */
export type Heard = { readonly ready: true } | { readonly id: string; readonly atNs: string }

interface Options extends BrokerOptions {
  readonly store: string
  readonly readerStore: string
}

/**
 * One message at a time: from the acknowledgement of the commit that holds it until the handler is called, which is in
 * another process with another database. Both have the same clock, the machine's since its start.
 */
export async function open(_: string, options: Options): Promise<Variant> {
  const reader = fork(join(import.meta.dirname, 'latency-reader.ts'), [JSON.stringify(options)])
  const waiting = new Map<string, (atNs: bigint) => void>()
  await new Promise<void>((resolve, reject) => {
    reader.once('exit', (code) => reject(new Error(`The reader ended with ${code}.`)))
    reader.on('message', (heard: Heard) => {
      if ('ready' in heard) return resolve()
      waiting.get(heard.id)?.(BigInt(heard.atNs))
    })
  })
  const running = await start(
    post(() => undefined),
    { store: storeAt(options.store), broker: brokerAt(options), services: ['writers'] },
  )
  let n = 0
  const one = async (): Promise<number> => {
    const id = `letter-${n++}`
    const arrives = new Promise<bigint>((resolve) => waiting.set(id, resolve))
    await running.execute(Write({ id, text: 'See you at the harbour at nine.' }))
    const committedNs = process.hrtime.bigint()
    const ms = Number((await arrives) - committedNs) / 1e6
    waiting.delete(id)
    return ms
  }
  return {
    measure: (forMs) => latencies(forMs, one),
    async close() {
      await running.stop()
      const ended = new Promise((resolve) => reader.once('exit', resolve))
      reader.disconnect()
      await ended
    },
  }
}

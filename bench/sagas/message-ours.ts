import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Measured, Variant } from '../variant.ts'
import { percentile } from './in-flight.ts'
import { post, Send, Write } from './letters.ts'

/**
 * One message at a time: from the acknowledgement of the commit that holds it until the handler of the other service is
 * called. Between two messages it rests for a moment, so that each finds everybody asleep.
 */
export async function open(folder: string, options: { sent: boolean }): Promise<Variant> {
  const calledAt = new Map<string, (ms: number) => void>()
  const called = (id: string): void => calledAt.get(id)?.(performance.now())
  const running = await start(post(called), { store: sqlite(join(folder, 'post.db')) })
  let n = 0
  const one = async (): Promise<number> => {
    const id = `letter-${n++}`
    const content = { id, text: 'See you at the harbour at nine.' }
    const arrives = new Promise<number>((resolve) => calledAt.set(id, resolve))
    await (options.sent ? running.execute(Send(content), { idempotencyKey: id }) : running.execute(Write(content)))
    const committedMs = performance.now()
    const ms = (await arrives) - committedMs
    calledAt.delete(id)
    return ms
  }
  return {
    measure: (forMs) => latencies(forMs, one),
    close: () => running.stop(),
  }
}

/** Measures one after the other for so long; the median is the value. */
export async function latencies(forMs: number, one: () => Promise<number>): Promise<Measured> {
  const all: number[] = []
  const end = performance.now() + forMs
  while (performance.now() < end) {
    all.push(await one())
    await sleep(1 + (all.length % 4))
  }
  const details = { p50Ms: percentile(all, 50), p99Ms: percentile(all, 99), samples: all.length }
  return { value: details.p50Ms, details }
}

import { start, type Running } from 'eventwright'
import { MemoryWatch } from '../store/memory-watch.ts'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { assertInboxRows } from './inbox-rows.ts'
import { group, parcels } from './parcels.ts'

interface Options extends BrokerOptions {
  readonly store: string
  readonly messages: number
  /** As many measurements there will be. */
  readonly parts: number
}

/** A subscription that begins behind so many messages; each measurement is one part of them. */
export async function open(_: string, options: Options): Promise<Variant> {
  const { store, messages, parts } = options
  let heard = 0
  let wanted = 0
  let reached: (() => void) | undefined
  const system = parcels(() => {
    if (++heard === wanted) reached?.()
  })
  let running: Pick<Running, 'caughtUp' | 'stop'> | undefined
  return {
    async measure() {
      const memory = new MemoryWatch()
      const begun = performance.now()
      const before = heard
      wanted = Math.min(messages, Math.max(wanted, heard) + messages / parts)
      const whole = new Promise<void>((resolve) => (reached = resolve))
      running ??= await start(system, { store: storeAt(store), broker: brokerAt(options), services: ['readers'] })
      if (heard < wanted) await whole
      return { value: ((heard - before) * 1000) / (performance.now() - begun), details: { ...memory.end() } }
    },
    async close() {
      await running!.caughtUp({ timeoutMs: 60_000 })
      await running!.stop()
      if (heard !== messages) throw new Error(`The handler was called ${heard} times, not ${messages}.`)
      await assertInboxRows(store, group, messages)
    },
  }
}

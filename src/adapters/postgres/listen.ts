import type { Client } from 'pg'
import type { Backoff } from '../../base/backoff.ts'
import { systemClock } from '../../base/clock.ts'
import { keptRunning } from '../../base/kept-running.ts'
import { quotedName } from '../sql/dialect.ts'
import { clientConfig, loadDriver } from './connect.ts'
import type { DriverOptions } from './settings.ts'

const pauses: Backoff = { firstMs: 50, factor: 2, maxMs: 5_000, jitter: 0.5 }

/**
 * Calls back when another process has committed, and each time the connection was made anew, since what was said
 * meanwhile is lost. While it is away others find what there is by themselves. Answers what ends it.
 */
export function listenTo(
  options: DriverOptions,
  { channel, origin }: { readonly channel: string; readonly origin: string },
  listener: () => void,
): () => void {
  const stop = new AbortController()
  let client: Client | undefined
  const listen = async (): Promise<void> => {
    const { Client } = await loadDriver()
    const opened = (client = new Client({ ...clientConfig(options), statement_timeout: 0 }))
    const broken = new Promise<void>((resolve) => {
      opened.on('error', () => resolve())
      opened.on('end', () => resolve())
    })
    opened.on('notification', ({ payload }) => {
      if (payload !== origin) listener()
    })
    try {
      await opened.connect()
      await opened.query(`listen ${quotedName(channel)}`)
      if (stop.signal.aborted) return
      listener()
      await broken
    } finally {
      await opened.end().catch(() => undefined)
    }
  }
  void keptRunning(listen, pauses, systemClock, stop.signal)
  return () => {
    stop.abort()
    void client?.end().catch(() => undefined)
  }
}

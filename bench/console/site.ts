import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { start } from 'eventwright'
import { consoleHandler } from 'eventwright/console'
import { MemoryWatch } from '../store/memory-watch.ts'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'
import { depot, dataOf, Moved, Parcel, parcelNamed, Rang } from './depot.ts'

const token = 'the-bench-of-the-console'
const perSecond = 1_000
const perAppend = 10
const tickMs = 20

/**
 * The system with its console behind a port of its own. `measure(0)` says where it is and how much memory it has had
 * since the last time; `measure(forMs)` meanwhile appends 1,000 events a second, the last of them a `Rang`.
 */
export async function open(_: string, { store }: { store: string }): Promise<Variant> {
  const running = await start(depot, { store: storeAt(store), stuckAfter: Infinity })
  const handler = consoleHandler(running, { system: 'depot', token })
  const server = createServer(getRequestListener((request) => handler(request)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const link = handler.link(`http://127.0.0.1:${port}`)
  let memory = new MemoryWatch()
  let round = 0
  return {
    async measure(forMs) {
      const [before, begun] = [await running.events.head(), performance.now()]
      if (forMs > 0) await atPace(forMs, ++round)
      const value = (await running.events.head()) - before
      const ms = performance.now() - begun
      const details = { link, ms, ...memory.end() }
      memory = new MemoryWatch()
      return { value, details }
    },
    async close() {
      memory.end()
      await handler.close()
      server.closeAllConnections()
      server.close()
      await running.stop()
    },
  }

  async function atPace(forMs: number, of: number): Promise<void> {
    const all = Math.round((perSecond * forMs) / 1_000 / perAppend)
    const begun = performance.now()
    const appends: Promise<unknown>[] = []
    for (let made = 0; made < all - 1;) {
      const due = Math.min(all - 1, Math.ceil(((performance.now() - begun) / 1_000) * (perSecond / perAppend)))
      for (; made < due; made++) appends.push(append(`watch-${of}-${parcelNamed(made)}`, perAppend))
      await new Promise((resolve) => setTimeout(resolve, tickMs))
    }
    await Promise.all(appends)
    await append(`watch-${of}-last`, perAppend - 1)
    const end = `watch-${of}-end`
    await running.append(Parcel, end, [Rang(dataOf(end, 0))], { expected: 0 })
  }

  function append(id: string, count: number): Promise<unknown> {
    const events = Array.from({ length: count }, (__, at) => Moved(dataOf(id, at)))
    return running.append(Parcel, id, events, { expected: 0 })
  }
}

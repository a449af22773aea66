import type { Variant } from '../variant.ts'

/** Whoever was not told of the last event by then has missed it. */
const patienceMs = 5 * 60_000
const decoder = new TextDecoder()

/** One page that watches, as far as this row counts: what it was told, and how late. */
interface Watcher {
  events: number
  missed: number
  lagsMs: number[]
  rest: string
  hasRung: boolean
}

/**
 * So many pages that watch all events over connections of their own. `measure` waits until each was told of the last
 * event of a watch, and answers how many events the one got that got the fewest.
 */
export async function open(_: string, options: { api: string; cookie: string; clients: number }): Promise<Variant> {
  const { api, cookie, clients } = options
  const end = new AbortController()
  let heard = (): void => undefined
  const watchers = await Promise.all(Array.from({ length: clients }, () => watch()))

  async function watch(): Promise<Watcher> {
    const watcher: Watcher = { events: 0, missed: 0, lagsMs: [], rest: '', hasRung: false }
    const response = await fetch(`${api}live`, { headers: { cookie }, signal: end.signal })
    if (!response.ok) throw new Error(`live answered ${response.status}: ${await response.text()}`)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    void (async () => {
      for (;;) {
        const { value } = await reader.read()
        if (value === undefined) throw new Error('The stream of live events has ended.')
        take(watcher, decoder.decode(value))
        if (watcher.hasRung) heard()
      }
    })().catch((error: unknown) => {
      if (!end.signal.aborted) console.error(error)
    })
    return watcher
  }

  return {
    async measure() {
      const deadline = AbortSignal.timeout(patienceMs)
      while (!watchers.every(({ hasRung }) => hasRung) && !deadline.aborted)
        await Promise.race([new Promise<void>((resolve) => (heard = resolve)), aborted(deadline)])
      const lagsMs = watchers.flatMap((watcher) => watcher.lagsMs).sort((one, other) => one - other)
      const percentile = (percent: number): number => lagsMs[Math.floor((lagsMs.length - 1) * (percent / 100))] ?? NaN
      const value = Math.min(...watchers.map(({ events }) => events))
      const missed = Math.max(...watchers.map((watcher) => watcher.missed))
      for (const watcher of watchers) Object.assign(watcher, { events: 0, missed: 0, lagsMs: [], hasRung: false })
      return { value, details: { missed, p50Ms: percentile(50), p99Ms: percentile(99), highestMs: percentile(100) } }
    },
    async close() {
      end.abort()
    },
  }
}

/** Counts without parsing everything: fifty pages in one process are to cost little beside the one that serves them. */
function take(watcher: Watcher, text: string): void {
  const whole = watcher.rest + text
  const cut = whole.lastIndexOf('\n\n')
  watcher.rest = cut < 0 ? whole : whole.slice(cut + 2)
  if (cut < 0) return
  const nowMs = Date.now()
  for (const message of whole.slice(0, cut).split('\n\n')) {
    if (message.includes('event: missed')) watcher.missed += Number(/"events":(\d+)/.exec(message)?.[1] ?? 0)
    const at = message.indexOf('"recordedAt":"')
    if (at < 0) continue
    watcher.events++
    watcher.lagsMs.push(nowMs - Date.parse(message.slice(at + 14, message.indexOf('"', at + 14))))
    if (message.includes('"type":"Rang"')) watcher.hasRung = true
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

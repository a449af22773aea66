// Loaded into a process with --import: tells its parent, twice a second, how much memory it uses after a collection.

/** What the process says about itself. */
export interface MemorySample {
  readonly atMs: number
  readonly heapMiB: number
  readonly residentMiB: number
}

const everyMs = 500
const mib = 2 ** 20

setInterval(tell, everyMs).unref()
process.channel?.unref()

function tell(): void {
  const residentMiB = process.memoryUsage.rss() / mib
  globalThis.gc?.()
  const sample: MemorySample = { atMs: performance.now(), heapMiB: process.memoryUsage().heapUsed / mib, residentMiB }
  process.send?.(sample)
}

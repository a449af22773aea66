import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import { systemClock } from '../../base/clock.ts'

// The log is written before its commit is visible: an fsync lies between, which a busy disk can stretch a hundredfold.
// So it looks every millisecond at first and then more and more seldom, for about two seconds in all.
const waitsAtMost = 44
const quickWaits = 20
const slowestWaitMs = 128

/**
 * Calls back soon after another process has committed to the file. The operating system tells of writes to the
 * write-ahead log; then `noticed`, a count of such commits, is asked again and again for a short while. Nothing runs
 * while nobody writes. Answers what ends the watch.
 */
export function watchLog(file: string, noticed: () => number, listener: () => void): () => void {
  let ended = false
  let waits = 0
  let known = noticed()
  const look = async (): Promise<void> => {
    const looking = waits > 0
    // Every write begins the short while anew: the one that is being waited for may not be the last.
    waits = waitsAtMost
    if (looking) return
    try {
      for (; waits > 0 && !ended; waits--) {
        const now = noticed()
        if (now !== known) listener()
        known = now
        await systemClock.sleep(waitMs(waitsAtMost - waits))
      }
    } catch {
      // This is only a hint: whoever reads next hears what is wrong with the file.
    } finally {
      waits = 0
    }
  }
  const name = `${basename(file)}-wal`
  const watcher = watchFolder(dirname(file), (changed) => {
    if (changed === null || changed === name) void look()
  })
  return () => {
    ended = true
    watcher?.close()
  }
}

function waitMs(looks: number): number {
  return looks < quickWaits ? 1 : Math.min(slowestWaitMs, 2 ** (looks - quickWaits))
}

/** The folder and not the log itself, which SQLite deletes and creates again. A hint only: without it others poll. */
function watchFolder(folder: string, changed: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => changed(name))
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

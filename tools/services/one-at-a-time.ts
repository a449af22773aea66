import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

const waitMs = 600_000

/**
 * Does the work when nobody else does his under the lock `file`. It is a lock of the operating system, which is free
 * again when its holder dies.
 */
export async function oneAtATime<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    const deadline = performance.now() + waitMs
    while (!taken(lock)) {
      if (performance.now() > deadline) throw new Error(`Another command holds ${file} for ${waitMs / 1000} s.`)
      await sleep(50)
    }
    return await work()
  } finally {
    lock.close()
  }
}

function taken(lock: DatabaseSync): boolean {
  const busy = 5
  try {
    lock.exec('begin exclusive')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) return false
    throw error
  }
}

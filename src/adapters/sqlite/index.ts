import '../../base/node-version.ts'
import { basename } from 'node:path'
import type { StoreAdapter } from '../../ports/store.ts'
import { openStore } from './store.ts'

/** Settings of a SQLite store; the defaults are measured. */
export interface SqliteOptions {
  /**
   * How long a call stands still, and with it the event loop, while another process holds the lock; 0 to 20, default 0.
   * The runtime then tries again after a random pause.
   */
  readonly busyTimeoutMs?: number
  /** After how many pages of 4 KiB the write-ahead log is copied into the file; default 4,000, 0 = never. */
  readonly checkpointPages?: number
  /** The most pages that the file may have; beyond them commits reject by EW_STORE_FULL. Default: as many as fit. */
  readonly maxPages?: number
}

/**
 * A store in one SQLite file, or in memory for `:memory:` (each `open` of it is then a store of its own). Several
 * processes may have the file open at once. Commits are on the disk before they are answered, except those of view rows
 * and positions alone, which are replayed after a power cut.
 *
 * Opening creates the file or brings an older format forward, also when several processes do it at once. Errors:
 * EW_STORE_FOREIGN for a database of another application (it is not touched), EW_STORE_CORRUPT, EW_STORE_NEWER.
 */
export function sqlite(file: string, options: SqliteOptions = {}): StoreAdapter {
  const settings = {
    busyTimeoutMs: Math.min(20, Math.max(0, Math.trunc(options.busyTimeoutMs ?? 0))),
    checkpointPages: options.checkpointPages ?? 4_000,
    maxPages: options.maxPages,
  }
  return { kind: 'store', name: `sqlite ${basename(file)}`, open: ({ clock }) => openStore(file, clock, settings) }
}

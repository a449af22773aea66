import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { memory, type StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import type { Store } from '../../src/ports/store.ts'
import { folderFor } from '../fixtures/folder.ts'
import { postgresUrl } from '../fixtures/postgres.ts'
import { postgresOnClock } from '../fixtures/postgres-on-clock.ts'

/** A kind of store; opening what `make` answers twice is what two processes do. */
export interface StoreKind {
  readonly name: 'memory' | 'sqlite' | 'postgres'
  make(t: TestContext): StoreAdapter
}

const local: readonly StoreKind[] = [
  { name: 'memory', make: () => memory() },
  { name: 'sqlite', make: (t) => sqlite(join(folderFor(t), 'store.db')) },
]

/** Every kind of store that can run here, PostgreSQL among them where there is one. */
export const everyStoreKind: readonly StoreKind[] =
  postgresUrl() === undefined ? local : [...local, { name: 'postgres', make: () => postgresOnClock() }]

/** Every kind of store that the runtime is tested over; PostgreSQL takes its time, so it waits for a thorough run. */
export const storeKinds: readonly StoreKind[] = process.env['EVENTWRIGHT_THOROUGH'] ? everyStoreKind : local

/** The same test over every kind of store; a test that is about PostgreSQL too asks for `everyStoreKind`. */
export function overStores(
  sentence: string,
  run: (t: TestContext, adapter: StoreAdapter) => Promise<void>,
  kinds = storeKinds,
): void {
  for (const { name, make } of kinds) test(`${sentence} [${name}]`, (t) => run(t, make(t)))
}

/**
 * The same without a server, for tests in virtual time that lean on nothing happening between a question and its
 * answer: a server answers when it likes, and then the time that the test lets pass is over before somebody sleeps.
 */
export function overLocalStores(sentence: string, run: (t: TestContext, adapter: StoreAdapter) => Promise<void>): void {
  overStores(sentence, run, local)
}

/** Takes part of a store's work over: the real store stands behind whatever `change` leaves alone. */
export function altered(adapter: StoreAdapter, change: (store: Store) => Partial<Store>): StoreAdapter {
  return {
    ...adapter,
    async open(options) {
      const store = await adapter.open(options)
      return { ...store, ...change(store) }
    },
  }
}

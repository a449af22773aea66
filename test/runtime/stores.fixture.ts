import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { memory, type StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import type { Store } from '../../src/ports/store.ts'
import { folderFor } from '../fixtures/folder.ts'

/** A kind of store; opening what `make` answers twice is what two processes do. */
export interface StoreKind {
  readonly name: 'memory' | 'sqlite'
  make(t: TestContext): StoreAdapter
}

/** Every kind of store that the runtime is tested over. */
export const storeKinds: readonly StoreKind[] = [
  { name: 'memory', make: () => memory() },
  { name: 'sqlite', make: (t) => sqlite(join(folderFor(t), 'store.db')) },
]

/** The same test over every kind of store. */
export function overStores(sentence: string, run: (t: TestContext, adapter: StoreAdapter) => Promise<void>): void {
  for (const { name, make } of storeKinds) test(`${sentence} [${name}]`, (t) => run(t, make(t)))
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

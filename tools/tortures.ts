import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

const runtimeTests = 'test/runtime'

/** Test files with a long version that is worth a run of its own, by the names that `npm run torture` knows. */
export const tortures: Readonly<Record<string, readonly string[]>> = {
  ownership: ['test/faults/ownership.test.ts', 'test/faults/stopped-process.test.ts'],
  postgres: [
    'test/faults/postgres-crash.test.ts',
    'test/faults/postgres-views.test.ts',
    'test/faults/postgres-failover.test.ts',
    'test/faults/postgres-refusals.test.ts',
    'test/faults/postgres-disk-full.test.ts',
    'test/runtime/commits/queue-cut.test.ts',
  ],
  orders: [
    'test/examples/orders/shared-import.test.ts',
    'test/faults/releases.test.ts',
    'test/faults/orders-kill.test.ts',
    'test/faults/orders-apart.test.ts',
    'test/faults/orders-nodes.test.ts',
    'test/faults/import-kill.test.ts',
  ],
  log: [
    'test/adapters/postgres/log-race.test.ts',
    'test/adapters/postgres/commit-model.test.ts',
    'test/adapters/postgres/commit-messages.test.ts',
    'test/runtime/loop/hands-model.test.ts',
  ],
  slow: overSlowStores(),
}

/** What a torture sets for its tests. */
export const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  slow: { EVENTWRIGHT_SLOW_STORE: '1', EVENTWRIGHT_THOROUGH: '1' },
}

/** The tests of the runtime over every store: what they say holds however long a store takes. */
function overSlowStores(): readonly string[] {
  return readdirSync(join(root, runtimeTests), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(runtimeTests, file))
    .filter((file) => readFileSync(join(root, file), 'utf8').includes('overStores('))
    .sort()
}

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
}

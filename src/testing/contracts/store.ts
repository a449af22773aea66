import { test } from 'node:test'
import type { Clock } from '../../base/clock.ts'
import type { Store } from '../../ports/store.ts'
import { fakeClock } from '../fake-clock.ts'
import type { StoreCase } from './store-case.ts'
import { correlationCases } from './store-correlations.ts'
import { deadLetterCases } from './store-dead-letters.ts'
import { divisionCases } from './store-division.ts'
import { expectationCases } from './store-expectations.ts'
import { inboxCases } from './store-inbox.ts'
import { lifeCases } from './store-life.ts'
import { logCases } from './store-log.ts'
import { mailCases } from './store-mail.ts'
import { outboxCases } from './store-outbox.ts'
import { ownershipCases } from './store-ownership.ts'
import { parkedCases } from './store-parked.ts'
import { rowCases } from './store-rows.ts'
import { sagaPartCases } from './store-saga-parts.ts'
import { sagaCases } from './store-sagas.ts'
import { snapshotCases } from './store-snapshots.ts'
import { streamCases } from './store-streams.ts'
import { timerCases } from './store-timers.ts'
import { unitCases } from './store-units.ts'
import { viewCasesOfStore } from './store-views.ts'

/** A store of an adapter under test, with data of its own. */
export interface StoreUnderTest {
  readonly store: Store
  /** Opens the same data once more while the first store is open. Closed by `close`, unless the test did it. */
  another(): Promise<Store>
  /** Lets time pass; needed only where the store does not go by the clock that it was opened with. */
  pass?(ms: number): Promise<void>
  /** How long a case waits for what must come; default 60 s. */
  readonly patienceMs?: number
  /** Closes everything that was opened and removes the data. */
  close(): Promise<void>
}

const cases: readonly StoreCase[] = [
  ...unitCases,
  ...expectationCases,
  ...logCases,
  ...correlationCases,
  ...ownershipCases,
  ...divisionCases,
  ...inboxCases,
  ...parkedCases,
  ...deadLetterCases,
  ...rowCases,
  ...viewCasesOfStore,
  ...snapshotCases,
  ...streamCases,
  ...outboxCases,
  ...sagaCases,
  ...sagaPartCases,
  ...mailCases,
  ...timerCases,
  ...lifeCases,
]

/**
 * Registers the tests of everything that a store promises, for an adapter called `name`. `open` is called once a test
 * and gives a store without data. No test is ever skipped: what an adapter does not have is tested to be refused.
 */
export function storeContract(
  name: string,
  open: (options: { readonly clock: Clock }) => Promise<StoreUnderTest>,
): void {
  for (const { title, run } of cases) {
    test(`${name}: ${title}`, async () => {
      const clock = fakeClock()
      const opened = await open({ clock })
      try {
        await run({
          store: opened.store,
          another: () => opened.another(),
          pass: async (ms) => (opened.pass === undefined ? clock.advance(ms) : opened.pass(ms)),
          patienceMs: opened.patienceMs ?? 60_000,
        })
      } finally {
        await opened.close()
      }
    })
  }
}

import type { TestContext } from 'node:test'
import type { AnySystem, BrokerAdapter, StoreAdapter } from 'eventwright'
import { running, type RunningOf } from '../running.fixture.ts'

/** Starts services of a system by themselves, each on a store that no other has: they meet on the broker alone. */
export async function apart<S extends AnySystem>(
  t: TestContext,
  system: S,
  { adapter }: { readonly adapter: BrokerAdapter },
  stores: Readonly<Record<string, StoreAdapter>>,
): Promise<Readonly<Record<string, RunningOf<S>>>> {
  const started = await Promise.all(
    Object.entries(stores).map(async ([name, store]) => {
      return [name, await running(t, system, { store, broker: adapter, services: [name] })] as const
    }),
  )
  return Object.fromEntries(started)
}

/** What the letters of all customers say. */
export async function letters(mail: Pick<RunningOf<AnySystem>, 'events'>): Promise<readonly string[]> {
  const found: string[] = []
  for (const customer of ['c0', 'c1', 'c2'])
    for await (const { data } of mail.events.stream(`Mailbox/${customer}`)) found.push((data as { text: string }).text)
  return found
}

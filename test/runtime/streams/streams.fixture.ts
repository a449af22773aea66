import type { TestContext } from 'node:test'
import { isEventwrightError, systemClock, type ErrorCode, type StoreAdapter } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import type { StoredEvent } from '../../../src/ports/stored-event.ts'
import { commitQueue } from '../../../src/runtime/commits/queue.ts'
import { verifyStore } from '../../../src/runtime/log/verify.ts'
import { patientStore } from '../../../src/runtime/loop/patient-store.ts'
import { streamOrders, type StreamOrders } from '../../../src/runtime/streams/orders.ts'
import { appending } from '../units.fixture.ts'

/** Who gives the orders of these tests. */
export const ann = { who: 'ann', why: 'the customer has asked for it' }

/** Whether an error has that code. */
export const by = (code: ErrorCode) => (error: unknown) => isEventwrightError(error, code)

/** A store that a test looks into, and the orders over it. */
export async function opened(
  t: TestContext,
  adapter: StoreAdapter,
): Promise<Store & { readonly orders: StreamOrders }> {
  const store = patientStore(await adapter.open({ clock: systemClock }), systemClock, 10_000)
  const queue = commitQueue(store, systemClock)
  t.after(async () => {
    await queue.close()
    await store.close()
  })
  return { ...store, orders: streamOrders({ store, commit: queue.commit, clock: systemClock }) }
}

/** Appends so many events to a stream, in units of some. */
export async function fill(store: Store, stream: string, events: number, data = '{"name":"Ann"}'): Promise<void> {
  const perUnit = 500
  for (let done = 0; done < events; done += perUnit) {
    const [outcome] = await store.commit([appending(stream, 'any', Math.min(perUnit, events - done), data)])
    if (outcome?.ok !== true) throw new Error(`not appended: ${JSON.stringify(outcome)}`)
  }
}

/** Everything that is in a stream, oldest first. */
export async function eventsOf(store: Store, stream: string): Promise<readonly StoredEvent[]> {
  return store.log.readStream({ stream, limit: 1_000_000 })
}

/** What `store verify` finds. */
export async function found(store: Store): Promise<readonly string[]> {
  const list: string[] = []
  for await (const { findings } of verifyStore(store))
    list.push(...findings.map(({ kind, stream, what }) => `${kind} ${stream}: ${what}`))
  return list
}

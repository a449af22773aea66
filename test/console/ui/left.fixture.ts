import assert from 'node:assert/strict'
import { start, type StoreAdapter } from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import { depotOf, Pack } from '../../runtime/dead-letters.fixture.ts'

/** A consumer of another system, which has a dead letter. */
export const leftConsumer = 'post/subscription:post'

/** Leaves what another system has of consumers, one of them with a dead letter. */
export async function left(store: StoreAdapter): Promise<void> {
  const failing = depotOf(() => {
    throw new Error('no such address')
  })
  const open = await start(failing, { store })
  await open.execute(Pack({ parcel: 'a', grams: 1 }) as never)
  assert.ok(await open.caughtUp(patience))
  await open.stop()
}

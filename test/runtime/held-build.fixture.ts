import type { TestContext } from 'node:test'
import { systemClock, type AnyProjection, type StoreAdapter } from 'eventwright'
import { viewConsumer } from '../../src/runtime/views/table.ts'

/** The first generation of a view, in the hands of a process that does nothing with it until it lets go. */
export async function heldBuild(
  t: TestContext,
  adapter: StoreAdapter,
  projection: AnyProjection,
): Promise<{ letGo(): Promise<void> }> {
  const { name: view, version, identity } = projection
  const store = await adapter.open({ clock: systemClock })
  const { generation } = await store.builds.add({ view, version, identity, textHash: projection.textHash() })
  const consumer = viewConsumer(view, generation)
  await store.ownership.ensure(consumer, 'log', 1, 0)
  const held = await store.ownership.claim(consumer, 'log', 'somebody', 600_000)
  const named = held.map(({ bucket, epoch }) => ({ consumer, source: 'log', bucket, epoch }))
  let gone: Promise<void> | undefined
  const letGo = (): Promise<void> => (gone ??= store.ownership.release(named).then(() => store.close()))
  t.after(letGo)
  return { letGo }
}

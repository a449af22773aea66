import assert from 'node:assert/strict'
import type { StoreAdapter } from 'eventwright'
import { systemClock as clock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { signal } from '../../src/base/signal.ts'
import { commitLimits } from '../../src/runtime/commit-queue.ts'
import type { Bucket } from '../../src/runtime/ownership.ts'
import { space, type Space } from '../../src/runtime/space.ts'
import { until } from './running.fixture.ts'
import { altered, overStores } from './stores.fixture.ts'

const leaseMs = 100

async function opened(adapter: StoreAdapter, owner: string): Promise<Space> {
  const shared = { clock, log: silentLog, leaseMs, backstopMs: 50, buckets: 1, wake: signal(), limits: commitLimits }
  return space({ ...shared, store: await adapter.open({ clock }), owner, reader: () => ({}) as never })
}

const nothing = { name: 'nothing', starts: [0], source: { after: async () => [] } }
const kept = (key: string) => ({ inbox: [{ service: 's', consumer: 'c', key, fingerprint: '', outcome: '{}' }] })

overStores('a replaced owner commits nothing beside its position, and its bucket is lost', async (t, adapter) => {
  // As a process that sleeps past its lease: it renews nothing, and nobody tells it.
  const asleep = altered(adapter, ({ ownership }) => ({ ownership: { ...ownership, renew: async (held) => held } }))
  const [work, other] = [await opened(asleep, 'old'), await adapter.open({ clock })]
  let held: Bucket | undefined
  const aside = async (bucket: Bucket) => (held ??= bucket) === undefined
  const handler = { handle: async () => ({}), park: () => ({}), aside }
  const consumer = await work.consume({ name: 'c', handler, pageEvents: 1, from: nothing })
  t.after(async () => {
    await consumer.stop()
    await work.close()
    await other.close()
  })
  await until('it has its bucket', () => held !== undefined)
  assert.equal((await work.commitAside(held!, kept('own'))).ok, true)
  const steal = () => other.ownership.claim('c', 'nothing', 'new', 600_000)
  await until('another one has it', async () => (await steal()).length > 0)
  const outcome = await work.commitAside(held!, kept('late'))
  assert.deepEqual([outcome.ok, !outcome.ok && outcome.reason, held!.lost], [false, 'owner', true])
  assert.equal(await other.inbox.get('s', 'c', 'late'), undefined)
  assert.notEqual(await other.inbox.get('s', 'c', 'own'), undefined)
})

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { systemClock, type StoreAdapter } from 'eventwright'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { torture } from '../../fixtures/torture.ts'
import { until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'
import { feeding, replayed, writer, type Feeding } from './marks.fixture.ts'

const rounds = torture ? 40 : 3
const steps = 30

/** Whatever processes come, go, sleep past their leases and ask each other for buckets while events come. */
async function course(t: TestContext, adapter: StoreAdapter, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const buckets = [2, 4, 8, 16][below(4)]!
  const { mark, written } = await writer(t, adapter)
  const processes = new Set<Feeding>()
  let started = 0
  const one = (): Feeding => [...processes][below(processes.size)]!
  let isOver = false
  const tires = (): boolean => !isOver && below(12) === 0
  const begin = async (): Promise<void> => void processes.add(await feeding(adapter, `p${started++}`, buckets, tires))
  const look = await adapter.open({ clock: systemClock })
  t.after(async () => {
    for (const each of processes) await each.stop()
    await look.close()
  })
  await begin()
  for (let step = 0; step < steps; step++) {
    const choice = below(10)
    if (choice === 0 && processes.size < 4) await begin()
    else if (choice === 1 && processes.size > 1) {
      const leaving = one()
      processes.delete(leaving)
      await leaving.stop()
    } else if (choice === 2) one().sleep()
    else if (choice < 5) for (const each of processes) each.wake()
    else {
      const count = below(20)
      const keys = (): string[] => Array.from({ length: 1 + below(3) }, () => `key-${below(30)}`)
      for (let each = 0; each < count; each++) await mark(keys())
    }
    if (below(3) > 0) await new Promise((resolve) => setTimeout(resolve, below(250)))
  }
  isOver = true
  for (const each of processes) each.wake()
  const head = await look.log.head(0)
  const positions = async () => (await look.ownership.list('view:marks#1')).map(({ position }) => position)
  await until(`all buckets stand at the end of round ${seed}`, async () => {
    const all = await positions()
    return all.length === buckets && all.every((position) => position === head)
  })
  const { tables, table } = one().keeper.source()
  const rows = await tables.find(table, { where: [], limit: 100 })
  const found = Object.fromEntries(rows.map(({ key, row }) => [key, row!['seen']]))
  assert.deepEqual(found, replayed(written), `round ${seed}`)
}

for (let round = 0; round < rounds; round++) {
  overStores(
    `whoever has which bucket when, every event is applied once for each of its keys, in order: course ${round}`,
    (t, adapter) => course(t, adapter, 1_000 + round),
  )
}

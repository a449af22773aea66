import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import type { Store } from '../../../src/ports/store.ts'
import { claimed, commitOne, move, won } from '../../../src/testing/contracts/store-case.ts'
import { failed } from '../../../src/testing/contracts/store-parked.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

interface Meeting {
  readonly operator: Store
  /** Parks the keys, the first message of each, in a unit of the owner. */
  park(keys: readonly string[], replay?: boolean): Promise<void>
}

async function meeting(t: TestContext): Promise<Meeting> {
  const { adapter, drop } = freshPostgres()
  const stores = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })]
  t.after(async () => {
    for (const store of stores) await store.close()
    await drop()
  })
  const [owner, operator] = stores as [Store, Store]
  const row = await claimed(owner)
  let position = 0
  return {
    operator,
    async park(keys, replay = false) {
      const parks = keys.map((key) => failed(key, 1, { raw: 'first', replay }))
      won(await commitOne(owner, { positions: [move(row, position + 1, { from: position })], parks }))
      position++
    },
  }
}

const order = { who: 'ada', why: 'gone' }

if (postgresUrl() !== undefined) {
  test('an owner who parks keys and operators who replay and discard them do not wait in a circle', async (t) => {
    const { operator, park } = await meeting(t)
    for (let round = 0; round < 15; round++) {
      const keys = Array.from({ length: 6 }, (_, index) => `${round}-${index}`)
      await park(keys)
      const [, discarded] = await Promise.all([
        park([...keys].reverse(), true),
        operator.parked.discard(
          'orders',
          keys.map((key) => ({ key, position: 1 })),
          order,
        ),
        operator.parked.resume('orders', [...keys].reverse(), 3),
      ])
      const noted = await operator.parked.actions({ kind: 'discarded', limit: 6 })
      assert.deepEqual(
        noted
          .filter(({ key }) => key.startsWith(`${round}-`))
          .map(({ key }) => key)
          .sort(),
        [...discarded].sort(),
      )
    }
  })

  test('an edit and a discard of one head follow each other', async (t) => {
    const { operator, park } = await meeting(t)
    for (let round = 0; round < 25; round++) {
      const key = `k-${round}`
      await park([key])
      const [edited, discarded] = await Promise.all([
        operator.parked.edit('orders', key, 1, 'mended', order),
        operator.parked.discard('orders', [{ key, position: 1 }], order),
      ])
      assert.ok(discarded.has(key))
      const [last] = await operator.parked.actions({ consumer: 'orders', key, limit: 1 })
      assert.deepEqual([last?.kind, last?.raw], ['discarded', edited ? 'mended' : 'first'])
      const letter = await operator.parked.get('orders', key)
      assert.deepEqual([letter?.code, letter?.resuming, letter?.waiting], ['discarded', true, 0])
    }
  })
}

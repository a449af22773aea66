import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { storeFrom, type StorePlace } from '../../../examples/orders/store-place.ts'
import { line } from '../../cli/line.fixture.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { ask, openForTest } from './open-shop.ts'
import { place, receive } from './placing.ts'
import { folderOfStores } from './store-folder.ts'

/** Opens the shop on a store, places an order there and says what is left of the stock. */
async function placedAt(store: StorePlace, orderId: string, earlier: readonly string[]): Promise<number> {
  const { shop, url, reported, close } = await openForTest(store)
  if (earlier.length === 0) await receive(url, 'LAMP', 9)
  for (const known of earlier) assert.equal((await ask(`${url}/orders/${known}`)).body.status, 'confirmed', known)
  await place(url, orderId)
  assert.equal((await ask(`${url}/orders/${orderId}`)).body.status, 'confirmed')
  assert.ok(await shop.caughtUp({ timeoutMs: 30_000 }))
  const { onHand } = (await ask(`${url}/stock/LAMP`)).body as { onHand: number }
  const findings = []
  for await (const step of shop.inspect.verify()) findings.push(...step.findings)
  assert.deepEqual(findings, [])
  assert.deepEqual(reported, [])
  await close()
  return onHand
}

const url = postgresUrl()
if (url !== undefined)
  test('the shop goes on in PostgreSQL where it was in SQLite, and back in SQLite, and so does the original', async (t) => {
    const folder = folderOfStores(t)
    const { schema } = freshPostgres()
    const env = { EVENTWRIGHT_STORE: url, EVENTWRIGHT_SCHEMA: schema, EVENTWRIGHT_DATA: folder }
    const copy = async (from: string, to: string, ...more: string[]): Promise<void> => {
      const { code, err } = await line(folder, 'store', 'copy', from, to, ...more, '--json')
      assert.equal(code, 0, err)
    }
    const original = join(folder, 'shop.db')
    assert.equal(await placedAt(original, 'one', []), 8)
    await copy('shop.db', url, '--to-schema', schema)
    assert.equal(await placedAt(storeFrom(env), 'two', ['one']), 7)
    await copy(url, 'back.db', '--from-schema', schema)
    assert.equal(await placedAt(join(folder, 'back.db'), 'three', ['one', 'two']), 6)
    assert.equal(await placedAt(original, 'other', ['one']), 7)
  })

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../../src/base/clock.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { PlaceOrder, shop } from '../../runtime/orders.fixture.ts'
import { commandProcess, line, lineWith, shopFolder } from '../line.fixture.ts'

test('a file is copied, which is told in a line, in lines of progress and in JSON', async (t) => {
  const folder = await shopFolder(t)
  const { code, out, err } = await line(folder, 'store', 'copy', 'shop.db', 'copy.db')
  assert.equal(code, 0, err)
  assert.match(out, /^sqlite shop\.db was copied to sqlite copy\.db: \d+ rows\nverified: 4 events of 2 streams, .*\n$/)
  assert.match(err, /^copy \d+ % .*\n[^]*verify 100 % \(4 of 4\)\n$/)
  const json = JSON.parse((await line(folder, 'store', 'copy', 'copy.db', 'again.db', '--json')).out)
  assert.deepEqual([json.from, json.to, json.verifiedEvents], ['sqlite copy.db', 'sqlite again.db', 4])
  assert.deepEqual([json.rows.ew_events, json.rows.ew_streams, json.notCopied], [4, 2, []])
  const streams = async (file: string): Promise<string> => (await line(folder, 'store', 'read', '--store', file)).out
  assert.equal(await streams('again.db'), await streams('shop.db'))
})

test('a receipt of the original is good for its copy, unless the copy was to have an id of its own', async (t) => {
  const folder = await shopFolder(t)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  const { receipt } = await running.execute(PlaceOrder({ orderId: 'c', customer: 'Bob', total: '2.00' }))
  await running.stop()
  for (const [file, more] of [
    ['same.db', []],
    ['other.db', ['--new-id']],
  ] as const) {
    assert.equal((await line(folder, 'store', 'copy', 'shop.db', file, ...more)).code, 0)
    const copy = await start(shop, { store: sqlite(join(folder, file)) })
    const read = copy.views.orders.get('c', { after: receipt })
    if (more.length === 0) assert.equal((await read)?.customer, 'Bob')
    else await assert.rejects(read, { code: 'EW_RECEIPT_FOREIGN' })
    await copy.stop()
  }
})

test('what cannot be copied is said, and nothing is made or changed', async (t) => {
  const folder = await shopFolder(t)
  const refused = async (from: string, to: string, ...more: string[]): Promise<string> => {
    const { code, out, err } = await line(folder, 'store', 'copy', from, to, ...more, '--json')
    assert.deepEqual([code, out], [1, ''])
    return JSON.parse(err).error.code
  }
  assert.equal(await refused('none.db', 'new.db'), 'EW_CONFIG')
  assert.equal(await refused(':memory:', 'new.db'), 'EW_CONFIG')
  assert.equal(await refused('shop.db', ':memory:'), 'EW_CONFIG')
  assert.equal(await refused('shop.db', './shop.db'), 'EW_CONFIG')
  assert.equal(existsSync(join(folder, 'new.db')), false)
  assert.equal((await line(folder, 'store', 'copy', 'shop.db', 'copy.db')).code, 0)
  assert.equal(await refused('shop.db', 'copy.db'), 'EW_STORE_NOT_EMPTY')
  assert.equal((await line(folder, 'store', 'copy', 'shop.db')).code, 2)

  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  assert.equal(await refused('shop.db', 'new.db'), 'EW_STORE_IN_USE')
  await running.stop()
  assert.equal((await line(folder, 'store', 'copy', 'shop.db', 'new.db')).code, 0)
})

test('a copy that is interrupted says so and keeps nothing', async (t) => {
  const folder = await shopFolder(t)
  const { code, err } = await lineWith({ folder, stop: AbortSignal.abort() }, 'store', 'copy', 'shop.db', 'copy.db')
  assert.equal(code, 1)
  assert.match(err, /interrupted: nothing was kept in sqlite copy\.db/)
  assert.equal((await line(folder, 'store', 'copy', 'shop.db', 'copy.db')).code, 0)
})

test('tables of a user are named, since they stay behind', async (t) => {
  const folder = await shopFolder(t)
  const store = await sqlite(join(folder, 'shop.db')).open({ clock: systemClock })
  await store.ownership.ensure('own', 'log', 1, 0)
  const [row] = await store.ownership.claim('own', 'log', 'p', 1)
  const move = { consumer: 'own', source: 'log', bucket: 0, epoch: row!.epoch, from: 0, to: 1, ttlMs: 1 }
  await store.commit([{ positions: [move], statements: [{ sql: 'create table addresses (id text)', params: [] }] }])
  await store.ownership.release([row!])
  await store.close()
  const { out } = await line(folder, 'store', 'copy', 'shop.db', 'copy.db')
  assert.match(out, /not copied, since they are not of Eventwright: addresses\n$/)
})

/** Kills a copy that has begun, of fresh targets the first whose copy has not ended by itself before; answers it. */
async function killedCopy(t: TestContext, folder: string, fresh: () => readonly string[]): Promise<readonly string[]> {
  for (let tries = 1; ; tries++) {
    const target = fresh()
    const copy = commandProcess(t, folder, 'store', 'copy', 'shop.db', ...target)
    await copy.until(/copy 10 %/)
    copy.kill('SIGKILL')
    if ((await copy.ended) === null) return target
    assert.ok(tries < 20, 'every copy ended before it was killed')
  }
}

const url = postgresUrl()
if (url !== undefined) {
  test('a copy that is killed leaves an empty store, which the next one fills', async (t) => {
    const folder = await shopFolder(t)
    const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
    const orders = Array.from({ length: 3_000 }, (_, n) => PlaceOrder({ orderId: `${n}`, customer: 'x', total: '1' }))
    await Promise.all(orders.map((order) => running.execute(order)))
    assert.ok(await running.caughtUp({ timeoutMs: 60_000 }))
    await running.stop()
    let files = 0
    for (const fresh of [() => [`copy-${++files}.db`], () => [url, '--to-schema', freshPostgres().schema]]) {
      const target = await killedCopy(t, folder, fresh)
      const [place, , schema] = target as [string, string?, string?]
      const store = schema === undefined ? ['--store', place] : ['--store', place, '--schema', schema]
      assert.equal((await line(folder, 'store', 'read', ...store)).out, '')
      const { code, out, err } = await line(folder, 'store', 'copy', 'shop.db', ...target, '--json')
      assert.equal(code, 0, err)
      assert.equal(JSON.parse(out).verifiedEvents, 6_004)
      assert.equal((await line(folder, 'store', 'verify', ...store)).out, '6004 events read, 0 findings\n')
    }
  })

  test('no message of a copy shows a password', async (t) => {
    const folder = await shopFolder(t)
    const { schema } = freshPostgres()
    const copy = (): ReturnType<typeof line> => line(folder, 'store', 'copy', 'shop.db', url, '--to-schema', schema)
    const said = [await copy(), await copy(), await line(folder, 'store', 'copy', url, 'x.db', '--from-schema', 'none')]
    assert.deepEqual(
      said.map(({ code }) => code),
      [0, 1, 1],
    )
    assert.match(said[2]!.err, /EW_CONFIG: There is no store in postgres .* \(schema none\)/)
    assert.ok(!said.some(({ out, err }) => `${out}${err}`.includes(`:${new URL(url).password}@`)))
  })
}

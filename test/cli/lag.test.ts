import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sqlite } from 'eventwright/sqlite'
import { append, commitOne, won } from '../../src/testing/contracts/store-case.ts'
import { fakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import { folderFor } from '../fixtures/folder.ts'
import { lineWith, shopFolder, shopModule, type Answer } from './line.fixture.ts'

const newsModule = fileURLToPath(new URL('news.fixture.ts', import.meta.url))

/** A shop that nobody runs, with an event that nobody has applied, and the time of its store. */
async function leftShop(
  t: TestContext,
): Promise<{ readonly clock: FakeClock; lag(...argv: string[]): Promise<Answer> }> {
  const folder = await shopFolder(t)
  const clock = fakeClock(new Date().toISOString())
  const store = await sqlite(join(folder, 'shop.db')).open({ clock })
  won(await commitOne(store, { appends: [append('Order/c', 'noStream')] }))
  await store.ownership.ensure('orders/subscription:gone', 'log', 1, 0)
  await store.close()
  return { clock, lag: (...argv) => lineWith({ folder, clock }, 'lag', '--store', 'shop.db', ...argv) }
}

test('--check ends with 1 when somebody should look, and says what is to be done', async (t) => {
  const { clock, lag } = await leftShop(t)
  const before = await lag('--check', '--system', shopModule)
  assert.deepEqual([before.code, before.err], [0, ''])
  assert.match(before.out, /view:orders#1 +waiting/)
  await clock.advance(6_000)
  const after = await lag('--check', '--system', shopModule)
  assert.equal(after.code, 1)
  assert.match(after.out, /view:orders#1 +stopped +4 +1 +6s +6s +0 +0\n/)
  assert.match(after.out, /\n\d stopped: nobody works for it: start its service/)
  assert.equal((await lag('--system', shopModule)).code, 0, 'without it the answer is no judgement')
})

test('--check ends with 1 when an objective is missed, which only the system knows', async (t) => {
  const folder = folderFor(t)
  const clock = fakeClock(new Date().toISOString())
  const store = await sqlite(join(folder, 'news.db')).open({ clock })
  won(await commitOne(store, { appends: [append('News/a', 'noStream')] }))
  await store.ownership.ensure('press/subscription:readers', 'log', 1, 0)
  const lag = (...argv: string[]): Promise<Answer> => lineWith({ folder, clock }, 'lag', '--store', 'news.db', ...argv)
  const fresh = await lag('--check', '--system', newsModule)
  assert.match(fresh.out, /press\/subscription:readers .* 100, 2s kept\n/)
  await clock.advance(3_000)
  const late = await lag('--check', '--system', newsModule)
  assert.match(late.out, /press\/subscription:readers +waiting .* 100, 2s missed\n/)
  assert.match(late.out, /\n1 missed: further behind than the design allows/)
  assert.deepEqual([fresh.code, late.code], [0, 1])
  const [told] = JSON.parse((await lag('--json', '--system', newsModule)).out)
  assert.deepEqual(told.objective, { lag: 100, stalenessMs: 2_000, met: false })
  const unknown = await lag('--check')
  assert.deepEqual([unknown.code, unknown.out.includes('objective')], [0, false])
  assert.match(
    (await lag('--prometheus', '--system', newsModule)).out,
    /^eventwright_consumer_objective_met\{consumer="press\/subscription:readers",source="log"\} 0$/m,
  )
  await store.close()
})

test('a consumer that the system does not declare is left out where the system is named', async (t) => {
  const { lag } = await leftShop(t)
  const names = async (...argv: string[]): Promise<readonly string[]> =>
    JSON.parse((await lag('--json', ...argv)).out).map(({ name }: { name: string }) => name)
  const declared = await names('--system', shopModule)
  assert.ok(declared.includes('view:orders#1') && declared.some((name) => name.includes('shipping')))
  assert.deepEqual([...declared, 'orders/subscription:gone'].toSorted(), (await names()).toSorted())
})

test('--prometheus prints metrics, and goes with nothing that prints something else', async (t) => {
  const { lag } = await leftShop(t)
  const { code, out } = await lag('--prometheus')
  assert.equal(code, 0)
  assert.match(out, /^eventwright_consumer_lag_events\{consumer="view:orders#1",source="log"\} 1$/m)
  for (const other of ['--json', '--watch', '--check']) assert.equal((await lag('--prometheus', other)).code, 2, other)
})

test('--watch looks again until it is interrupted, and the last look counts', async (t) => {
  const folder = await shopFolder(t)
  const clock = fakeClock(new Date().toISOString())
  const stop = new AbortController()
  const watching = lineWith({ folder, clock, stop: stop.signal }, 'lag', '--store', 'shop.db', '--watch', '--json')
  for (let looks = 0; looks < 3; looks++) {
    while (clock.sleepers === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    if (looks < 2) await clock.advanceToNext()
  }
  stop.abort()
  const { code, out } = await watching
  assert.equal(code, 0)
  const looks = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(looks.length, 3)
  assert.ok(looks.every((look) => look.some(({ name }: { name: string }) => name === 'view:orders#1')))
})

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { patience } from '../../fixtures/patience.ts'
import { depotOf, Pack } from '../../runtime/dead-letters.fixture.ts'
import { running, until } from '../../runtime/running.fixture.ts'
import { line, lineWith, type Answer } from '../line.fixture.ts'

const post = 'post/subscription:post'
const module = fileURLToPath(new URL('../../runtime/dead-letters.fixture.ts', import.meta.url))

/** A folder whose `depot.db` has a dead letter for each of the parcels, with one message behind it. */
async function depotFolder(t: TestContext, ...parcels: string[]): Promise<string> {
  const folder = folderFor(t)
  const refusing = depotOf(() => {
    throw new TypeError('no such address')
  })
  const open = await running(t, refusing, { store: sqlite(join(folder, 'depot.db')) })
  for (const grams of [1, 2]) for (const parcel of parcels) await open.execute(Pack({ parcel, grams }) as never)
  assert.ok(await open.caughtUp(patience))
  await open.stop()
  return folder
}

const letters =
  (folder: string) =>
  (...argv: string[]): Promise<Answer> =>
    line(folder, 'dead-letters', ...argv, '--store', 'depot.db')

test('dead letters are listed in pages, by code and type, and counted', async (t) => {
  const run = letters(await depotFolder(t, 'a', "b'c d", 'e'))
  const list = await run('list')
  assert.match(list.out, /^post\/subscription:post +a +Packed +1 +2 +0 +parked +TypeError: no such address$/m)
  const first = await run('list', '--limit', '2')
  assert.match(first.err, /--after post\/subscription:post 'b'\\''c d'\n/)
  const keysOf = ({ out }: Answer): string[] => (JSON.parse(out) as { key: string }[]).map(({ key }) => key)
  assert.deepEqual(keysOf(await run('list', '--limit', '2', '--after', post, "b'c d", '--json')), ['e'])
  assert.deepEqual(keysOf(await run('list', '--code', 'TypeError', '--json')).length, 3)
  assert.deepEqual(keysOf(await run('list', '--type', 'Other', '--json')), [])
  assert.match((await run('list', '--counts')).out, /^post\/subscription:post +Packed +3 +TypeError$/m)
  assert.equal((await run('list', '--after', post)).code, 2)
  assert.match((await run('list', '--discarded')).out, /nothing was discarded/)
})

test('a dead letter is shown, edited by its schema of today and replayed by the system that runs next', async (t) => {
  const folder = await depotFolder(t, 'a')
  const run = letters(folder)
  const shown = await run('show', post, 'a', '--system', module)
  for (const said of [
    /version +1; known today: 1$/m,
    /tried +2 times/,
    /"grams": 1/,
    /correlation +\S{36}$/m,
    / at .*test/,
  ])
    assert.match(shown.out, said)
  const order = ['--reason', 'wrong scale', '--who', 'ada', '--system', module]
  const wrong = await run('edit', post, 'a', '--data', '{"parcel":"a","grams":"x"}', ...order, '--json')
  assert.equal(JSON.parse(wrong.err).error.code, 'EW_VALIDATION')
  assert.equal((await run('edit', post, 'a', ...order)).code, 2)
  writeFileSync(join(folder, 'data.json'), '{"parcel":"a","grams":9}')
  const edited = await run('edit', post, 'a', '--file', 'data.json', ...order)
  assert.deepEqual([edited.code, edited.out], [0, 'a: edited; replay it now\n'])
  const again = await run('show', post, 'a')
  assert.match(again.out, /edited by ada: wrong scale[^]*"grams": 9[^]*as it came[^]*"grams": 1/)
  const replay = await run('replay', post, 'a')
  assert.deepEqual([replay.code, replay.out], [0, '1 marked for replay\n'])
  assert.match(replay.err, /No process runs this consumer now/)

  const posted: number[] = []
  const open = await running(
    t,
    depotOf((e) => void posted.push(e.grams)),
    { store: sqlite(join(folder, 'depot.db')) },
  )
  await until('both are posted', () => posted.length === 2)
  assert.deepEqual(posted, [9, 2])
  await until('nothing is parked', async () => (await open.inspect.deadLetters.counts()).length === 0)
})

test('dead letters of a consumer are replayed and discarded together, with a reason and a bar', async (t) => {
  const folder = await depotFolder(t, 'a', 'b', 'c')
  const run = letters(folder)
  assert.equal((await run('discard', post, 'a')).code, 2)
  assert.equal((await run('discard', post, '--reason', 'x')).code, 2)
  const one = await run('discard', post, 'a', '--reason', 'lost', '--who', 'ada')
  assert.deepEqual([one.code, one.out], [0, '1 discarded\n'])
  assert.match((await run('list', '--discarded')).out, /a +Packed +ada +lost/)
  const shop = { folder, env: { EVENTWRIGHT_STORE: 'depot.db', USER: 'bob' } }
  const discard = ['dead-letters', 'discard', post, '--all', '--reason', 'all lost', '--code', 'TypeError']
  const all = await lineWith({ ...shop, terminal: true }, ...discard)
  assert.equal(all.out, '2 discarded\n')
  assert.match(all.err, /discarding .*2\/2/)
  const discarded = JSON.parse((await run('list', '--discarded', '--json')).out) as { who: string; key: string }[]
  assert.deepEqual(
    discarded.map(({ who, key }) => `${who} ${key}`),
    ['bob c', 'bob b', 'ada a'],
  )
  const replay = await run('replay', post, '--json')
  assert.deepEqual(JSON.parse(replay.out), { marked: 3, inVain: 0 })
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { event, aggregate, command, service, start, system, t as types } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../../src/base/clock.ts'
import { streamHash } from '../../../src/base/hash.ts'
import { newId } from '../../../src/base/ids.ts'
import { root } from '../../../tools/root.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { line, shopFolder, shopModule } from '../line.fixture.ts'

const lines = (text: string): { [name: string]: any }[] =>
  text
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => JSON.parse(each) as { [name: string]: unknown })

test('a stream is read forwards, from a version, backwards and up to a limit', async (t) => {
  const folder = await shopFolder(t)
  const versions = async (...argv: string[]): Promise<number[]> =>
    lines((await line(folder, 'store', 'read', 'Order/a', ...argv, '--store', 'shop.db', '--json')).out).map(
      (each) => each['version'],
    )
  assert.deepEqual(await versions(), [1, 2])
  assert.deepEqual(await versions('--after', '1'), [2])
  assert.deepEqual(await versions('--backwards'), [2, 1])
  assert.deepEqual(await versions('--backwards', '--limit', '1'), [2])
})

test('the log is read by position and by category', async (t) => {
  const folder = await shopFolder(t)
  const positions = async (...argv: string[]): Promise<number[]> =>
    lines((await line(folder, 'store', 'read', ...argv, '--store', 'shop.db', '--json')).out).map(
      (each) => each['position'],
    )
  assert.deepEqual(await positions(), [1, 2, 3, 4])
  assert.deepEqual(await positions('--after', '2', '--limit', '1'), [3])
  assert.deepEqual(await positions('--category', 'Order'), [1, 2, 3, 4])
  assert.deepEqual(await positions('--category', 'Payment,Stock'), [])
})

test('the log is read with the newest event first, however many there are', async (t) => {
  const folder = folderFor(t)
  const store = await sqlite(join(folder, 's.db')).open({ clock: systemClock })
  const facts = { type: 'Noted', schemaVersion: 1, occurredAtMs: 0, data: '{}', checksum: 0, meta: '{}' }
  const streams = ['Note/1', 'Memo/1'].map((stream, at) => {
    const events = Array.from({ length: 600 + at }, () => ({ ...facts, id: newId() }))
    return { stream, hash: streamHash(stream), partition: 0 as const, expected: 0, events }
  })
  await store.commit([{ appends: streams }])
  await store.close()
  const read = async (...argv: string[]): Promise<number[]> =>
    lines((await line(folder, 'store', 'read', '--backwards', '--json', '--store', 's.db', ...argv)).out).map(
      ({ position }) => position as number,
    )
  const all = Array.from({ length: 1_201 }, (_, at) => 1_201 - at)
  assert.deepEqual(await read('--limit', '9999'), all)
  assert.deepEqual(await read('--category', 'Note', '--limit', '2'), [600, 599])
})

test('options that do not belong together are a usage error', async (t) => {
  const folder = await shopFolder(t)
  for (const argv of [
    ['Order/a', '--category', 'Order'],
    ['--backwards', '--after', '1'],
    ['Order/a', '--backwards', '--after', '1'],
  ]) {
    const { code, err } = await line(folder, 'store', 'read', ...argv, '--store', 'shop.db')
    assert.equal(code, 2, argv.join(' '))
    assert.match(err, /^error: --/)
  }
})

test('without a system data is shown as stored, with one it is upcast, and what cannot be is shown with the reason', async (t) => {
  const folder = folderFor(t)
  const Counted = event('Counted', { id: types.string(), count: types.long() })
  const Gone = event('Gone', { id: types.string() })
  const Count = command('Count', { id: types.string() })
  const Counter = aggregate('Counter', {
    events: [Counted, Gone],
    commands: [Count],
    id: (c) => c.id,
    initial: () => 0,
  })
    .evolve({ Counted: () => 1, Gone: () => 2 })
    .decide({ Count: ({ id }) => [Counted({ id, count: 12_345_678_901_234_567n }), Gone({ id })] })
  const running = await start(system('s', { services: [service('s', { parts: [Counter] })] }), {
    store: sqlite(join(folder, 's.db')),
  })
  await running.execute(Count({ id: '1\u202e' }))
  await running.stop()
  writeFileSync(
    join(folder, 'today.ts'),
    `import { aggregate, command, event, service, system, t } from '${join(root, 'src/index.ts')}'
    const Counted = event('Counted', { id: t.string(), count: t.long() })
      .next({ id: t.string(), count: t.long(), unit: t.string() }, (before) => ({ ...before, unit: 'piece' }))
    const Counter = aggregate('Counter', { events: [Counted], commands: [], id: () => '', initial: () => 0 })
      .evolve({ Counted: () => 1 }).decide({})
    export default system('s', { services: [service('s', { parts: [Counter] })] })`,
  )
  const read = (...argv: string[]) => line(folder, 'store', 'read', ...argv, '--store', 's.db')
  const stored = { id: '1\u202e', count: '12345678901234567' }
  assert.deepEqual(
    lines((await read('--json')).out).map(({ data }) => data),
    [stored, { id: '1\u202e' }],
  )
  const today = lines((await read('--json', '--system', 'today.ts')).out)
  assert.deepEqual(today[0]?.['data'], { ...stored, unit: 'piece' })
  assert.deepEqual(today[1]?.['data'], { id: '1\u202e' })
  assert.match(today[1]?.['problem'], /^EW_EVENT_UNKNOWN/)
  const people = (await read('--system', 'today.ts')).out.split('\n')
  assert.match(
    people[0] ?? '',
    /^1 {2}\S+Z {2}Counter\/1\\u202e@1 {2}Counted {2}\{.*"count":"12345678901234567".*"unit":"piece"/,
  )
  assert.match(people[1] ?? '', /EW_EVENT_UNKNOWN/)
})

test('the fixture itself reads its events through its own system', async (t) => {
  const folder = await shopFolder(t)
  const { out } = await line(folder, 'store', 'read', 'Order/a', '--store', 'shop.db', '--system', shopModule)
  assert.match(out, /^1 {2}\S+ {2}Order\/a@1 {2}OrderPlaced {2}\{"customer":"Ann","orderId":"a","total":"1\.50"\}\n\d /)
})

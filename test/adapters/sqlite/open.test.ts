import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { applicationId } from '../../../src/adapters/sqlite/file-header.ts'
import { migrations, newestFormat } from '../../../src/adapters/sqlite/schema.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { isEventwrightError, type ErrorCode } from '../../../src/base/errors.ts'
import { streamHash } from '../../../src/base/hash.ts'
import { bucketOfKey } from '../../../src/ports/ownership.ts'
import type { Store } from '../../../src/ports/store.ts'
import { everything, inbox, lost, rejects, unit } from '../../../src/testing/contracts/store-case.ts'
import { folderFor } from '../../fixtures/folder.ts'

const open = (file: string): Promise<Store> => sqlite(file).open({ clock: systemClock })
const madeStore = async (file: string): Promise<void> => {
  const store = await open(file)
  await store.commit([unit('A/1', 'any', 500)])
  await store.close()
}
const refuses = async (file: string, code: ErrorCode): Promise<string> => {
  const error: unknown = await open(file).then(
    (store) => store.close(),
    (reason: unknown) => reason,
  )
  assert.ok(isEventwrightError(error, code), `expected ${code}, got ${String(error)}`)
  assert.ok(error.message.includes(file), error.message)
  return error.message
}

test('a database of another application is refused and not touched', async (t) => {
  const folder = folderFor(t)
  for (const mode of ['delete', 'wal']) {
    const file = join(folder, `${mode}.db`)
    const foreign = new DatabaseSync(file)
    foreign.exec(
      `pragma journal_mode = ${mode}; create table orders (id integer primary key); insert into orders values (1)`,
    )
    foreign.close()
    const before = readFileSync(file)
    await refuses(file, 'EW_STORE_FOREIGN')
    assert.deepEqual(readFileSync(file), before)
  }
  assert.deepEqual(readdirSync(folder).sort(), ['delete.db', 'wal.db'])
})

test('a foreign database whose contents are still in its log is refused too', async (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'live.db')
  const foreign = new DatabaseSync(file)
  t.after(() => foreign.close())
  foreign.exec('pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table orders (id integer primary key)')
  const log = readFileSync(`${file}-wal`)
  await refuses(file, 'EW_STORE_FOREIGN')
  assert.deepEqual(readFileSync(`${file}-wal`), log)
})

test('what is no SQLite file is refused and not touched', async (t) => {
  const folder = folderFor(t)
  for (const content of ['id,name\n1,a\n', 'SQLite format 3\0', Buffer.alloc(8192, 7), Buffer.alloc(200)]) {
    const file = join(folder, 'store.db')
    writeFileSync(file, content)
    await refuses(file, 'EW_STORE_CORRUPT')
    assert.deepEqual(readFileSync(file), Buffer.from(content))
  }
  assert.deepEqual(readdirSync(folder), ['store.db'])
})

test('a damaged store says so when it is opened or read, and the process lives', async (t) => {
  const file = join(folderFor(t), 'store.db')
  await madeStore(file)
  const whole = readFileSync(file)
  for (const from of [100, 4_096, whole.length >> 1]) {
    const damaged = Buffer.from(whole)
    damaged.fill(0xa5, from, Math.min(damaged.length, from + 40_000))
    writeFileSync(file, damaged)
    const error: unknown = await (async () => {
      const store = await open(file)
      try {
        assert.notEqual((await store.query('pragma integrity_check', []))[0]?.['integrity_check'], 'ok')
        return await everything(store)
      } finally {
        await store.close()
      }
    })().catch((reason: unknown) => reason)
    if (Array.isArray(error)) continue
    assert.ok(isEventwrightError(error, 'EW_STORE_CORRUPT'), String(error))
  }
})

test('a store of a newer format is refused and not changed', async (t) => {
  const file = join(folderFor(t), 'store.db')
  await madeStore(file)
  const newer = new DatabaseSync(file)
  newer.exec(`pragma user_version = ${newestFormat + 1}`)
  newer.close()
  assert.match(await refuses(file, 'EW_STORE_NEWER'), new RegExp(`format ${newestFormat + 1}`))
  const after = new DatabaseSync(file)
  assert.equal(after.prepare('pragma user_version').get()?.['user_version'], newestFormat + 1)
  after.close()
})

test('an empty file becomes a store, a folder does not, and a missing folder is said', async (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'empty.db')
  writeFileSync(file, '')
  await madeStore(file)
  const again = await open(file)
  assert.equal(await again.log.head(0), 500)
  await again.close()
  mkdirSync(join(folder, 'folder.db'))
  await refuses(join(folder, 'folder.db'), 'EW_STORE_FAILED')
  assert.match(await refuses(join(folder, 'none', 'store.db'), 'EW_STORE_FAILED'), /folder must exist/)
})

test('a file that may only be read is refused, and not changed', async (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'store.db')
  await madeStore(file)
  const before = readFileSync(file)
  chmodSync(folder, 0o755)
  chmodSync(file, 0o444)
  // Permissions do not bind root, in whose name continuous integration often runs.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid!(65_534)
  try {
    assert.match(await refuses(file, 'EW_STORE_FAILED'), /cannot be read and written/)
  } finally {
    if (isRoot) process.seteuid!(0)
  }
  assert.deepEqual(readFileSync(file), before)
})

test('after the last close there is one file, and the header says whose it is', async (t) => {
  const file = join(folderFor(t), 'store.db')
  await madeStore(file)
  assert.equal(existsSync(`${file}-wal`), false)
  assert.equal(readFileSync(file).toString('latin1', 68, 72), 'EWST')
})

test('a store that cannot grow refuses commits whole, and goes on once it can', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const narrow = await sqlite(file, { maxPages: 60 }).open({ clock: systemClock })
  let committed = 0
  const fill = async (): Promise<void> => {
    for (; ; committed++) await narrow.commit([unit(`A/${committed}`, 'noStream', 20)])
  }
  await rejects(fill(), 'EW_STORE_FULL')
  assert.ok(committed > 3)
  assert.equal(await narrow.log.head(0), committed * 20)
  assert.equal(await narrow.log.version(`A/${committed}`), 0)
  await narrow.close()
  const wide = await open(file)
  await wide.commit([unit(`A/${committed}`, 'noStream', 20)])
  assert.deepEqual(
    (await everything(wide)).map(([position]) => position),
    Array.from({ length: (committed + 1) * 20 }, (_, index) => index + 1),
  )
  await wide.close()
})

test('a store in memory is a store of its own each time it is opened', async () => {
  const adapter = sqlite(':memory:')
  const [first, second] = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })]
  await first.commit([unit('A/1')])
  assert.deepEqual([await first.log.head(0), await second.log.head(0)], [1, 0])
  assert.notEqual(first.storeId, second.storeId)
  await rejects(first.query('create table x (id integer)', []), 'EW_SQL')
  await first.commit([unit('A/1')])
  await first.close()
  await second.close()
})

test('a file of the first format is brought forward with what is in it, and takes what that format did not know', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const [first] = migrations
  // Files of this format are out there, so the step that makes it may never change.
  assert.deepEqual(
    [first!.format, createHash('sha256').update(first!.sql).digest('hex').slice(0, 16)],
    [1, '93b7173c165a0109'],
  )
  const old = new DatabaseSync(file)
  old.exec(`${first!.sql}
    pragma user_version = 1; pragma application_id = ${applicationId};
    insert into ew_store values ('store_id', 'an-id'), ('created_at', '1');
    insert into ew_streams values (1, 'A/1', 0, 7, 1);
    insert into ew_events values (1, 1, 1, x'0190f3e1c8a07000800000000000000a', 'Noted', 1, 5, 6, 9, 0, '{}', '{}');
    update ew_head set position = 1 where part = 0;
    insert into ew_inbox values ('shop', 'commands', 'k', 'f1', '{}', 5);
    insert into ew_parked_keys values ('orders', 'k', 'log', 0, 1, 'EW_X', 'no', '', 3, 5, 0);
    insert into ew_parked_events values ('orders', 'k', 1);`)
  old.close()
  const store = await open(file)
  assert.equal(store.storeId, 'an-id')
  assert.deepEqual(await everything(store), [[1, 'A/1', 1]])
  assert.deepEqual(await store.parked.waiting('orders', 'k', 9), [{ position: 1 }])
  const letter = await store.parked.get('orders', 'k')
  assert.deepEqual(
    [letter?.code, letter?.type, letter?.attempts, letter?.replays, letter?.history],
    ['EW_X', null, 3, 0, []],
  )
  lost((await store.commit([{ inbox: [inbox('k')] }]))[0], 'inbox')
  const mail = { saga: 'Pay', address: 'Pay/1', key: 'k', kind: 'start', body: '{}' }
  const message = { id: 'm', service: 'shop', channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }
  await store.commit([{ ...unit('A/1', 1), mail: [mail], outbox: [message] }])
  await store.close()
  const again = await open(file)
  assert.deepEqual(await everything(again), [
    [1, 'A/1', 1],
    [2, 'A/1', 2],
  ])
  assert.deepEqual([await again.outbox.head(), (await again.sagas.mailFor('Pay', 'Pay/1')).length], [1, 1])
  await again.close()
  const after = new DatabaseSync(file)
  assert.equal(after.prepare('pragma user_version').get()?.['user_version'], newestFormat)
  after.close()
})

test('instances and mail of a file from before they had a hash are read by whoever has their bucket', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const old = new DatabaseSync(file)
  const known = ['Pay/1', 'Pay/2']
  const stream = (id: string, no: number): string =>
    `insert into ew_streams values (${no}, '${id}', 1, ${streamHash(id)}, 1)`
  const saga = (id: string): string =>
    `insert into ew_sagas values ('${id}', 'Pay', 'shop', 1, 'running', 0, 1, 5, '{}', 1)`
  const mail = (address: string, no: number): string =>
    `insert into ew_mail values (${no}, 'Pay', '${address}', 'k', 'reply', '{}', 1)`
  const rows = [
    ...known.map(stream),
    ...known.map(saga),
    ...[...known, 'Pay/begins', 'paid=1'].map((to, no) => mail(to, no + 1)),
  ]
  old.exec(`${migrations
    .filter(({ format }) => format < 8)
    .map(({ sql }) => sql)
    .join(';')};
    pragma user_version = 7; pragma application_id = ${applicationId};
    insert into ew_store values ('store_id', 'an-id'), ('created_at', '1'); ${rows.join(';')}`)
  old.close()
  const store = await open(file)
  const of = 1_024
  for (const id of known) {
    const part = { of, buckets: new Set([bucketOfKey(id, of)]) }
    assert.deepEqual(
      (await store.sagas.list({ saga: 'Pay', part, limit: 9 })).map((row) => row.id),
      [id],
    )
    assert.deepEqual(
      (await store.sagas.due('Pay', 9, 9, part)).map((row) => row.id),
      [id],
    )
    assert.deepEqual(
      (await store.sagas.mail('Pay', 0, 9, part)).map(({ address }) => address),
      [id, 'Pay/begins', 'paid=1'],
    )
  }
  await store.close()
})

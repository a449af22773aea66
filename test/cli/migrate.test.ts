import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrations, newestFormat } from '../../src/adapters/sqlite/schema.ts'
import { folderFor } from '../fixtures/folder.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { line } from './line.fixture.ts'

const printed = async (folder: string, ...argv: string[]): Promise<string> => {
  const { code, out, err } = await line(folder, 'migrate', ...argv)
  assert.equal(code, 0, err)
  return out
}

test('a dry run prints the SQL that makes a SQLite store and makes no file', async (t) => {
  const folder = folderFor(t)
  const script = await printed(folder, '--store', 'shop.db', '--dry-run')
  assert.match(
    script,
    new RegExp(`^-- sqlite shop\\.db: from format 0 to ${newestFormat}\\nbegin;\\ncreate table ew_store`),
  )
  assert.equal(existsSync(join(folder, 'shop.db')), false)
  const database = new DatabaseSync(join(folder, 'shop.db'))
  database.exec(script)
  database.close()
  assert.match(
    await printed(folder, '--store', 'shop.db'),
    /^sqlite shop\.db has format \d+, the newest; nothing to do\n$/,
  )
  assert.match((await line(folder, 'store', 'verify', '--store', 'shop.db')).out, /0 findings/)
})

test('an older SQLite file is brought forward once, and a dry run before it changes nothing', async (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'old.db')
  const database = new DatabaseSync(file)
  database.exec(migrations[0]!.sql)
  database.exec(
    `insert into ew_store values ('store_id', 'old'); pragma user_version = 1; pragma application_id = ${0x45575354}`,
  )
  database.close()
  const before = readFileSync(file)
  const dry = JSON.parse(await printed(folder, '--store', 'old.db', '--dry-run', '--json'))
  assert.deepEqual([dry.format, dry.newestFormat, dry.migrated], [1, newestFormat, false])
  assert.equal(dry.statements.length, newestFormat)
  assert.ok(readFileSync(file).equals(before))
  assert.equal(
    await printed(folder, '--store', 'old.db'),
    `sqlite old.db was brought from format 1 to ${newestFormat}\n`,
  )
  const again = JSON.parse(await printed(folder, '--store', 'old.db', '--json'))
  assert.deepEqual([again.format, again.statements, again.migrated], [newestFormat, [], false])
})

test('what is no store, a newer one and memory are refused and left alone', async (t) => {
  const folder = folderFor(t)
  writeFileSync(join(folder, 'text.db'), 'no database\n'.repeat(500))
  const newer = new DatabaseSync(join(folder, 'newer.db'))
  newer.exec(`create table ew_store (a); pragma user_version = 99; pragma application_id = ${0x45575354}`)
  newer.close()
  const cases = { 'text.db': 'EW_STORE_CORRUPT', 'newer.db': 'EW_STORE_NEWER', ':memory:': 'EW_CONFIG' }
  for (const [store, code] of Object.entries(cases)) {
    for (const dry of [[], ['--dry-run']]) {
      const { code: exit, out, err } = await line(folder, 'migrate', '--store', store, ...dry, '--json')
      assert.deepEqual([exit, out, JSON.parse(err).error.code], [1, '', code], store)
    }
  }
})

const url = postgresUrl()
if (url !== undefined) {
  test('a schema of PostgreSQL is made by the first migration, and the second finds nothing to do', async (t) => {
    const { schema, adapter } = freshPostgres()
    const folder = folderFor(t)
    const choice = ['--store', url, '--schema', schema]
    const script = await printed(folder, ...choice, '--dry-run')
    assert.ok(script.startsWith(`-- ${adapter.name}: from format 0 to `))
    assert.match(script, new RegExp(`\\nbegin;\\ncreate schema if not exists "${schema}";\\n[^]*\\ncommit;\\n$`))
    const unmade = await line(folder, 'lag', ...choice, '--json')
    assert.equal(JSON.parse(unmade.err).error.code, 'EW_CONFIG')

    const made = JSON.parse(await printed(folder, ...choice, '--json'))
    assert.deepEqual([made.store, made.format, made.migrated], [adapter.name, 0, true])
    assert.equal(
      await printed(folder, ...choice),
      `${adapter.name} has format ${made.newestFormat}, the newest; nothing to do\n`,
    )
    const dry = await printed(folder, ...choice, '--dry-run')
    assert.equal(dry, `-- ${adapter.name} has format ${made.newestFormat}, the newest; nothing to do\n`)
    assert.equal((await line(folder, 'lag', ...choice)).out, 'no consumers\n')
    assert.ok(!(script + JSON.stringify(made) + dry).includes(`:${new URL(url).password}@`))
  })

  test('migrations that run at once make one store', async (t) => {
    const { schema } = freshPostgres()
    const folder = folderFor(t)
    const runs = Array.from({ length: 4 }, () => printed(folder, '--store', url, '--schema', schema, '--json'))
    assert.ok((await Promise.all(runs)).every((out) => JSON.parse(out).store.includes(schema)))
    assert.equal((await line(folder, 'store', 'verify', '--store', url, '--schema', schema)).code, 0)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parameterCount } from '../../../src/adapters/sqlite/sql-text.ts'
import { checkRecordedSql } from '../../../src/adapters/sql/recorded-sql.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'

const refused = (sql: string): boolean => {
  try {
    checkRecordedSql(sql)
    return false
  } catch (error) {
    assert.ok(isEventwrightError(error, 'EW_SQL'))
    return true
  }
}

test('parameters are counted outside of texts, names and comments', () => {
  assert.equal(parameterCount(`select ?, '?', "?", [?], \`?\`, 'it''s ?' -- ?\n, ? /* ? */ where a = ?`), 3)
  assert.equal(parameterCount('select 1'), 0)
})

test('plain statements pass', () => {
  const statements = [
    'insert into totals (day, sum) values (?, ?) on conflict (day) do update set sum = sum + excluded.sum',
    '  UPDATE totals SET sum = ? WHERE day = ?;',
    'delete from totals',
    `insert into notes values ('ew_events; commit')`,
    'with t as (select 1) insert into x select * from t',
    'create table totals (day text primary key)',
    '/* why */ delete from totals -- ew_head',
  ]
  assert.deepEqual(statements.filter(refused), [])
})

test('what would leave the transaction, touch the engine or take other parameters is refused', () => {
  const statements = [
    'commit',
    'ROLLBACK',
    'begin',
    'savepoint a',
    'end',
    'pragma journal_mode = delete',
    `attach 'x.db' as x`,
    'vacuum',
    '',
    '-- nothing',
    'delete from totals; commit',
    'delete from ew_events',
    'update "ew_head" set position = 0',
    'delete from [EW_STREAMS]',
    'insert into totals values (?1)',
    'insert into totals values (:a)',
    'insert into totals values ($a)',
    'insert into totals values (@a)',
  ]
  assert.deepEqual(
    statements.filter((sql) => !refused(sql)),
    [],
  )
})

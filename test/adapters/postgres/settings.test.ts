import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgres, type PostgresOptions } from 'eventwright/postgres'

const refused = (what: RegExp) => (error: Error & { code?: string; details?: unknown }) => {
  assert.equal(error.code, 'EW_CONFIG')
  assert.match(error.message, what)
  assert.doesNotMatch(`${error.message} ${JSON.stringify(error.details)}`, /sec|ret/)
  return true
}

test('an address is named by host, database and schema, never by who connects', () => {
  const name = (url: string, options?: PostgresOptions): string => postgres(url, options).name
  assert.equal(name('postgres://me:secret@db.example:5433/shop'), 'postgres db.example:5433/shop')
  assert.equal(name('postgresql://me:sec%2Fret@[::1]/shop?sslmode=disable'), 'postgres [::1]/shop')
  assert.equal(name('postgres://db/shop', { schema: 'orders' }), 'postgres db/shop (schema orders)')
})

test('an address in which a password would be read as host, port or database is refused without showing it', () => {
  const asPassword = [
    'se/cret',
    's#ecret',
    's?ecret',
    '12/secret',
    '12?secret',
    '12#secret',
    'se@cret',
    '%secret',
    'se cret',
  ]
  for (const password of asPassword) {
    assert.throws(() => postgres(`postgres://me:${password}@db/shop`), refused(/is no URL; in a user, a password/))
    const listenUrl = `postgres://me:${password}@db/shop`
    assert.throws(() => postgres('postgres://db/shop', { listenUrl }), refused(/is no URL; in a user, a password/))
  }
  for (const url of ['', 'me:secret@db/shop', 'postgres:/me:secret@db/shop', 'https://me:secret@db/shop'])
    assert.throws(
      () => postgres(url),
      refused(/^EW_CONFIG: The address of a PostgreSQL store begins with postgres:\/\//),
    )
})

test('consumers are divided into a power of two', () => {
  for (const count of [0, 3, 48, 2_048, -2, 1.5, NaN])
    for (const name of ['projections', 'subscriptions', 'relay'] as const)
      assert.throws(
        () => postgres('postgres://db/shop', { buckets: { [name]: count } }),
        refused(new RegExp(`^EW_CONFIG: The setting buckets.${name} `)),
      )
  assert.equal(postgres('postgres://db/shop', { buckets: { projections: 1, relay: 1_024 } }).kind, 'store')
})

test('a schema is a plain name, and numbers are whole and positive', () => {
  for (const schema of ['', 'a b', 'a"b', '1a', 'pg_temp', 'x'.repeat(64), 'é'])
    assert.throws(() => postgres('postgres://db/shop', { schema }), refused(/^EW_CONFIG: The schema /))
  for (const value of [0, -1, 1.5, NaN])
    assert.throws(
      () => postgres('postgres://db/shop', { poolSize: value }),
      refused(/^EW_CONFIG: The setting poolSize /),
    )
})

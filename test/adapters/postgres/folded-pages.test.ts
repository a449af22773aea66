import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from 'eventwright'
import type { OwnershipRow } from '../../../src/ports/ownership.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import type { RowWrite, TableSpec } from '../../../src/ports/views.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'

const [consumer, source] = ['view:books#1', 'log']
const books: TableSpec = {
  name: 'view_books_1',
  columns: [
    { name: 'title', kind: 'text', nullable: true },
    { name: 'pages', kind: 'integer', nullable: true },
    { name: 'price', kind: 'decimal', precision: 10, scale: 2, nullable: true },
    { name: 'notes', kind: 'json', nullable: true },
  ],
  indexes: [],
  unique: [],
}
const shelves: TableSpec = {
  ...books,
  name: 'view_shelves_1',
  columns: [{ name: 'label', kind: 'text', nullable: false }],
}
const labels: TableSpec = { ...shelves, name: 'view_labels_1', unique: [['label']] }

interface Opened {
  readonly store: Store
  readonly held: readonly OwnershipRow[]
  rows(spec?: TableSpec): Promise<readonly unknown[]>
  positions(): Promise<readonly number[]>
  /** Takes away the function that can do everything: whatever is committed after that goes without it. */
  withoutFunction(): Promise<void>
  /** Holds a row for others to wait for. */
  holding(spec: TableSpec, key: string): Promise<Hold>
  /** Whether there is something that has not been written to the disk yet. */
  isBehind(): Promise<boolean>
}

interface Hold {
  /** Whether nobody else holds that row, once somebody waits for the one that is held here. */
  isFree(spec: TableSpec, key: string): Promise<boolean>
  done(): Promise<void>
}

async function open(t: TestContext): Promise<Opened> {
  const { adapter, schema, drop } = freshPostgres()
  const store = await adapter.open({ clock: systemClock })
  const client = await connectTo(t, postgresUrl()!)
  t.after(async () => {
    await store.close()
    await drop()
  })
  for (const spec of [books, shelves, labels]) await store.views.ensure(spec)
  await store.ownership.ensure(consumer, source, 3, 0)
  return {
    store,
    held: await store.ownership.claim(consumer, source, 'me', 60_000),
    async rows(spec = books) {
      const rows = await store.views.find(spec, { where: [], descending: false, limit: 100 })
      return rows.map(({ key, applied, row }) => [key, applied, row])
    },
    positions: async () => (await store.ownership.list(consumer)).map(({ position }) => position),
    async withoutFunction() {
      await client.query(`drop function "${schema}".ew_commit_1`)
    },
    async holding(spec, key) {
      const lock = async ({ name }: TableSpec, key: string, how = ''): Promise<boolean> => {
        const sql = `select 1 from "${schema}"."${name}" where ew_key = $1 for update ${how}`
        return (await client.query(sql, [key])).rows.length === 1
      }
      await client.query('begin')
      await lock(spec, key)
      const waits = async (): Promise<boolean> => {
        const sql = `select 1 from pg_locks join pg_stat_activity using (pid)
          where not granted and position($1 in query) > 0`
        return (await client.query(sql, [schema])).rows.length > 0
      }
      return {
        async isFree(other, key) {
          await until('somebody waits', waits)
          return lock(other, key, 'skip locked')
        },
        async done() {
          await client.query('commit')
        },
      }
    },
    async isBehind() {
      const { rows } = await client.query('select pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() as behind')
      return (rows as { behind: boolean }[])[0]!.behind
    },
  }
}

const write = (key: string, applied: number, row: RowWrite['row'], table = books.name): RowWrite => ({
  table,
  key,
  applied,
  row,
})

function page({ bucket, epoch }: OwnershipRow, from: number, to: number, rows: readonly RowWrite[]): Unit {
  const positions = [{ consumer, source, bucket, epoch, from, to, ttlMs: 60_000 }]
  // As handlers give it.
  return { positions, rows, parks: [], statements: [] }
}

if (postgresUrl() !== undefined) {
  test('pages of several views are written as a whole, the last state of each row, with every kind of value', async (t) => {
    const { store, held, rows, positions } = await open(t)
    const beforeMs = await store.now()
    const odd = { title: 'ä "\\,{}\n', pages: 9_007_199_254_740_991, price: '0.10', notes: { a: [1, null, 'ü'] } }
    const outcomes = await store.commit([
      page(held[1]!, 0, 5, [
        write('b', 3, { title: 'B' }),
        write('a', 4, odd),
        write('x', 5, { label: 'X' }, shelves.name),
      ]),
      page(held[0]!, 0, 7, [
        write('b', 7, { title: 'B', pages: 2 }),
        { ...write('gone', 6, undefined), tombstone: true },
      ]),
    ])
    for (const outcome of outcomes) {
      assert.ok(outcome.ok && outcome.appends.length === 0)
      assert.ok(outcome.recordedAtMs! >= beforeMs && outcome.recordedAtMs! <= (await store.now()))
    }
    const absent = { title: null, pages: null, price: null, notes: null }
    const filled = (row: object): object => ({ ...absent, ...row })
    const nonNull = (row: unknown): object => ({ ...absent, ...(row as object) })
    const found = (await rows()) as [string, number, unknown][]
    assert.deepEqual(
      found.map(([key, applied, row]) => [key, applied, nonNull(row)]),
      [
        ['a', 4, filled(odd)],
        ['b', 7, filled({ title: 'B', pages: 2 })],
      ],
    )
    assert.deepEqual(await rows(shelves), [['x', 5, { label: 'X' }]])
    const [tombstone] = await store.views.get(books, ['gone'])
    assert.deepEqual([tombstone?.row, tombstone?.applied], [undefined, 6])
    assert.deepEqual(await positions(), [7, 5, 0])
  })

  test('a row is written over, and one that goes or is unique takes the way of the function', async (t) => {
    const { store, held, rows } = await open(t)
    const [bucket] = held as [OwnershipRow]
    const commit = async (from: number, ...writes: RowWrite[]): Promise<void> => {
      const [outcome] = await store.commit([page(bucket, from, from + 1, writes)])
      assert.ok(outcome!.ok)
    }
    await commit(0, write('a', 1, { title: 'A' }), write('x', 1, { label: 'one' }, labels.name))
    await commit(1, write('a', 2, { title: 'AA' }))
    assert.deepEqual(
      ((await rows()) as [string, number, { title: string }][]).map(([key, applied, { title }]) => [
        key,
        applied,
        title,
      ]),
      [['a', 2, 'AA']],
    )
    await commit(2, write('a', 3, undefined))
    assert.deepEqual(await rows(), [])
    const [refused] = await store.commit([page(bucket, 3, 4, [write('y', 4, { label: 'one' }, labels.name)])])
    assert.deepEqual(refused, { ok: false, reason: 'unique', table: labels.name, columns: ['label'] })
    assert.deepEqual(await rows(labels), [['x', 1, { label: 'one' }]])
  })

  test('two rows exchange a unique value, and a row that is guarded is looked at first', async (t) => {
    const { store, held, rows } = await open(t)
    const [bucket] = held as [OwnershipRow]
    const label = (key: string, applied: number, value: string): RowWrite =>
      write(key, applied, { label: value }, labels.name)
    await store.commit([page(bucket, 0, 2, [label('x', 1, 'one'), label('y', 2, 'two')])])
    const [exchanged] = await store.commit([page(bucket, 2, 4, [label('x', 3, 'two'), label('y', 4, 'one')])])
    assert.ok(exchanged!.ok)
    assert.deepEqual(await rows(labels), [
      ['x', 3, { label: 'two' }],
      ['y', 4, { label: 'one' }],
    ])
    await store.commit([page(bucket, 4, 5, [write('s', 5, { label: 'new' }, shelves.name)])])
    const guarded = { ...write('s', 6, { label: 'old' }, shelves.name), guard: 3 }
    const [lost] = await store.commit([page(bucket, 5, 6, [guarded])])
    assert.deepEqual(lost, { ok: false, reason: 'row', table: shelves.name, key: 's', applied: 5 })
    assert.deepEqual(await rows(shelves), [['s', 5, { label: 'new' }]])
  })

  test('who has lost a bucket or stands elsewhere writes nothing, and the others of the batch all', async (t) => {
    const { store, held, rows, positions } = await open(t)
    const [fenced] = held
    await store.ownership.release([fenced!])
    await store.ownership.claim(consumer, source, 'another', 60_000)
    const lost = { ok: false, reason: 'owner', consumer, bucket: 0, position: 0 }
    const shelf = (key: string): RowWrite => write(key, 1, { label: key }, shelves.name)
    assert.deepEqual(await store.commit([page(fenced!, 0, 1, [shelf('a')])]), [lost])
    const outcomes = await store.commit([
      page(fenced!, 0, 1, [shelf('a')]),
      page(held[1]!, 0, 1, [shelf('b')]),
      page(held[2]!, 7, 8, [shelf('c')]),
    ])
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.ok ? 'won' : outcome)),
      [lost, 'won', { ...lost, bucket: 2 }],
    )
    assert.deepEqual([await rows(shelves), await positions()], [[['b', 1, { label: 'b' }]], [0, 1, 0]])
  })

  test('names with any quotes and placeholders are written, and more views than a statement takes as well', async (t) => {
    const { store, held, rows } = await open(t)
    const [bucket] = held as [OwnershipRow]
    const names = ["it's", 'paid?', 'a "quoted" one', '$1', 'x']
    const columns = names.map((name) => ({ name, kind: 'text' as const, nullable: false }))
    const odd: TableSpec = { ...shelves, name: 'view_odd_1', columns }
    const many = Array.from({ length: 6 }, (_, n): TableSpec => ({ ...shelves, name: `view_many_${n}` }))
    for (const spec of [odd, ...many]) await store.views.ensure(spec)
    const row = Object.fromEntries(names.map((name) => [name, `${name}'s ? "value"`]))
    await store.commit([page(bucket, 0, 1, [write('a', 1, row, odd.name)])])
    assert.deepEqual(await rows(odd), [['a', 1, row]])
    const all = many.map(({ name }) => write('b', 2, { label: name }, name))
    await store.commit([page(bucket, 1, 2, all)])
    for (const spec of many) assert.deepEqual(await rows(spec), [['b', 2, { label: spec.name }]])
  })

  test('rows of several views are locked in the order of their names', async (t) => {
    const { store, held, rows, holding } = await open(t)
    const [bucket, other] = held as [OwnershipRow, OwnershipRow]
    const specs = ['a', 'b', 'c'].map((name): TableSpec => ({ ...shelves, name: `view_lock_${name}` }))
    for (const spec of specs) await store.views.ensure(spec)
    const all = (applied: number): RowWrite[] => specs.map(({ name }) => write('k', applied, { label: 'L' }, name))
    await store.commit([page(bucket, 0, 1, all(1))])
    const letGo = await holding(specs[1]!, 'k')
    const waiting = store.commit([page(other, 0, 2, all(2))])
    const isFree = [await letGo.isFree(specs[0]!, 'k'), await letGo.isFree(specs[2]!, 'k')]
    await letGo.done()
    assert.ok((await waiting)[0]!.ok)
    assert.deepEqual(isFree, [false, true])
    assert.deepEqual(await rows(specs[2]!), [['k', 2, { label: 'L' }]])
  })

  test('a view that is made anew with other columns is written with these', async (t) => {
    const { store, held, rows } = await open(t)
    const [bucket] = held as [OwnershipRow]
    const wider: TableSpec = {
      ...shelves,
      columns: [...shelves.columns, { name: 'width', kind: 'integer', nullable: false }],
    }
    await store.commit([page(bucket, 0, 1, [write('a', 1, { label: 'A' }, shelves.name)])])
    await store.views.drop(shelves.name)
    await store.views.ensure(wider)
    await store.commit([page(bucket, 1, 2, [write('b', 2, { label: 'B', width: 4 }, shelves.name)])])
    assert.deepEqual(await rows(wider), [['b', 2, { label: 'B', width: 4 }]])
  })

  test('pages need no function, and do not wait for the disk', async (t) => {
    const { store, held, rows, positions, withoutFunction, isBehind } = await open(t)
    const [bucket] = held as [OwnershipRow]
    await withoutFunction()
    let behind = 0
    for (let n = 0; n < 40; n++) {
      await store.commit([page(bucket, n, n + 1, [write('a', n + 1, { title: `${n}` })])])
      if (await isBehind()) behind++
    }
    assert.equal((await rows()).length, 1)
    const [moved] = await store.commit([page(bucket, 40, 50, [])])
    assert.ok(moved?.ok === true && moved.recordedAtMs! > 0)
    assert.equal((await positions())[0], 50)
    // Others who use the server write to the disk as well.
    assert.ok(behind >= 10, `${behind} of 40`)
    await assert.rejects(store.commit([page(bucket, 50, 51, [write('a', 51, undefined)])]))
  })
}

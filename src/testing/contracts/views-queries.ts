import assert from 'node:assert/strict'
import { compareOf, type CompareValues } from '../../base/row-value.ts'
import type { ColumnKind, ColumnTest, Row, RowQuery, StoredRow, TableSpec } from '../../ports/views.ts'
import { seededRandom } from '../seeded-random.ts'
import { put, rejects, table } from './store-case.ts'
import { seen, type ViewsCase } from './views-case.ts'

const people: TableSpec = {
  name: 'view_people_1',
  columns: [
    { name: 'name', kind: 'text', nullable: true },
    { name: 'age', kind: 'integer', nullable: true },
    { name: 'wealth', kind: 'decimal', precision: 12, scale: 2, nullable: true },
    { name: 'debt', kind: 'decimal', precision: 30, scale: 2, nullable: true },
    { name: 'born', kind: 'long', nullable: true },
    { name: 'score', kind: 'real', nullable: true },
    { name: 'mark', kind: 'bytes', nullable: true },
    { name: 'member', kind: 'boolean', nullable: true },
  ],
  indexes: [['age'], ['name'], ['member', 'age'], ['wealth']],
  unique: [],
}
// Few different values, so that pages end in the middle of equal ones.
const values: Readonly<Record<string, readonly unknown[]>> = {
  name: [null, '', 'a', 'B', 'b', 'bb', 'é', '\uffee', '\u{1f600}', "o'b"],
  age: [null, -1, 0, 7, 10, 1_000_000],
  wealth: [null, '-10.00', '-9.50', '0.00', '9.00', '10.00', '1000.00'],
  debt: [null, '-123456789012345678901.00', '-12.00', '-2.00', '0.00', '3.00', '20.00', '123456789012345678901.00'],
  born: [null, -(2n ** 62n), -1n, 0n, 5n, 2n ** 62n],
  score: [null, -1e300, -0.5, 0, 0.25, 1e300],
  mark: [
    null,
    new Uint8Array(0),
    Uint8Array.of(0),
    Uint8Array.of(0, 1),
    Uint8Array.of(127),
    Uint8Array.of(128),
    Uint8Array.of(255),
  ],
  member: [null, false, true],
}
const names = Object.keys(values)

/** Queries of views against a model that sorts and filters an array. */
export const viewQueryCases: readonly ViewsCase[] = [
  {
    title: 'pages of rows, forwards and backwards by every column over equal values and nulls, are those of a model',
    async run({ views, write, compareText }) {
      const random = seededRandom(20_260_131)
      const rows = peopleOf(random, 120)
      await views.ensure(people)
      await write(...rows.map(({ key, row, applied }) => ({ table: people.name, key, row, applied })))
      for (const orderBy of [undefined, ...names]) {
        for (const descending of [false, true]) {
          const query = { where: testsOf(random, names), descending, ...(orderBy === undefined ? {} : { orderBy }) }
          const expected = modelOf(rows, query, compareText)
          const limit = 1 + Math.floor(random() * 9)
          const found: StoredRow[] = []
          for (let page = await views.find(people, { ...query, limit }); page.length > 0;) {
            found.push(...page)
            const last = page.at(-1)!
            const after = { key: last.key, ...(orderBy === undefined ? {} : { value: last.row?.[orderBy] }) }
            page = page.length < limit ? [] : await views.find(people, { ...query, limit, after })
          }
          assert.deepEqual(
            seen(found),
            expected,
            JSON.stringify(query, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
          )
          assert.equal(await views.count(people, query.where), expected.length)
        }
      }
    },
  },
  {
    title: 'every test of every column picks the rows that a model picks',
    async run({ views, write, compareText }) {
      const random = seededRandom(7)
      const rows = peopleOf(random, 60)
      await views.ensure(people)
      await write(...rows.map(({ key, row, applied }) => ({ table: people.name, key, row, applied })))
      for (const column of names) {
        for (const value of values[column]!) {
          for (const is of ['eq', 'gt', 'gte', 'lt', 'lte'] as const) {
            const where: readonly ColumnTest[] = [{ column, is, value }]
            const keys = (await views.find(people, { where, limit: 1_000 })).map(({ key }) => key)
            assert.deepEqual(
              keys,
              modelOf(rows, { where }, compareText).map(({ key }) => key),
              `${column} ${is} ${String(value)}`,
            )
          }
        }
        const among: readonly ColumnTest[] = [{ column, is: 'in', values: values[column]!.slice(0, 3) }]
        assert.equal(await views.count(people, among), modelOf(rows, { where: among }, compareText).length, column)
        assert.equal(await views.count(people, [{ column, is: 'in', values: [] }]), 0)
      }
    },
  },
  {
    title: 'a page may begin at a place where no row is any more',
    async run({ views, write }) {
      await views.ensure(table())
      const rows = [put('a', { size: 1 }), put('c', { size: 1 }), put('d', { size: 3 }), put('e', {})]
      await write(...rows)
      const keys = async (query: Partial<RowQuery>): Promise<string[]> =>
        (await views.find(table(), { where: [], limit: 10, ...query })).map(({ key }) => key)
      assert.deepEqual(await keys({ after: { key: 'b' } }), ['c', 'd', 'e'])
      assert.deepEqual(await keys({ orderBy: 'size', after: { key: 'b', value: 1 } }), ['c', 'd'])
      assert.deepEqual(await keys({ orderBy: 'size', after: { key: 'x', value: null } }), ['a', 'c', 'd'])
      assert.deepEqual(await keys({ orderBy: 'size', descending: true, after: { key: 'x', value: 2 } }), [
        'c',
        'a',
        'e',
      ])
      assert.deepEqual(await keys({ orderBy: 'size', descending: true, after: { key: 'x', value: null } }), ['e'])
      assert.deepEqual(await keys({ where: [{ column: 'size', is: 'eq', value: 1 }], after: { key: 'a' } }), ['c'])
      const equal = { where: [{ column: 'size', is: 'eq', value: 1 }], orderBy: 'size' } as const
      assert.deepEqual(await keys({ ...equal, after: { key: 'a', value: 0 } }), ['a', 'c'])
      assert.deepEqual(await keys({ ...equal, after: { key: 'a', value: 2 } }), [])
    },
  },
  {
    title: 'queries of unknown columns, of nested ones, or with values of another type are refused',
    async run({ views }) {
      const things = table('view_things_1', {
        columns: [...table().columns, { name: 'nested', kind: 'json', nullable: true }],
      })
      await views.ensure(things)
      const find = (query: Partial<RowQuery>): Promise<unknown> => views.find(things, { where: [], limit: 5, ...query })
      await rejects(find({ orderBy: 'none' }), 'EW_QUERY')
      await rejects(find({ orderBy: 'nested' }), 'EW_QUERY')
      await rejects(find({ orderBy: 'constructor' }), 'EW_QUERY')
      await rejects(find({ where: [{ column: '1 or 1', is: 'eq', value: 1 }] }), 'EW_QUERY')
      await rejects(find({ where: [{ column: 'size', is: 'eq', value: '1' }] }), 'EW_QUERY')
      await rejects(find({ where: [{ column: 'name', is: 'in', values: ['a', 1] }] }), 'EW_QUERY')
      await rejects(find({ orderBy: 'size', after: { key: 'a', value: 'b' } }), 'EW_QUERY')
      await rejects(find({ limit: 0 }), 'EW_QUERY')
      await rejects(views.count(things, [{ column: 'nested', is: 'eq', value: 1 }]), 'EW_QUERY')
    },
  },
]

function peopleOf(random: () => number, count: number): StoredRow[] {
  return Array.from({ length: count }, (_, index) => {
    const row: Row = Object.fromEntries(names.map((name) => [name, pick(random, values[name]!)]))
    return { key: `${pick(random, ['a', 'B', 'é', '\u{1f600}', '\uffee'])}${index}`, row, applied: index + 1 }
  })
}

function testsOf(random: () => number, columns: readonly string[]): ColumnTest[] {
  return Array.from({ length: Math.floor(random() * 3) }, () => {
    const column = pick(random, columns)
    const is = pick(random, ['eq', 'gt', 'gte', 'lt', 'lte', 'in'] as const)
    if (is === 'in') return { column, is, values: values[column]!.filter(() => random() < 0.6) }
    return { column, is, value: pick(random, values[column]!) }
  })
}

function modelOf(
  rows: readonly StoredRow[],
  query: Pick<RowQuery, 'where' | 'orderBy' | 'descending'>,
  compareText: CompareValues,
): StoredRow[] {
  const comparing = (kind: ColumnKind): CompareValues => (kind === 'text' ? compareText : compareOf(kind))
  const found = rows.filter(({ row }) =>
    query.where.every((test) => {
      const compare = comparing(people.columns.find(({ name }) => name === test.column)!.kind)
      const value = row?.[test.column]
      if (test.is === 'in') return test.values.some((each) => compare(value, each) === 0)
      if (test.is === 'eq') return compare(value, test.value) === 0
      if (value === null || test.value === null) return false
      const order = compare(value, test.value)
      return test.is === 'gt' ? order > 0 : test.is === 'gte' ? order >= 0 : test.is === 'lt' ? order < 0 : order <= 0
    }),
  )
  const compareKeys = comparing('text')
  const column = people.columns.find(({ name }) => name === query.orderBy)
  const compare = column === undefined ? () => 0 : comparing(column.kind)
  const name = column?.name ?? ''
  found.sort((a, b) => compare(a.row?.[name], b.row?.[name]) || compareKeys(a.key, b.key))
  return query.descending === true ? found.reverse() : found
}

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T
}

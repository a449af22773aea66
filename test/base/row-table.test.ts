import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RowTable, type RowEntry, type RowTest } from '../../src/base/row-table.ts'

const shape = {
  columns: [
    { name: 'size', kind: 'integer' },
    { name: 'name', kind: 'text' },
    { name: 'other', kind: 'integer' },
  ],
  indexes: [['size'], ['name']],
  unique: [],
} as const
type Placed = Pick<RowEntry, 'key' | 'row'>
type Change = typeof entry extends fc.Arbitrary<infer Entry> ? Entry : never

const column = fc.constantFrom('size', 'name', 'other')
const size = fc.option(fc.nat(3))
const name = fc.option(fc.constantFrom('a', 'b'))
const entry = fc.record({
  key: fc.constantFrom(...'abcdefgh'),
  size,
  name,
  other: size,
  gone: fc.constantFrom(false, false, false, 'deleted', 'tombstone'),
})
const aTest = fc.oneof(
  fc.record({
    column: fc.constantFrom('size', 'other'),
    is: fc.constantFrom('eq', 'gt', 'gte', 'lt', 'lte'),
    value: size,
  }),
  fc.record({ column: fc.constant('name'), is: fc.constantFrom('eq', 'lt', 'gte'), value: name }),
  fc.record({ column: fc.constant('size'), is: fc.constant('in'), values: fc.array(size, { maxLength: 2 }) }),
) as fc.Arbitrary<RowTest>

test('pages and counts are those of a filtered, sorted array, from every place to begin', () => {
  const page = fc.record({
    where: fc.array(aTest, { maxLength: 2 }),
    orderBy: fc.option(column, { nil: undefined }),
    descending: fc.boolean(),
    limit: fc.integer({ min: 1, max: 4 }),
    after: fc.option(fc.record({ key: fc.constantFrom('', 'b', 'bb', 'e', 'z'), size, name }), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 25 }), page, (entries, { orderBy, after, ...rest }) => {
      const [table, rows] = filled(entries)
      const place = after && { key: after.key, value: orderBy === 'name' ? after.name : after.size }
      const ordered = { ...rest, ...(orderBy === undefined ? {} : { orderBy }) }
      const query = place === undefined ? ordered : { ...ordered, after: place }
      const matching = rows.filter(({ row }) => rest.where.every((test) => passes(row?.[test.column], test)))
      const order = (a: Placed, b: Placed): number => {
        const [left, right] =
          orderBy === undefined ? [null, null] : [a.row?.[orderBy] ?? null, b.row?.[orderBy] ?? null]
        return compareNullable(left, right) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
      }
      const turned = (a: Placed, b: Placed): number => (rest.descending ? order(b, a) : order(a, b))
      const bound = place && { key: place.key, row: { [orderBy ?? '']: place.value } }
      const beyond = matching.filter((row) => bound === undefined || turned(row, bound) > 0)
      const expected = beyond.sort(turned).slice(0, rest.limit)
      assert.deepEqual(table.find(query), expected)
      assert.equal(table.count(rest.where), matching.length)
      assert.equal(table.size, rows.length)
    }),
    { numRuns: 3_000 },
  )
})

test('the holder of unique values is the row that has them now', () => {
  const table = new RowTable({ ...shape, unique: [['name'], ['name', 'size']] })
  const set = (key: string, row: Record<string, unknown> | undefined): void => table.set({ key, row, applied: 1 })
  set('a', { name: 'x', size: 1 })
  assert.equal(table.holder(['name'], { name: 'x' }), 'a')
  assert.equal(table.holder(['name', 'size'], { name: 'x', size: 2 }), undefined)
  set('b', { name: 'x', size: 2 })
  set('a', { name: 'y', size: 1 })
  assert.equal(table.holder(['name'], { name: 'x' }), 'b')
  set('b', undefined)
  assert.equal(table.holder(['name'], { name: 'x' }), undefined)
  table.delete('a')
  assert.equal(table.holder(['name'], { name: 'y' }), undefined)
  assert.equal(table.holder(['name'], { name: null }), undefined)
})

function filled(entries: readonly Change[]): [RowTable, RowEntry[]] {
  const table = new RowTable(shape)
  const model = new Map<string, RowEntry>()
  for (const { key, gone, ...row } of entries) {
    model.delete(key)
    if (gone === 'deleted') table.delete(key)
    else table.set({ key, row: gone === 'tombstone' ? undefined : row, applied: 1 })
    if (gone === false) model.set(key, { key, row, applied: 1 })
    // Sorted lists are made at the first use of a column, so some are kept up to date from the middle on.
    if (key === 'd') table.find({ where: [], orderBy: 'other', limit: 1 })
  }
  return [table, [...model.values()]]
}

function compareNullable(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

function passes(value: unknown, test: RowTest): boolean {
  if (test.is === 'in') return test.values.includes(value ?? null)
  if (test.is === 'eq') return (value ?? null) === test.value
  if (value === null || test.value === null) return false
  const order = compareNullable(value, test.value)
  return test.is === 'gt' ? order > 0 : test.is === 'gte' ? order >= 0 : test.is === 'lt' ? order < 0 : order <= 0
}

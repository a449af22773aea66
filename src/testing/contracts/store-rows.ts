import assert from 'node:assert/strict'
import type { Column, Row, RowWrite, TableSpec } from '../../ports/views.ts'
import { commitOne, inbox, lost, put, rejects, table, won, type StoreCase } from './store-case.ts'
import type { Store } from '../../ports/store.ts'

let counter = 0
const write = async (store: Store, ...rows: RowWrite[]): Promise<void> => {
  won(await commitOne(store, { inbox: [inbox(`write-${counter++}`)], rows }))
}
const column = (name: string, kind: Column['kind'], change: Partial<Column> = {}): Column => ({
  name,
  kind,
  nullable: true,
  ...change,
})

const everyKind: TableSpec = {
  name: 'view_every_kind_1',
  columns: [
    column('text', 'text'),
    column('integer', 'integer'),
    column('long', 'long'),
    column('real', 'real'),
    column('boolean', 'boolean'),
    column('money', 'decimal', { precision: 12, scale: 3 }),
    column('wide', 'decimal', { precision: 18, scale: 0 }),
    column('huge', 'decimal', { precision: 40, scale: 20 }),
    column('bytes', 'bytes'),
    column('json', 'json'),
    column('maybe', 'text', { optional: true }),
    column('select', 'text'),
    column('a "quoted" name', 'text'),
    column('__proto__', 'integer'),
    column('constructor', 'text', { optional: true }),
  ],
  indexes: [['text'], ['money', 'long'], ['select']],
  unique: [],
}
const members = (entries: readonly (readonly [string, unknown])[]): Row => {
  const nothing: (readonly [string, unknown])[] = everyKind.columns
    .filter(({ optional }) => optional !== true)
    .map(({ name }) => [name, null])
  return Object.fromEntries(nothing.concat(entries)) as Row
}
const rowsOfEveryKind: readonly Row[] = [
  members([]),
  members([
    ['text', `it's "quoted" \u{1f600} %_`],
    ['integer', 2 ** 53 - 1],
    ['long', 2n ** 63n - 1n],
    ['real', 0.1],
    ['boolean', true],
    ['money', '123456789.125'],
    ['wide', '999999999999999999'],
    ['huge', '12345678901234567890.12345678901234567890'],
    ['bytes', Uint8Array.from([0, 1, 254, 255])],
    ['json', { b: [1, null, { c: 'x' }], a: true }],
    ['maybe', 'here'],
    ['select', 'from'],
    ['a "quoted" name', 'x'],
    ['__proto__', 7],
    ['constructor', 'y'],
  ]),
  members([
    ['text', ''],
    ['integer', -(2 ** 53 - 1)],
    ['long', -(2n ** 63n)],
    ['real', -1.5e300],
    ['boolean', false],
    ['money', '-0.001'],
    ['wide', '-999999999999999999'],
    ['huge', '-0.00000000000000000001'],
    ['bytes', new Uint8Array(0)],
    ['json', []],
  ]),
  members([
    ['integer', 0],
    ['long', 0n],
    ['real', 0],
    ['money', '0.000'],
    ['wide', '0'],
    ['huge', '0.00000000000000000000'],
    ['json', 'text'],
  ]),
]

/** Rows of views: values, tombstones, guards and unique columns. */
export const rowCases: readonly StoreCase[] = [
  {
    title: 'a row of every kind comes back with exactly its values',
    async run({ store }) {
      await store.views.ensure(everyKind)
      await write(
        store,
        ...rowsOfEveryKind.map((row, index) => ({
          table: everyKind.name,
          key: `k${index}`,
          row,
          applied: 2 ** 40 + index,
        })),
      )
      const stored = await store.views.get(everyKind, ['k3', 'k1', 'none', 'k0', 'k2'])
      assert.deepEqual(
        stored,
        [3, 1, 0, 2].map((index) => ({ key: `k${index}`, row: rowsOfEveryKind[index], applied: 2 ** 40 + index })),
      )
    },
  },
  {
    title: 'a table is made once, keeps its rows, and is gone when it is dropped',
    async run({ store, another }) {
      const other = await another()
      await Promise.all([store.views.ensure(table()), other.views.ensure(table())])
      await write(store, put('r', { name: 'x' }))
      await other.views.ensure(table())
      await write(other, put('s', { name: 'y' }))
      assert.equal(await store.views.count(table(), []), 2)
      await store.views.drop('view_things_1')
      await store.views.drop('view_things_1')
      await rejects(store.commit([{ inbox: [inbox('drop')], rows: [put('r', {})] }]), 'EW_UNIT')
      await store.views.ensure(table())
      assert.equal(await store.views.count(table(), []), 0)
    },
  },
  {
    title: 'tables that a database could not hold are refused',
    async run({ store }) {
      const columns = (...names: string[]): TableSpec =>
        table('view_x_1', { columns: names.map((name) => column(name, 'text')), indexes: [] })
      await rejects(store.views.ensure(columns('name', 'Name')), 'EW_DESIGN')
      await rejects(store.views.ensure(columns('')), 'EW_DESIGN')
      await rejects(store.views.ensure(columns('ew_key')), 'EW_DESIGN')
      await rejects(store.views.ensure(table('drop table x; --')), 'EW_DESIGN')
      await rejects(store.views.ensure(table('view_x_1', { indexes: [['none']] })), 'EW_DESIGN')
    },
  },
  {
    title: 'rows are replaced and removed, and the last write of a unit and of a batch counts',
    async run({ store }) {
      await store.views.ensure(table())
      await write(
        store,
        put('a', { size: 1 }),
        put('b', { size: 1 }),
        put('a', { size: 2 }, { applied: 2 }),
        put('c', { size: 3 }),
      )
      await store.commit([
        { inbox: [inbox('one')], rows: [put('b', { size: 5 }), put('c', undefined)] },
        { inbox: [inbox('two')], rows: [put('b', { size: 6 }, { applied: 7 })] },
      ])
      const rows = (await store.views.get(table(), ['a', 'b', 'c'])).map(({ key, row, applied }) => [
        key,
        row?.['size'],
        applied,
      ])
      assert.deepEqual(rows, [
        ['a', 2, 2],
        ['b', 6, 7],
      ])
    },
  },
  {
    title: 'a tombstone keeps what was applied, is seen by get and by nothing else, and gives way to a row',
    async run({ store }) {
      await store.views.ensure(table())
      await write(store, put('a', { size: 1 }), put('b', { size: 2 }))
      await write(store, put('a', undefined, { applied: 9, tombstone: true }))
      assert.deepEqual(await store.views.get(table(), ['a']), [{ key: 'a', row: undefined, applied: 9 }])
      assert.deepEqual(
        (await store.views.find(table(), { where: [], limit: 10 })).map(({ key }) => key),
        ['b'],
      )
      assert.deepEqual(
        (await store.views.find(table(), { where: [], orderBy: 'name', limit: 10 })).map(({ key }) => key),
        ['b'],
      )
      assert.equal(await store.views.count(table(), [{ column: 'name', is: 'eq', value: null }]), 1)
      await write(store, put('a', { size: 3 }, { applied: 10, guard: 9 }))
      assert.equal(await store.views.count(table(), []), 2)
    },
  },
  {
    title: 'a guard holds only for the version that the row has applied, 0 for no row, before the unit',
    async run({ store }) {
      await store.views.ensure(table())
      const guarded = async (key: string, guard: number, applied: number): Promise<unknown> => {
        const outcome = await commitOne(store, {
          inbox: [inbox(`guard-${counter++}`)],
          rows: [put(key, { size: 1 }, { guard, applied })],
        })
        return outcome.ok || lost(outcome, 'row').applied
      }
      assert.equal(await guarded('a', 1, 1), 0)
      assert.equal(await guarded('a', 0, 4), true)
      assert.equal(await guarded('a', 0, 5), 4)
      assert.equal(await guarded('a', 4, 5), true)
      const outcomes = await store.commit([
        {
          inbox: [inbox('g1')],
          rows: [put('a', undefined, { guard: 5, applied: 6, tombstone: true }), put('b', {}, { guard: 0 })],
        },
        { inbox: [inbox('g2')], rows: [put('a', {}, { guard: 5, applied: 6 })] },
        { inbox: [inbox('g3')], rows: [put('a', {}, { guard: 6, applied: 7 }), put('b', undefined, { guard: 1 })] },
        { inbox: [inbox('g4')], rows: [put('b', {}, { guard: 0 })] },
      ])
      assert.deepEqual(
        outcomes.map((outcome) => outcome.ok || lost(outcome, 'row').applied),
        [true, 6, true, true],
      )
    },
  },
  {
    title: 'unique values are refused to others, in a batch too, and are free again when their row lets go',
    async run({ store }) {
      const things = table('view_things_1', { unique: [['name'], ['name', 'size']] })
      await store.views.ensure(things)
      const outcomes = await store.commit([
        { inbox: [inbox('1')], rows: [put('a', { name: 'x' })] },
        { inbox: [inbox('2')], rows: [put('b', { name: 'x' })] },
        { inbox: [inbox('3')], rows: [put('a', { name: 'y' })] },
        { inbox: [inbox('4')], rows: [put('b', { name: 'x' }), put('c', { name: 'z' })] },
        { inbox: [inbox('5')], rows: [put('d', { name: 'v' }), put('e', { name: 'v' })] },
      ])
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, false, true, true, false],
      )
      assert.deepEqual(lost(outcomes[1], 'unique'), {
        ok: false,
        reason: 'unique',
        table: 'view_things_1',
        columns: ['name'],
      })
      lost(await commitOne(store, { inbox: [inbox('6')], rows: [put('d', { name: 'y' })] }), 'unique')
      await write(store, put('a', undefined, { tombstone: true }), put('d', { name: 'y' }))
      await write(store, put('b', { name: 'z' }), put('c', { name: 'x' }))
      await write(store, put('b', { name: 'z', size: 4 }))
      const names = (await store.views.find(things, { where: [], limit: 10 })).map(({ key, row }) => [
        key,
        row?.['name'],
      ])
      assert.deepEqual(names, [
        ['b', 'z'],
        ['c', 'x'],
        ['d', 'y'],
      ])
    },
  },
  {
    title: 'null is never taken, also as a part of several unique columns',
    async run({ store }) {
      await store.views.ensure(table('view_things_1', { unique: [['name'], ['size', 'name']] }))
      await write(store, put('a', { size: 1 }), put('b', { size: 1 }), put('c', {}), put('d', {}))
      await write(store, put('e', { size: 1 }))
      assert.equal(await store.views.count(table(), [{ column: 'name', is: 'eq', value: null }]), 5)
    },
  },
]

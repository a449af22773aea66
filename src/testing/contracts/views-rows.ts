import assert from 'node:assert/strict'
import type { Column, Row, TableSpec } from '../../ports/views.ts'
import { put, rejects, table } from './store-case.ts'
import { seen, type ViewsCase } from './views-case.ts'

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

/** Rows of views, wherever they are: values, tables and tombstones. */
export const viewRowCases: readonly ViewsCase[] = [
  {
    title: 'a row of every kind comes back with exactly its values',
    async run({ views, write }) {
      await views.ensure(everyKind)
      await write(
        ...rowsOfEveryKind.map((row, index) => ({
          table: everyKind.name,
          key: `k${index}`,
          row,
          applied: 2 ** 40 + index,
        })),
      )
      const stored = seen(await views.get(everyKind, ['k3', 'k1', 'none', 'k0', 'k2']))
      assert.deepEqual(
        stored,
        [3, 1, 0, 2].map((index) => ({ key: `k${index}`, row: rowsOfEveryKind[index], applied: 2 ** 40 + index })),
      )
    },
  },
  {
    title: 'a table is made once, keeps its rows, and is gone when it is dropped',
    async run({ views, write, another }) {
      const other = await another()
      await Promise.all([views.ensure(table()), other.views.ensure(table())])
      await write(put('r', { name: 'x' }))
      await other.views.ensure(table())
      await other.write(put('s', { name: 'y' }))
      assert.equal(await views.count(table(), []), 2)
      await views.drop('view_things_1')
      await views.drop('view_things_1')
      await rejects(write(put('r', {})), 'EW_UNIT')
      await views.ensure(table())
      assert.equal(await views.count(table(), []), 0)
    },
  },
  {
    title: 'tables that a database could not hold are refused',
    async run({ views }) {
      const columns = (...names: string[]): TableSpec =>
        table('view_x_1', { columns: names.map((name) => column(name, 'text')), indexes: [] })
      await rejects(views.ensure(columns('name', 'Name')), 'EW_DESIGN')
      await rejects(views.ensure(columns('')), 'EW_DESIGN')
      await rejects(views.ensure(columns('ew_key')), 'EW_DESIGN')
      await rejects(views.ensure(table('drop table x; --')), 'EW_DESIGN')
      await rejects(views.ensure(table('view_x_1', { indexes: [['none']] })), 'EW_DESIGN')
    },
  },
  {
    title: 'rows are replaced, and what is removed is found no more, until there is a row again',
    async run({ views, write }) {
      await views.ensure(table())
      const left = async (): Promise<unknown> =>
        (await views.find(table(), { where: [], limit: 10 })).map(({ key, row, applied }) => [
          key,
          row?.['size'],
          applied,
        ])
      await write(put('a', { size: 1 }), put('b', { size: 1 }), put('c', { size: 3 }))
      await write(put('a', { size: 2 }, { applied: 2 }), put('b', undefined, { applied: 2 }))
      assert.deepEqual(await left(), [
        ['a', 2, 2],
        ['c', 3, 1],
      ])
      assert.equal((await views.get(table(), ['b']))[0]?.row, undefined)
      await write(put('b', { size: 4 }, { applied: 3 }))
      await write(put('c', undefined, { applied: 2 }))
      assert.deepEqual(await left(), [
        ['a', 2, 2],
        ['b', 4, 3],
      ])
    },
  },
  {
    title: 'a tombstone keeps what was applied, is seen by get and by nothing else, and gives way to a row',
    async run({ views, write }) {
      await views.ensure(table())
      await write(put('a', { size: 1 }), put('b', { size: 2 }))
      await write(put('a', undefined, { applied: 9, tombstone: true }))
      assert.deepEqual(seen(await views.get(table(), ['a'])), [{ key: 'a', row: undefined, applied: 9 }])
      assert.deepEqual(
        (await views.find(table(), { where: [], limit: 10 })).map(({ key }) => key),
        ['b'],
      )
      assert.deepEqual(
        (await views.find(table(), { where: [], orderBy: 'name', limit: 10 })).map(({ key }) => key),
        ['b'],
      )
      assert.equal(await views.count(table(), [{ column: 'name', is: 'eq', value: null }]), 1)
      await write(put('a', { size: 3 }, { applied: 10 }))
      assert.equal(await views.count(table(), []), 2)
    },
  },
]

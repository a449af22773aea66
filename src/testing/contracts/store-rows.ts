import assert from 'node:assert/strict'
import type { RowWrite } from '../../ports/views.ts'
import { commitOne, inbox, lost, put, table, won, type StoreCase } from './store-case.ts'
import type { Store } from '../../ports/store.ts'

let counter = 0
const write = async (store: Store, ...rows: RowWrite[]): Promise<void> => {
  won(await commitOne(store, { inbox: [inbox(`write-${counter++}`)], rows }))
}

/** Rows of views that commit with a unit: batches, guards and unique columns. */
export const rowCases: readonly StoreCase[] = [
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

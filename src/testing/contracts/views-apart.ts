import assert from 'node:assert/strict'
import type { ApartWrite } from '../../ports/views.ts'
import type { ViewDatabase } from '../../ports/views-apart.ts'
import { rejects, table } from './store-case.ts'
import type { ViewsUnderTest } from './views-case.ts'

/** One test of a database for rows of views. */
export interface ApartCase {
  readonly title: string
  readonly run: (opened: ViewsUnderTest) => Promise<void>
}

const things = 'view_things_1'
const write = (key: string, size: number | undefined, revision: number): ApartWrite => ({
  key,
  row: size === undefined ? undefined : { name: null, size },
  applied: 10 + revision,
  revision,
})
const now = async (database: ViewDatabase, ...keys: string[]): Promise<unknown> =>
  (await database.get(table(), keys)).map(({ row, applied, revision }) => [row?.['size'], applied, revision])

/** What rows promise that are written one by one: each only over the one that was read. */
export const apartCases: readonly ApartCase[] = [
  {
    title: 'a row is written over the one that was read and over no other, and is read with its revision',
    async run({ database }) {
      await database.ensure(table())
      assert.deepEqual(await database.write(things, [write('a', 1, 0)]), [])
      assert.deepEqual(await now(database, 'a'), [[1, 10, 1]])
      assert.deepEqual(await database.write(things, [write('a', 2, 0)]), ['a'])
      assert.deepEqual(await now(database, 'a'), [[1, 10, 1]])
      assert.deepEqual(await database.write(things, [write('a', 2, 1)]), [])
      assert.deepEqual(await database.write(things, [write('a', 3, 1)]), ['a'])
      assert.deepEqual(await now(database, 'a'), [[2, 11, 2]])
      const [found] = await database.find(table(), { where: [], limit: 1 })
      assert.equal(found?.revision, 2)
    },
  },
  {
    title: 'a deleted row is not put back by whoever had read nothing, or what it was',
    async run({ database, another }) {
      const late = await another()
      await database.ensure(table())
      await late.ensure(table())
      await database.write(things, [write('a', 1, 0), write('b', undefined, 0)])
      await database.write(things, [write('a', undefined, 1)])
      assert.deepEqual(await late.write(things, [write('a', 5, 0)]), ['a'])
      assert.deepEqual(await late.write(things, [write('a', 5, 1)]), ['a'])
      assert.deepEqual(await late.write(things, [write('b', 5, 0)]), ['b'])
      assert.deepEqual(await now(database, 'a', 'b'), [
        [undefined, 11, 2],
        [undefined, 10, 1],
      ])
      assert.equal(await database.count(table(), []), 0)
      assert.deepEqual(await late.write(things, [write('a', 6, 2)]), [])
      assert.equal(await database.count(table(), []), 1)
    },
  },
  {
    title: 'rows that come too late keep none of the others from being written',
    async run({ database }) {
      await database.ensure(table())
      await database.write(things, [write('b', 1, 0), write('d', 1, 0)])
      const all = [write('a', 2, 0), write('b', 2, 0), write('c', 2, 0), write('d', 2, 7), write('e', undefined, 0)]
      assert.deepEqual([...(await database.write(things, all))].sort(), ['b', 'd'])
      assert.deepEqual(await now(database, 'a', 'b', 'c', 'd', 'e'), [
        [2, 10, 1],
        [1, 10, 1],
        [2, 10, 1],
        [1, 10, 1],
        [undefined, 10, 1],
      ])
      assert.deepEqual(await database.write(things, []), [])
    },
  },
  {
    title: 'of many that have read the same row one writes it',
    async run({ database, another }) {
      const other = await another()
      await database.ensure(table())
      await other.ensure(table())
      for (const revision of [0, 1, 2]) {
        const tries = Array.from({ length: 10 }, (_, size) =>
          (size % 2 === 0 ? database : other).write(things, [write('a', size, revision)]),
        )
        const answers = await Promise.all(tries)
        const [winner] = answers.flatMap((refused, size) => (refused.length === 0 ? [size] : []))
        assert.equal(answers.filter((refused) => refused.length === 0).length, 1)
        assert.deepEqual(await now(database, 'a'), [[winner, 10 + revision, revision + 1]])
      }
    },
  },
  {
    title: 'it is the same place whoever opens it, of one store alone',
    async run({ database, another }) {
      assert.notEqual(database.placeId, '')
      assert.equal((await another()).placeId, database.placeId)
      await rejects(another('another store'), 'EW_STORE_FOREIGN')
    },
  },
  {
    title: 'what comes after its end is refused',
    async run({ another }) {
      const closing = await another()
      await closing.ensure(table())
      await closing.close()
      await rejects(closing.get(table(), ['a']), 'EW_CLOSED')
      await rejects(closing.write(things, [write('a', 1, 0)]), 'EW_CLOSED')
    },
  },
]

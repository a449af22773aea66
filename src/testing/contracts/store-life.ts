import assert from 'node:assert/strict'
import type { Store } from '../../ports/store.ts'
import { commitOne, event, everything, rejects, unit, won, type StoreCase } from './store-case.ts'

/** Opening, closing, waking, and what of SQL there is. */
export const lifeCases: readonly StoreCase[] = [
  {
    title: 'what was committed is there when the data are opened again, under the same store id',
    async run({ store, another }) {
      won(await commitOne(store, unit('A/1', 'noStream', 2)))
      const again = await another()
      assert.ok(store.storeId.length > 0)
      assert.equal(again.storeId, store.storeId)
      assert.deepEqual(await everything(again), [
        [1, 'A/1', 1],
        [2, 'A/1', 2],
      ])
      won(await commitOne(again, unit('A/1', 2)))
      assert.equal(await store.log.version('A/1'), 3)
    },
  },
  {
    title: 'a watcher hears of commits of others until it is removed',
    async run({ store, another, patienceMs }) {
      const other = await another()
      let heard = 0
      const stop = store.watch(() => void heard++)
      try {
        for (let n = 0, last = 0; n < 3; n++, last = heard) {
          won(await commitOne(other, unit('A/1')))
          await until(() => heard > last, `a watcher heard nothing of commit ${n + 1}`, patienceMs)
        }
      } finally {
        stop()
      }
      const before = heard
      won(await commitOne(other, unit('A/1')))
      assert.equal(heard, before)
    },
  },
  {
    title: 'a store that nobody else writes to gives its own commits no pause',
    async run({ store }) {
      won(await commitOne(store, unit('A/1')))
      assert.equal(store.turnMs(), 0)
    },
  },
  {
    title: 'the clock of the store goes on, and commits are recorded by it',
    async run({ store, pass }) {
      const before = await store.now()
      await pass(60_000)
      const after = await store.now()
      assert.ok(after >= before + 60_000)
      won(await commitOne(store, unit('A/1')))
      assert.ok((await store.log.at([1]))[0]!.recordedAtMs >= after)
    },
  },
  {
    title: 'after close every call rejects, and close may be repeated',
    async run({ another }) {
      const store = await another()
      await store.close()
      await store.close()
      await rejects(store.commit([unit('A/1')]), 'EW_CLOSED')
      await rejects(store.log.head(0), 'EW_CLOSED')
      await rejects(store.ownership.list(), 'EW_CLOSED')
      await rejects(store.views.drop('view_x_1'), 'EW_CLOSED')
      await rejects(store.query('select 1', []), 'EW_CLOSED')
    },
  },
  {
    title: 'recorded SQL runs in the commit and is read back, or is refused by a store that runs none',
    async run({ store }) {
      const insert = {
        sql: `insert into notes (id, text) values (${place(store, 1)}, ${place(store, 2)})`,
        params: [1, "it's ?"],
      }
      const create = { sql: 'create table notes (id integer primary key, text text)', params: [] }
      if (store.sql === null) {
        await rejects(store.commit([{ ...unit('A/1'), statements: [create] }]), 'EW_SQL_UNSUPPORTED')
        await rejects(store.query('select 1', []), 'EW_SQL_UNSUPPORTED')
        assert.deepEqual(await everything(store), [])
        won(await commitOne(store, unit('A/1')))
        return
      }
      won(await commitOne(store, { ...unit('A/1'), statements: [create, insert] }))
      const rows = await store.query(`select id, text from notes where id = ${place(store, 1)}`, [1])
      assert.deepEqual(
        rows.map((row) => ({ ...row })),
        [{ id: 1, text: "it's ?" }],
      )
      await rejects(store.commit([{ ...unit('A/2'), statements: [insert] }]), 'EW_SQL')
      await rejects(store.query("insert into notes (id, text) values (2, 'no')", []), 'EW_SQL')
      assert.equal((await store.query('select id from notes', [])).length, 1)
      assert.deepEqual(await everything(store), [[1, 'A/1', 1]])
    },
  },
  {
    title: 'recorded SQL of a loser does not run, and none may touch the tables of the engine or the transaction',
    async run({ store }) {
      const refusal = store.sql === null ? 'EW_SQL_UNSUPPORTED' : 'EW_SQL'
      for (const sql of ['delete from ew_events', 'commit', 'rollback', 'update "ew_head" set position = 0']) {
        await rejects(store.commit([{ ...unit('A/1'), statements: [{ sql, params: [] }] }]), refusal)
      }
      const statements = [{ sql: 'create table lost (id integer)', params: [] }]
      if (store.sql === null) return await rejects(store.commit([{ ...unit('A/1', 5), statements }]), refusal)
      assert.equal((await commitOne(store, { ...unit('A/1', 5, [event()]), statements })).ok, false)
      await rejects(store.query('select * from lost', []), 'EW_SQL')
      assert.equal(await store.log.head(0), 0)
    },
  },
]

function place({ sql }: Store, n: number): string {
  return sql === 'postgres' ? `$${n}` : '?'
}

async function until(holds: () => boolean, message: string, patienceMs: number): Promise<void> {
  const started = performance.now()
  while (!holds()) {
    if (performance.now() - started > patienceMs) assert.fail(message)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { copyablePostgres } from '../../src/adapters/postgres/copying.ts'
import { storedTables } from '../../src/adapters/sql/stored-tables.ts'
import { copyableSqlite } from '../../src/adapters/sqlite/copying.ts'
import { systemClock } from '../../src/base/clock.ts'
import { isEventwrightError } from '../../src/base/errors.ts'
import { newId } from '../../src/base/ids.ts'
import type { CopyableStore } from '../../src/ports/copying.ts'
import type { Store } from '../../src/ports/store.ts'
import { copyStore } from '../../src/runtime/copy-store.ts'
import { inspect } from '../../src/runtime/inspect.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { sectionsOf } from '../fixtures/copied-sections.ts'
import { folderFor } from '../fixtures/folder.ts'
import { eventsOf, everyKind, fillStore } from '../fixtures/full-store.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'

interface Target extends CopyableStore {
  readonly adapter: StoreAdapter
}

interface Kind {
  readonly name: string
  make(t: TestContext): Target
}

const kinds: readonly Kind[] = [
  {
    name: 'sqlite',
    make(t) {
      const file = join(folderFor(t), 'copy.db')
      return { ...copyableSqlite(file, systemClock), adapter: sqlite(file) }
    },
  },
  ...(postgresUrl() === undefined ? [] : [{ name: 'postgres', make: copyableFresh }]),
]

function copyableFresh(): Target {
  const { schema, adapter } = freshPostgres()
  return { ...copyablePostgres(postgresUrl()!, { schema }), adapter }
}

/** A file with something in every section. */
async function fullFile(t: TestContext, seed = 1): Promise<string> {
  const file = join(folderFor(t), 'full.db')
  const store = await sqlite(file).open({ clock: systemClock })
  const random = seededRandom(seed)
  await fillStore(store, (below) => Math.floor(random() * below))
  await store.close()
  const database = new DatabaseSync(file)
  const ofOne = 'where no = (select no from ew_events where seq = 3)'
  database.exec(
    `update ew_streams set part = part + 4 ${ofOne}; update ew_events set deleted = 1, data = null ${ofOne}`,
  )
  database.close()
  return file
}

const rejectsBy = (code: string) => (error: unknown) => isEventwrightError(error) && error.code === code

test('every section of a full store has rows, so that none is forgotten in what follows', async (t) => {
  const sections = await sectionsOf(copyableSqlite(await fullFile(t), systemClock))
  const names = [...storedTables.map(({ name }) => name), everyKind.name]
  assert.deepEqual([...sections.keys()].slice(1), names)
  assert.deepEqual(
    [...sections].flatMap(([name, rows]) => (rows.length === 0 ? [name] : [])),
    [],
  )
})

for (const { name: first, make: makeFirst } of kinds) {
  for (const { name: second, make: makeSecond } of kinds) {
    test(`a copy of a copy equals the original: sqlite, ${first}, ${second}`, async (t) => {
      for (const seed of [1, 2, 3]) {
        const original = copyableSqlite(await fullFile(t, seed), systemClock)
        const [copy, again] = [makeFirst(t), makeSecond(t)]
        const report = await copyStore(original, copy)
        await copyStore(copy, again)
        const expected = await sectionsOf(original)
        for (const store of [copy, again]) {
          const found = await sectionsOf(store)
          for (const [section, rows] of expected) assert.deepEqual(found.get(section), rows, `${store.name} ${section}`)
          assert.equal(found.size, expected.size)
        }
        const events = expected.get('ew_events')!.length
        assert.deepEqual([report.verifiedEvents, report.rows['ew_events'], report.notCopied], [events, events, []])
      }
    })
  }

  test(`whoever has a lease keeps a store from being copied from sqlite to ${first}`, async (t) => {
    const file = await fullFile(t)
    const store = await sqlite(file).open({ clock: systemClock })
    await store.ownership.claim('reader', 'news', 'process one', 60_000)
    const target = makeFirst(t)
    await assert.rejects(copyStore(copyableSqlite(file, systemClock), target), (error: Error) => {
      assert.ok(rejectsBy('EW_STORE_IN_USE')(error))
      assert.match(error.message, /process one works on sqlite full\.db, among others as reader/)
      return true
    })
    const rows = await store.ownership.list('reader')
    await store.ownership.release(rows)
    await store.close()
    await copyStore(copyableSqlite(file, systemClock), target)
    await assert.rejects(copyStore(copyableSqlite(file, systemClock), target), rejectsBy('EW_STORE_NOT_EMPTY'))
    await assert.rejects(copyStore(target, target), rejectsBy('EW_STORE_NOT_EMPTY'))
  })

  test(`a copy to ${first} that is broken off at any time leaves nothing, and can be begun anew`, async (t) => {
    const original = copyableSqlite(await fullFile(t), systemClock)
    const target = makeFirst(t)
    for (const share of [0, 0.4, 0.99]) {
      const stop = new AbortController()
      const onProgress = ({ done, of }: { done: number; of: number }): void => {
        if (done >= of * share) stop.abort(new Error('enough'))
      }
      await assert.rejects(copyStore(original, target, { signal: stop.signal, onProgress }), /enough/)
      const sections = await sectionsOf(target)
      assert.deepEqual([...sections].flatMap(([name, rows]) => (rows.length > 0 ? [name] : [])).sort(), [
        'ew_head',
        'ew_sequences',
        'store id',
      ])
    }
    await copyStore(original, target)
    assert.deepEqual((await sectionsOf(target)).get('ew_messages'), (await sectionsOf(original)).get('ew_messages'))
  })

  test(`nobody can write to a store while it is copied from ${first}`, async (t) => {
    const [source, target] = [makeFirst(t), copyableSqlite(join(folderFor(t), 'target.db'), systemClock)]
    await copyStore(copyableSqlite(await fullFile(t), systemClock), source)
    const store = await source.adapter.open({ clock: systemClock })
    let [isWritten, looks, late] = [false, 0, 0]
    let writing: Promise<void> | undefined
    const onProgress = (): void => {
      writing ??= store.commit([{ appends: [eventsOf('order/late', 1)] }]).then(
        () => void (isWritten = true),
        // Who waits too long is told.
        (error: unknown) => assert.ok(rejectsBy('EW_STORE_BUSY')(error)),
      )
      looks++
      if (isWritten) late++
    }
    const { rows } = await copyStore(source, target, { onProgress })
    await writing
    assert.deepEqual([looks > 10, late], [true, 0])
    assert.equal((await sectionsOf(target)).get('ew_events')!.length, rows['ew_events'])
    await store.close()
  })

  test(`a damaged event is found before there is a copy in ${first}`, async (t) => {
    const file = await fullFile(t)
    const database = new DatabaseSync(file)
    database.exec(`update ew_events set data = '{}' where seq = 5`)
    database.close()
    const target = makeFirst(t)
    await assert.rejects(copyStore(copyableSqlite(file, systemClock), target), (error: Error) => {
      assert.ok(rejectsBy('EW_STORE_CORRUPT')(error))
      assert.match(error.message, /nothing of it is kept: checksum .* position 5\)/)
      return true
    })
    assert.deepEqual((await sectionsOf(target)).get('ew_events'), [])
  })

  test(`what is written after the copy to ${first} goes on behind what came with it`, async (t) => {
    const file = await fullFile(t)
    const target = makeFirst(t)
    await copyStore(copyableSqlite(file, systemClock), target, { storeId: 'another' })
    const store = await target.adapter.open({ clock: systemClock })
    assert.equal(store.storeId, 'another')
    await extend(store)
    await store.close()
    // The way back ends in a file, which both kinds of targets can be counted in.
    const back = join(folderFor(t), 'back.db')
    await copyStore(target, copyableSqlite(back, systemClock))
    const [before, more] = [counted(file), counted(back)]
    for (const [name, last] of Object.entries(before)) assert.ok(more[name]! > last, `${name}: ${more[name]}, ${last}`)
  })
}

if (postgresUrl() !== undefined)
  test('a consumer whose buckets are not level goes to a store of the same kind, and to no other', async (t) => {
    const [source, same, other] = [copyableFresh(), copyableFresh(), kinds[0]!.make(t)]
    const store = await source.adapter.open({ clock: systemClock })
    await store.commit([{ appends: [eventsOf('order/1', 3)] }])
    await store.ownership.ensure('wide', 'log', 4, 0)
    const rows = await store.ownership.claim('wide', 'log', 'p', 60_000)
    const move = (bucket: number, to: number): Promise<unknown> => {
      const { consumer, source: from, epoch } = rows[bucket]!
      return store.commit([{ positions: [{ consumer, source: from, bucket, epoch, from: 0, to, ttlMs: 60_000 }] }])
    }
    await move(2, 3)
    await store.ownership.release(rows)
    await assert.rejects(copyStore(source, other), (error: Error) => {
      assert.ok(rejectsBy('EW_CONSUMERS_NOT_LEVEL')(error))
      assert.match(error.message, /the 4 buckets of wide stand between 0 and 3/)
      return true
    })
    await copyStore(source, same)
    const again = await store.ownership.claim('wide', 'log', 'p', 60_000)
    const level = again.filter(({ position }) => position === 0)
    const positions = level.map(({ consumer, source: from, bucket, epoch }) => {
      return { consumer, source: from, bucket, epoch, from: 0, to: 3, ttlMs: 60_000 }
    })
    await store.commit([{ positions }])
    await store.ownership.release(again)
    await copyStore(source, other)
    await store.close()
    assert.equal((await sectionsOf(other)).get('ew_ownership')!.length, 4)
  })

/** Writes something of everything that is counted on. */
async function extend(store: Store): Promise<void> {
  const message = { id: newId(), service: 'shop', channel: 'news', key: 'k', type: 'Told', headers: '{}', value: '{}' }
  const mail = { saga: 'refund', address: 'refund/1', key: 'new', kind: 'event', body: '{}' }
  const unit = { appends: [eventsOf('order/new', 1)], outbox: [message], mail: [mail] }
  const [outcome] = await store.commit([unit])
  assert.ok(outcome!.ok)
  await store.parked.discard('orders', [{ key: 'k2', position: 3 }], { who: 'eve', why: 'late' })
  await store.broker!.ensure([{ name: 'late', partitions: 1, retentionMs: undefined }])
  await store.broker!.publish([{ channel: 'late', key: 'a', id: newId(), headers: '{}', value: 'v' }])
  const findings = []
  for await (const step of inspect(store).verify()) findings.push(...step.findings)
  assert.deepEqual(findings, [])
}

/** The last number of everything that is counted on. */
function counted(file: string): Record<string, number> {
  const database = new DatabaseSync(file)
  const number = (sql: string): number => Object.values(database.prepare(sql).get()!)[0] as number
  try {
    return {
      log: number('select position from ew_head where part = 0'),
      outbox: number('select max(position) from ew_outbox'),
      mail: number('select max(seq) from ew_mail'),
      actions: number('select max(seq) from ew_parked_actions'),
      channels: number('select max(no) from ew_channels'),
      messages: number('select sum(next) from ew_partitions'),
    }
  } finally {
    database.close()
  }
}

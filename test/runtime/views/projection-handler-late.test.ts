import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { memory, projection, systemClock, t as field } from 'eventwright'
import { newId } from '../../../src/base/ids.ts'
import { streamHash } from '../../../src/base/hash.ts'
import { bucketOfKey } from '../../../src/ports/ownership.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { LogEvent } from '../../../src/runtime/log/event.ts'
import { bundleOf } from '../../../src/runtime/loop/bundle.ts'
import type { Bucket } from '../../../src/runtime/ownership.ts'
import { projectionHandler } from '../../../src/runtime/views/projection-handler.ts'
import { rowTables } from '../../../src/runtime/views/row-tables.ts'
import { tableOf } from '../../../src/runtime/views/table.ts'
import { Marked } from '../loop/marks.fixture.ts'

const of = 4
const consumer = 'view:late#1'
const { signal } = new AbortController()

/** A divided view by hand: bad events have no key, and those of the key K fail, until that is mended. */
async function late(t: TestContext) {
  const broken = { key: true, row: true }
  const view = projection('late', {
    from: [Marked],
    key: (e) => {
      if (broken.key && e.id.startsWith('bad')) throw new Error('no key')
      return e.keys
    },
    row: { seen: field.string() },
  }).on({
    Marked(row, e, { key }) {
      if (broken.row && key === 'K') throw new Error('no row')
      return { seen: `${row?.seen ?? ''} ${e.id}` }
    },
  })
  const store = await memory().open({ clock: systemClock })
  t.after(() => store.close())
  const table = tableOf(view, 1)
  await store.views.ensure(table)
  const buckets = Array.from({ length: of }, (_, bucket): Bucket => {
    const stands = { position: 0, done: 0, lost: false, wanted: false, signal, lose: () => undefined }
    return { consumer, source: 'log', bucket, epoch: 1, ...stands }
  })
  const bundle = bundleOf(buckets, { of })
  const wrapped = (page: Awaited<ReturnType<typeof store.log.at>>) => page.map((each) => new LogEvent(each, Marked))
  const commit = async (unit: Omit<Unit, 'positions'>) => {
    const inbox = [{ service: 'late', consumer, key: newId(), fingerprint: '', outcome: '{}' }]
    return (await store.commit([{ ...unit, inbox }]))[0]!
  }
  const handler = projectionHandler({
    projection: view,
    consumer,
    table,
    tables: rowTables(view, store.views),
    parked: store.parked,
    inLogOrder: true,
    clock: systemClock,
    stuckAfter: 100,
    again: async (waiting) => wrapped(await store.log.at(waiting.map(({ position }) => position))),
    commit: (_bucket, unit) => commit(unit),
  })
  return {
    broken,
    handler,
    store,
    bundle,
    bucketOf: (key: string) => buckets[bucketOfKey(key, of)]!,
    async mark(id: string, keys: readonly string[]): Promise<void> {
      const event = { id: newId(), type: 'Marked', schemaVersion: 1, occurredAtMs: 0, checksum: 0, meta: '{}' }
      const events = [{ ...event, data: JSON.stringify({ id, keys }) }]
      const stream = `Sheet/${id}`
      await commit({ appends: [{ stream, hash: streamHash(stream), partition: 0, expected: 'any', events }] })
    },
    /** What its owner does with a page: all buckets are done then. */
    async take(): Promise<Omit<Unit, 'positions'>> {
      const after = Math.min(...buckets.map(({ done }) => done))
      const events = wrapped([...(await store.log.readLog({ partition: 0, after, limit: 100 }))])
      const unit = await handler.handle(bundle, events, signal)
      await commit(unit)
      handler.committed?.(bundle, events)
      for (const bucket of buckets) bucket.done = Math.max(bucket.done, events.at(-1)?.position ?? 0)
      return unit
    },
    seen: async (key: string) => (await store.views.get(table, [key]))[0]?.row?.['seen'],
    parked: async () => (await store.parked.summaries({ consumer, limit: 9 })).map(({ key }) => key),
  }
}

test('an event without a key goes to its rows once their buckets have come by, and to none of them again', async (t) => {
  const { broken, handler, store, bundle, bucketOf, mark, take, seen, parked } = await late(t)
  await mark('bad', ['A', 'B'])
  await take()
  broken.key = false
  await store.parked.resume(consumer, ['Sheet/bad'], Infinity)
  const bucket = bucketOf('A')
  const { done } = bucket
  bucket.done = 0
  await handler.aside!(bundle, signal)
  assert.deepEqual([await parked(), await seen('A')], [['Sheet/bad'], undefined])
  bucket.done = done
  await handler.aside!(bundle, signal)
  assert.deepEqual([await parked(), await seen('A'), await seen('B')], [[], ' bad', ' bad'])
  // Whoever has the bucket next may begin where its stored position stood before.
  bucket.done = 0
  await take()
  assert.deepEqual([await seen('A'), await seen('B')], [' bad', ' bad'])
  await mark('more', ['A'])
  await take()
  assert.equal(await seen('A'), ' bad more')
})

test('an event that has got a key which is parked itself waits until that flows again', async (t) => {
  const { broken, handler, store, bundle, mark, take, seen, parked } = await late(t)
  await mark('first', ['K'])
  await mark('second', ['K'])
  await mark('bad', ['K'])
  await take()
  assert.deepEqual(await parked(), ['K', 'Sheet/bad'])
  Object.assign(broken, { key: false, row: false })
  await store.parked.resume(consumer, ['Sheet/bad'], Infinity)
  await handler.aside!(bundle, signal)
  const letter = await store.parked.get(consumer, 'Sheet/bad')
  assert.deepEqual([letter?.code, letter?.resuming, await seen('K')], ['EW_KEY_PARKED', false, undefined])
  await store.parked.resume(consumer, ['K', 'Sheet/bad'], Infinity)
  await handler.aside!(bundle, signal)
  assert.deepEqual([await parked(), await seen('K')], [[], ' first second bad'])
})

test('events without keys that belong to one row come to it in their order, whatever their streams are called', async (t) => {
  const { broken, handler, store, bundle, mark, take, seen, parked } = await late(t)
  const ids = 'zyxwvutsrqponmlkjihgfedcba'.split('').map((letter) => `bad-${letter}`)
  const ofOne = ids.filter((id) => bucketOfKey(`Sheet/${id}`, of) === bucketOfKey(`Sheet/${ids[0]!}`, of))
  assert.ok(ofOne.length > 2)
  for (const id of ofOne) await mark(id, ['A'])
  await take()
  broken.key = false
  await store.parked.resume(consumer, await parked(), Infinity)
  await handler.aside!(bundle, signal)
  assert.deepEqual([await parked(), await seen('A')], [[], ` ${ofOne.join(' ')}`])
})

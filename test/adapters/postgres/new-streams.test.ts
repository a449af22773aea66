import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import { appending } from '../../runtime/units.fixture.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

interface Opened {
  readonly stores: readonly [Store, Store]
  /** The streams that have events, with their versions. */
  streams(): Promise<readonly string[]>
}

async function open(t: TestContext): Promise<Opened> {
  const { adapter, schema, drop } = freshPostgres()
  const stores = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })] as const
  const client = await connectTo(t, postgresUrl()!)
  t.after(async () => {
    for (const store of stores) await store.close()
    await drop()
  })
  const text = `select stream || '@' || version from "${schema}".ew_streams where version > 0 order by stream`
  return {
    stores,
    streams: async () => (await client.query({ text, rowMode: 'array' })).rows.map(([name]) => name as string),
  }
}

if (postgresUrl() !== undefined) {
  test('new streams of several units are stored in their order, with the versions and positions they are told', async (t) => {
    const { stores, streams } = await open(t)
    const [store] = stores
    const units = [appending('B/1', 'noStream', 2), appending('A/1', 0), appending('C/1', 'noStream', 3)]
    const two = { appends: [...appending('E/1', 'noStream').appends!, ...appending('D/1', 'noStream', 2).appends!] }
    const outcomes = await store.commit([...units, two])
    const told = outcomes.map((outcome) => (outcome.ok ? outcome.appends : outcome))
    assert.deepEqual(told, [
      [{ version: 2, position: 2 }],
      [{ version: 1, position: 3 }],
      [{ version: 3, position: 6 }],
      [
        { version: 1, position: 7 },
        { version: 2, position: 9 },
      ],
    ])
    const log = await store.log.readLog({ partition: 0, after: 0, limit: 100 })
    assert.deepEqual(
      log.map(({ stream, version, position }) => `${position} ${stream}@${version}`),
      ['1 B/1@1', '2 B/1@2', '3 A/1@1', '4 C/1@1', '5 C/1@2', '6 C/1@3', '7 E/1@1', '8 D/1@1', '9 D/1@2'],
    )
    const sent = [...units, two].flatMap(({ appends }) => appends!.flatMap(({ events }) => events))
    for (const [index, event] of sent.entries()) assert.deepEqual({ ...log[index], ...event }, log[index])
    assert.deepEqual(await streams(), ['A/1@1', 'B/1@2', 'C/1@3', 'D/1@2', 'E/1@1'])
  })

  test('where one of them is there the others are stored all the same, now and after it', async (t) => {
    const { stores, streams } = await open(t)
    const [store] = stores
    await store.commit([appending('A/1', 'noStream')])
    for (let round = 0; round < 3; round++) {
      const outcomes = await store.commit([
        appending(`B/${round}`, 'noStream'),
        appending('A/1', 'noStream'),
        appending(`C/${round}`, 'noStream'),
      ])
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.ok ? 'won' : outcome)),
        ['won', { ok: false, reason: 'conflict', stream: 'A/1', current: 1 }, 'won'],
      )
    }
    assert.deepEqual(await streams(), ['A/1@1', 'B/0@1', 'B/1@1', 'B/2@1', 'C/0@1', 'C/1@1', 'C/2@1'])
  })

  test('of two processes that make the same streams at once, each stream has one winner', async (t) => {
    const { stores, streams } = await open(t)
    for (let round = 0; round < 60; round++) {
      const names = Array.from({ length: 8 }, (_, n) => `Race/${round}-${n}`)
      const sides = await Promise.all(
        stores.map((store, side) =>
          store.commit((side === 0 ? names : names.toReversed()).map((name) => appending(name, 'noStream'))),
        ),
      )
      const [one, other] = [sides[0]!, sides[1]!.toReversed()]
      for (const index of names.keys()) assert.notEqual(one[index]!.ok, other[index]!.ok)
    }
    const all = await streams()
    assert.equal(all.length, 480)
    assert.ok(all.every((stream) => stream.endsWith('@1')))
    const log = await stores[0].log.readLog({ partition: 0, after: 0, limit: 1_000 })
    assert.deepEqual(
      log.map(({ position }) => position),
      Array.from({ length: 480 }, (_, index) => index + 1),
    )
  })
}

import assert from 'node:assert/strict'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { append, commitOne, event, unit, won, type StoreCase } from './store-case.ts'

const versions = (events: readonly StoredEvent[]): number[] => events.map(({ version }) => version)
const positions = (events: readonly StoredEvent[]): number[] => events.map(({ position }) => position)

/** Names that break what splits, quotes, folds or sorts texts carelessly. */
const hostileNames = [
  `Order/${'x'.repeat(250)}`,
  `Order/it's "quoted"; drop table ew_events --`,
  'Order/__proto__',
  'Order/constructor',
  'Order/../../etc',
  'Order/a/b/c',
  'Order/%',
  'Order/_',
  'Order/0',
  'Order/ ',
  'Order/\u{1f9fe}\u{1f468}\u200d\u{1f469}',
  'Order/\uffee',
  'Order/\u00e9',
  'Order/e\u0301',
  'order/1',
  'Order.x/1',
  'Order-x/1',
  'OrderItem/1',
  'Order0/1',
]

/** Reads of streams and of the log. */
export const logCases: readonly StoreCase[] = [
  {
    title: 'a stream is read forwards, backwards, from and to a version, in pages',
    async run({ store }) {
      await store.commit([unit('A/1', 'any', 10), unit('A/2', 'any', 3)])
      const read = async (page: object): Promise<number[]> =>
        versions(await store.log.readStream({ stream: 'A/1', limit: 100, ...page }))
      assert.deepEqual(await read({}), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      assert.deepEqual(await read({ limit: 3 }), [1, 2, 3])
      assert.deepEqual(await read({ from: 4, limit: 3 }), [4, 5, 6])
      assert.deepEqual(await read({ from: 4, to: 5 }), [4, 5])
      assert.deepEqual(await read({ from: 9, to: 50 }), [9, 10])
      assert.deepEqual(await read({ from: 11 }), [])
      assert.deepEqual(await read({ from: 6, to: 5 }), [])
      assert.deepEqual(await read({ backwards: true, limit: 2 }), [10, 9])
      assert.deepEqual(await read({ backwards: true, from: 3, to: 6 }), [6, 5, 4, 3])
      assert.deepEqual(await read({ backwards: true, from: 3, to: 6, limit: 2 }), [6, 5])
      assert.deepEqual(await store.log.readStream({ stream: 'A/3', limit: 10 }), [])
    },
  },
  {
    title: 'the log is read in position order, after and up to a position, each partition by itself',
    async run({ store }) {
      await store.commit([unit('A/1', 'any', 3), { appends: [append('S/1', 'any', 2, 1)] }, unit('B/1', 'any', 2)])
      const read = async (page: object): Promise<number[]> =>
        positions(await store.log.readLog({ partition: 0, after: 0, limit: 100, ...page }))
      assert.deepEqual(await read({}), [1, 2, 3, 4, 5])
      assert.deepEqual(await read({ limit: 2 }), [1, 2])
      assert.deepEqual(await read({ after: 2, limit: 2 }), [3, 4])
      assert.deepEqual(await read({ after: 1, to: 3 }), [2, 3])
      assert.deepEqual(await read({ after: 5 }), [])
      assert.deepEqual(await read({ after: 3, to: 3 }), [])
      const engine = await store.log.readLog({ partition: 1, after: 0, limit: 100 })
      assert.deepEqual(
        engine.map(({ position, partition, stream }) => [position, partition, stream]),
        [
          [1, 1, 'S/1'],
          [2, 1, 'S/1'],
        ],
      )
      assert.deepEqual([await store.log.head(0), await store.log.head(1)], [5, 2])
    },
  },
  {
    title: 'the log of some categories has exactly their events, and a short page means that nothing more was there',
    async run({ store }) {
      await store.commit(
        ['Order/1', 'OrderItem/1', 'Stock/1', 'Order-x/1', 'Order/2', 'Order0/1', 'order/1'].map((stream) =>
          unit(stream),
        ),
      )
      const read = async (categories: readonly string[], page: object = {}): Promise<number[]> =>
        positions(await store.log.readLog({ partition: 0, after: 0, limit: 100, categories, ...page }))
      assert.deepEqual(await read(['Order']), [1, 5])
      assert.deepEqual(await read(['Order', 'Stock']), [1, 3, 5])
      assert.deepEqual(await read(['Order', 'Stock'], { after: 1, limit: 1 }), [3])
      assert.deepEqual(await read(['Order', 'Stock'], { after: 1, to: 4 }), [3])
      assert.deepEqual(await read(['Nothing']), [])
      assert.deepEqual(await read([]), [])
    },
  },
  {
    title: 'streams are listed by name with their versions, by category and in pages',
    async run({ store }) {
      await store.commit([
        unit('Order/b', 'any', 2),
        unit('Order/a'),
        unit('OrderItem/a'),
        unit('Order-x/a'),
        { appends: [append('Saga/1', 'any', 1, 1)] },
      ])
      const names = async (page: object): Promise<string[]> =>
        (await store.log.streams({ limit: 100, ...page })).map(({ stream }) => stream)
      assert.deepEqual(await names({}), ['Order-x/a', 'Order/a', 'Order/b', 'OrderItem/a', 'Saga/1'])
      assert.deepEqual(await names({ category: 'Order' }), ['Order/a', 'Order/b'])
      assert.deepEqual(await names({ limit: 2 }), ['Order-x/a', 'Order/a'])
      assert.deepEqual(await names({ after: 'Order/a', limit: 2 }), ['Order/b', 'OrderItem/a'])
      assert.deepEqual(await names({ after: 'Order/a', category: 'Order' }), ['Order/b'])
      assert.deepEqual(await names({ after: 'Saga/1' }), [])
      assert.deepEqual(
        (await store.log.streams({ category: 'Order', limit: 9 })).map(({ version }) => version),
        [1, 2],
      )
      assert.equal((await store.log.streams({ category: 'Saga', limit: 9 }))[0]?.partition, 1)
    },
  },
  {
    title: 'events are found by their ids and by their positions',
    async run({ store }) {
      const [first, second, engine] = [event(), event(), event()]
      await store.commit([
        unit('A/1', 'any', [first]),
        { appends: [append('A/2', 'any', [event(), second]), append('S/1', 'any', [engine], 1)] },
      ])
      const places = await store.log.places([second.id, event().id, first.id, engine.id, 'not an id'])
      assert.deepEqual(
        [...places].sort((a, b) => (a.stream < b.stream ? -1 : 1)),
        [
          { id: first.id, stream: 'A/1', partition: 0, version: 1, position: 1 },
          { id: second.id, stream: 'A/2', partition: 0, version: 2, position: 3 },
          { id: engine.id, stream: 'S/1', partition: 1, version: 1, position: 1 },
        ],
      )
      assert.deepEqual(
        (await store.log.at([3, 9, 1])).map(({ id, stream }) => [id, stream]),
        [
          [first.id, 'A/1'],
          [second.id, 'A/2'],
        ],
      )
      assert.deepEqual(await store.log.at([]), [])
    },
  },
  {
    title: 'hostile stream names stay apart and are found under exactly their name',
    async run({ store }) {
      for (const stream of hostileNames)
        won(await commitOne(store, unit(stream, 'noStream', [event({ data: JSON.stringify({ stream }) })])))
      for (const stream of hostileNames) {
        assert.equal(await store.log.version(stream), 1, stream)
        const [stored] = await store.log.readStream({ stream, limit: 10 })
        assert.deepEqual([stored?.stream, stored?.data], [stream, JSON.stringify({ stream })])
      }
      const listed = (await store.log.streams({ limit: 100 })).map(({ stream }) => stream)
      const bytes = (text: string): string => Buffer.from(text).toString('hex')
      assert.deepEqual(
        listed,
        [...hostileNames].sort((a, b) => (bytes(a) < bytes(b) ? -1 : 1)),
      )
    },
  },
  {
    title: 'long and unusual texts come back as they were, character by character',
    async run({ store }) {
      const texts = [
        'x'.repeat(10_240),
        '\u{1f600}'.repeat(3_000),
        '\u2028\u2029\ufeff\u200b',
        `'";\\\n\r\t%?$1:a@b`,
        '',
        'null',
        '\u0001\u001f',
      ]
      const events = texts.map((text) =>
        event({ type: 'Noted', data: JSON.stringify({ text }), meta: JSON.stringify({ actor: text }) }),
      )
      won(await commitOne(store, unit('A/1', 'noStream', events)))
      const stored = await store.log.readStream({ stream: 'A/1', limit: 100 })
      assert.deepEqual(
        stored.map(({ data, meta }) => [data, meta]),
        events.map(({ data, meta }) => [data, meta]),
      )
    },
  },
]

import assert from 'node:assert/strict'
import {
  append,
  claimed,
  commitOne,
  event,
  everything,
  inbox,
  lost,
  move,
  put,
  rejects,
  table,
  unit,
  won,
  type StoreCase,
} from './store-case.ts'
import { failed } from './store-parked.ts'

/** Whole units: what is written together, what a loser leaves behind, what later units see. */
export const unitCases: readonly StoreCase[] = [
  {
    title: 'an event comes back as it was written, with stream, version, position and the time of the commit',
    async run({ store, pass }) {
      const written = event({
        type: 'Ordered',
        schemaVersion: 3,
        occurredAtMs: 86_400_001,
        data: '{"a":[1,"\\"",null]}',
        meta: '{"actor":"ann"}',
      })
      await pass(5_000)
      const before = await store.now()
      assert.deepEqual(won(await commitOne(store, unit('Order/1', 'noStream', [event(), written]))).appends, [
        { version: 2, position: 2 },
      ])
      const [, stored] = await store.log.readStream({ stream: 'Order/1', limit: 10 })
      assert.ok(stored !== undefined)
      const { recordedAtMs, ...rest } = stored
      assert.deepEqual(rest, { ...written, stream: 'Order/1', version: 2, partition: 0, position: 2, deleted: false })
      assert.ok(recordedAtMs >= before && recordedAtMs <= (await store.now()))
    },
  },
  {
    title: 'a list that was prepared is committed as any other is, and so is another one',
    async run({ store }) {
      const prepared = [unit('A/1'), { appends: [append('A/2', 'any')], inbox: [inbox('1')] }]
      const other = [unit('B/1'), { appends: [append('B/2', 'any')], inbox: [inbox('2')] }]
      store.prepare?.([
        { appends: [{ ...append('A/1', 'any'), events: [event({ id: 'no id' })] }], inbox: [inbox('0')] },
      ])
      store.prepare?.(other)
      store.prepare?.(prepared)
      for (const units of [other, prepared]) for (const outcome of await store.commit(units)) won(outcome)
      assert.deepEqual(
        (await store.log.readLog({ partition: 0, after: 0, limit: 10 })).map(({ stream }) => stream),
        ['B/1', 'B/2', 'A/1', 'A/2'],
      )
      store.prepare?.(prepared)
      await rejects(store.commit(prepared), 'EW_IDS_TAKEN')
    },
  },
  {
    title: 'positions are dense in each partition, versions in each stream, in the order of the commits',
    async run({ store }) {
      const outcomes = await store.commit([
        { appends: [append('A/1', 'any', 2), append('B/1', 'any', 1, 1)] },
        { appends: [append('B/1', 'any', 2, 1), append('A/2', 'any')] },
      ])
      await store.commit([unit('A/1', 2)])
      assert.deepEqual(
        outcomes.map((outcome) => won(outcome).appends),
        [
          [
            { version: 2, position: 2 },
            { version: 1, position: 1 },
          ],
          [
            { version: 3, position: 3 },
            { version: 1, position: 3 },
          ],
        ],
      )
      assert.deepEqual(await everything(store), [
        [1, 'A/1', 1],
        [2, 'A/1', 2],
        [3, 'A/2', 1],
        [4, 'A/1', 3],
      ])
      assert.deepEqual(await everything(store, 1), [
        [1, 'B/1', 1],
        [2, 'B/1', 2],
        [3, 'B/1', 3],
      ])
    },
  },
  {
    title: 'units of a batch are decided in their order, and later ones see earlier winners',
    async run({ store }) {
      const outcomes = await store.commit([
        unit('A/1', 'noStream'),
        unit('A/1', 'noStream'),
        unit('A/1', 1, 2),
        unit('A/1', 1),
        unit('A/1', 3),
        unit('A/1', 'streamExists'),
      ])
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, false, true, false, true, true],
      )
      assert.equal(lost(outcomes[1], 'conflict').current, 1)
      assert.equal(lost(outcomes[3], 'conflict').current, 3)
      assert.equal(await store.log.version('A/1'), 5)
    },
  },
  {
    title: 'a unit may append to one stream several times, and each expectation sees the one before',
    async run({ store }) {
      const outcome = await commitOne(store, {
        appends: [append('A/1', 'noStream'), append('A/1', 1, 2), append('A/1', 3, 0)],
      })
      assert.deepEqual(won(outcome).appends, [
        { version: 1, position: 1 },
        { version: 3, position: 3 },
        { version: 3, position: 3 },
      ])
      lost(await commitOne(store, { appends: [append('A/1', 3), append('A/1', 3)] }), 'conflict')
      assert.equal(await store.log.version('A/1'), 3)
    },
  },
  {
    title: 'one conflict among many streams loses the whole unit and nothing else',
    async run({ store }) {
      const outcomes = await store.commit([
        { appends: [append('A/1', 'noStream'), append('A/2', 'streamExists'), append('A/3', 'any')] },
        unit('A/3', 'noStream'),
      ])
      assert.equal(lost(outcomes[0], 'conflict').stream, 'A/2')
      won(outcomes[1])
      assert.deepEqual(await everything(store), [[1, 'A/3', 1]])
    },
  },
  {
    title: 'a loser leaves no event, inbox row, position, row, parked key or snapshot',
    async run({ store }) {
      await store.views.ensure(table())
      const row = await claimed(store)
      won(await commitOne(store, unit('A/1')))
      const outcome = await commitOne(store, {
        appends: [append('A/2', 'any'), append('A/1', 'noStream')],
        inbox: [inbox('k')],
        positions: [move(row, 7)],
        rows: [put('r', { name: 'x' })],
        parks: [failed('p', 1)],
        snapshots: [{ stream: 'A/1', identity: 'i', version: 1, state: '{}' }],
      })
      lost(outcome, 'conflict')
      assert.deepEqual(await everything(store), [[1, 'A/1', 1]])
      assert.equal(await store.log.version('A/2'), 0)
      assert.equal(await store.inbox.get('shop', 'commands', 'k'), undefined)
      assert.equal((await store.ownership.list('orders'))[0]?.position, 0)
      assert.deepEqual(await store.views.get(table(), ['r']), [])
      assert.equal(await store.parked.get('orders', 'p'), undefined)
      assert.equal(await store.snapshots.get('A/1', 'i'), undefined)
    },
  },
  {
    title: 'a loser gives back every key, position and version that it had taken before it lost',
    async run({ store }) {
      const row = await claimed(store)
      const outcomes = await store.commit([
        {
          inbox: [inbox('k')],
          positions: [move(row, 7)],
          appends: [append('A/1', 'any', 3), append('A/2', 'streamExists')],
        },
        { inbox: [inbox('k')], positions: [move(row, 8)], appends: [append('A/1', 'noStream')] },
      ])
      lost(outcomes[0], 'conflict')
      assert.deepEqual(won(outcomes[1]).appends, [{ version: 1, position: 1 }])
      assert.equal((await store.ownership.list('orders'))[0]?.position, 8)
    },
  },
  {
    title: 'of several reasons to lose the first counts: inbox, owner, conflict, row, unique',
    async run({ store }) {
      await store.views.ensure(table('view_things_1', { unique: [['name']] }))
      const row = await claimed(store)
      won(await commitOne(store, { ...unit('A/1'), inbox: [inbox('k')], rows: [put('r', { name: 'taken' })] }))
      const rows = [put('r', { name: 'other' }, { guard: 9 }), put('s', { name: 'taken' })]
      const appends = [append('A/1', 'noStream')]
      const positions = [move(row, 7, { from: 3 })]
      const outcomes = await store.commit([
        { inbox: [inbox('k')], positions, appends, rows },
        { inbox: [inbox('k2')], positions, appends, rows },
        { inbox: [inbox('k2')], appends, rows },
        { inbox: [inbox('k2')], rows },
        { inbox: [inbox('k2')], rows: [put('s', { name: 'taken' })] },
        { inbox: [inbox('k2')], rows: [put('s', { name: 'free' })] },
      ])
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.ok ? 'won' : outcome.reason)),
        ['inbox', 'owner', 'conflict', 'row', 'unique', 'won'],
      )
    },
  },
  {
    title: 'an append without events checks the version and writes nothing',
    async run({ store }) {
      await store.commit([unit('A/1', 'any', 2), unit('B/1')])
      const outcomes = await store.commit([
        { inbox: [inbox('1')], appends: [append('A/1', 2, 0)] },
        { inbox: [inbox('2')], appends: [append('A/1', 1, 0)] },
        { inbox: [inbox('3')], appends: [append('A/9', 'noStream', 0)] },
        { inbox: [inbox('4')], appends: [append('A/9', 'streamExists', 0)] },
      ])
      assert.deepEqual(won(outcomes[0]).appends, [{ version: 2, position: 2 }])
      assert.equal(lost(outcomes[1], 'conflict').current, 2)
      assert.deepEqual(won(outcomes[2]).appends, [{ version: 0, position: 0 }])
      assert.equal(lost(outcomes[3], 'conflict').current, 0)
      assert.equal(await store.log.head(0), 3)
      assert.deepEqual(
        (await store.log.streams({ limit: 10 })).map(({ stream }) => stream),
        ['A/1', 'B/1'],
      )
    },
  },
  {
    title: 'a repeated unit is refused by its version, and one without a version by its ids, with nothing written',
    async run({ store }) {
      const first = unit('A/1', 'noStream', 2)
      won(await commitOne(store, first))
      assert.equal(lost(await commitOne(store, first), 'conflict').current, 2)
      const events = first.appends?.[0]?.events ?? []
      await rejects(store.commit([unit('B/1'), unit('A/1', 'any', events)]), 'EW_IDS_TAKEN')
      await rejects(
        store.commit([unit('B/1'), { appends: [append('C/1', 'any', [event(), events[0]!], 1)] }]),
        'EW_IDS_TAKEN',
      )
      assert.deepEqual(await everything(store), [
        [1, 'A/1', 1],
        [2, 'A/1', 2],
      ])
      assert.equal(await store.log.version('B/1'), 0)
      won(await commitOne(store, unit('B/1')))
    },
  },
  {
    title: 'one event id twice in a batch is refused with nothing written',
    async run({ store }) {
      const same = event()
      await rejects(store.commit([unit('A/1', 'any', [same]), unit('B/1', 'any', [same])]), 'EW_UNIT')
      assert.deepEqual(await everything(store), [])
      won(await commitOne(store, unit('A/1', 'any', [same])))
    },
  },
  {
    title: 'a stream never changes its partition, whatever is expected',
    async run({ store }) {
      won(await commitOne(store, unit('A/1')))
      const outcomes = await store.commit(
        (['any', 'streamExists', 1, 'noStream'] as const).map((expected) => ({
          appends: [append('A/1', expected, 1, 1)],
        })),
      )
      assert.deepEqual(
        outcomes.map((outcome) => lost(outcome, 'conflict').current),
        [-1, -1, -1, -1],
      )
      const fresh = await store.commit([
        { appends: [append('B/1', 'streamExists', 1, 0)] },
        { appends: [append('B/1', 'noStream', 1, 1)] },
        { appends: [append('B/1', 'any', 1, 0)] },
      ])
      assert.equal(lost(fresh[0], 'conflict').current, 0)
      won(fresh[1])
      assert.equal(lost(fresh[2], 'conflict').current, -1)
      assert.deepEqual([await store.log.head(0), await store.log.head(1)], [1, 1])
    },
  },
  {
    title: 'a unit that a repeat could not recognise is refused with its whole batch',
    async run({ store }) {
      await store.views.ensure(table())
      await rejects(store.commit([unit('A/1'), { rows: [put('r', { name: 'x' })] }]), 'EW_UNIT')
      await rejects(store.commit([unit('A/1'), { appends: [append('A/2', 'any', 0)] }]), 'EW_UNIT')
      assert.deepEqual(await everything(store), [])
      won(await commitOne(store, unit('A/1')))
    },
  },
  {
    title: 'commits that are made at once all count and none gets in between another',
    async run({ store, another }) {
      const other = await another()
      const commits = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? store : other).commit([unit('Hot/1', 'any', 2), unit(`Cold/${index}`, 'noStream')]),
      )
      const outcomes = (await Promise.all(commits)).flat()
      assert.ok(outcomes.every(({ ok }) => ok))
      const log = await everything(other)
      assert.deepEqual(
        log.map(([position]) => position),
        Array.from({ length: 120 }, (_, index) => index + 1),
      )
      assert.deepEqual(
        log.filter(([, stream]) => stream === 'Hot/1').map(([, , version]) => version),
        Array.from({ length: 80 }, (_, index) => index + 1),
      )
    },
  },
]

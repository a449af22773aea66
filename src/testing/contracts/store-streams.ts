import assert from 'node:assert/strict'
import type { Store } from '../../ports/store.ts'
import type { StreamStatus } from '../../ports/streams.ts'
import type { Expected, Outcome, SnapshotWrite, Unit } from '../../ports/unit-of-work.ts'
import { failed, parker, wait } from './store-parked.ts'
import {
  append,
  commitOne,
  event,
  everything,
  inbox,
  lost,
  put,
  rejects,
  table,
  unit,
  won,
  type StoreCase,
} from './store-case.ts'

/** A unit that marks a stream, and notes it in a stream of the engine. */
function marking(stream: string, from: StreamStatus, to: StreamStatus): Unit {
  return {
    appends: [append(stream, 'streamExists', 0), append('notes/1', 'any', 1, 1)],
    marks: [{ stream, from, to }],
  }
}

/** Brings a stream from one status to the next, and on. */
async function mark(store: Store, stream: string, ...statuses: readonly StreamStatus[]): Promise<void> {
  for (const [index, to] of statuses.slice(1).entries())
    won(await commitOne(store, marking(stream, statuses[index]!, to)))
}

const expectations: readonly Expected[] = ['any', 'streamExists', 'noStream', 2]
const snapshot = (stream: string, identity: string): SnapshotWrite => ({ stream, identity, version: 1, state: '{}' })
const closed = (outcome: Outcome | undefined): StreamStatus => lost(outcome, 'closed').status

/** Streams that take no events any more, and the erasure of what was in them. */
export const streamCases: readonly StoreCase[] = [
  {
    title: 'an archived stream takes no event, whatever is expected of it, and takes them again when it is reopened',
    async run({ store, another }) {
      const second = await another()
      won(await commitOne(store, unit('A/1', 'any', 2)))
      won(await commitOne(store, unit('A/2')))
      await mark(store, 'A/1', 'open', 'archived')
      for (const from of [store, second]) {
        for (const expected of expectations) {
          const outcome = await commitOne(from, unit('A/1', expected))
          assert.deepEqual(outcome, { ok: false, reason: 'closed', stream: 'A/1', status: 'archived' })
          assert.equal(closed(await commitOne(from, unit('A/1', expected, 3))), 'archived')
        }
      }
      assert.equal((await store.log.readStream({ stream: 'A/1', limit: 9 })).length, 2)
      await mark(second, 'A/1', 'archived', 'open')
      assert.equal(won(await commitOne(store, unit('A/1', 2))).appends[0]?.version, 3)
      assert.deepEqual(await store.streams.get('A/1'), { stream: 'A/1', partition: 0, version: 3, status: 'open' })
    },
  },
  {
    title: 'who has only read an archived stream may commit, and who has read a deleted one may not',
    async run({ store }) {
      won(await commitOne(store, unit('A/1', 'any', 2)))
      await mark(store, 'A/1', 'open', 'archived')
      const reading = (expected: Expected): Unit => ({ appends: [append('A/1', expected, 0), append('A/2', 'any')] })
      const { appends } = won(await commitOne(store, reading(2)))
      assert.deepEqual(appends[0], { version: 2, position: 2 })
      assert.equal(lost(await commitOne(store, reading(1)), 'conflict').current, 2)
      const outcomes = await store.commit([reading(2), unit('A/1'), unit('A/1', 2, 2)])
      assert.deepEqual([won(outcomes[0]).ok, closed(outcomes[1]), closed(outcomes[2])], [true, 'archived', 'archived'])
      await mark(store, 'A/1', 'archived', 'deleted')
      assert.equal(closed(await commitOne(store, reading(2))), 'deleted')
    },
  },
  {
    title: 'units behind a mark in the same batch meet it, those before it do not',
    async run({ store }) {
      won(await commitOne(store, unit('A/1')))
      const outcomes = await store.commit([
        unit('A/1', 1),
        marking('A/1', 'open', 'archived'),
        unit('A/1'),
        unit('A/2'),
        marking('A/1', 'open', 'deleted'),
        marking('A/1', 'archived', 'open'),
        unit('A/1', 2, 2),
        marking('A/1', 'open', 'deleted'),
        unit('A/1'),
      ])
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.ok ? 'won' : outcome.reason === 'closed' ? outcome.status : outcome.reason)),
        ['won', 'won', 'archived', 'won', 'archived', 'won', 'won', 'won', 'deleted'],
      )
      assert.deepEqual(await everything(store), [
        [1, 'A/1', 1],
        [2, 'A/1', 2],
        [3, 'A/2', 1],
        [4, 'A/1', 3],
        [5, 'A/1', 4],
      ])
    },
  },
  {
    title: 'a mark that finds the stream as something else loses with all of its unit, and leaves the stream alone',
    async run({ store }) {
      won(await commitOne(store, unit('A/1')))
      const notes = async (): Promise<number> => (await everything(store, 1)).length
      assert.equal(closed(await commitOne(store, marking('A/1', 'archived', 'open'))), 'open')
      assert.equal(closed(await commitOne(store, marking('A/1', 'archived', 'deleted'))), 'open')
      await mark(store, 'A/1', 'open', 'archived')
      assert.equal(closed(await commitOne(store, marking('A/1', 'open', 'deleted'))), 'archived')
      await mark(store, 'A/1', 'archived', 'deleted')
      for (const to of ['open', 'archived', 'deleted'] as const)
        assert.equal(closed(await commitOne(store, marking('A/1', 'open', to))), 'deleted')
      assert.equal(await notes(), 2)
      assert.equal(lost(await commitOne(store, marking('A/2', 'open', 'archived')), 'conflict').current, 0)
      const unsure = {
        ...marking('A/2', 'open', 'archived'),
        appends: [append('A/2', 'any', 0), append('notes/1', 'any', 1, 1)],
      }
      assert.equal(lost(await commitOne(store, unsure), 'conflict').current, 0)
      assert.equal(await notes(), 2)
      assert.equal(await store.streams.get('A/2'), undefined)
    },
  },
  {
    title: 'a unit that loses by something else leaves its mark behind nowhere',
    async run({ store }) {
      await store.views.ensure(table())
      won(await commitOne(store, { ...unit('A/1'), rows: [put('k', { name: 'a' }, { applied: 7 })] }))
      won(await commitOne(store, { ...unit('A/2'), inbox: [inbox('taken')] }))
      const losing: readonly Unit[] = [
        { ...marking('A/1', 'open', 'deleted'), rows: [put('k', { name: 'b' }, { guard: 3 })] },
        { ...marking('A/1', 'open', 'deleted'), inbox: [inbox('taken')] },
        { ...marking('A/1', 'open', 'deleted'), appends: [append('A/1', 9, 0), append('notes/1', 'any', 1, 1)] },
      ]
      const outcomes = await store.commit([...losing, unit('A/1')])
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.ok ? 'won' : outcome.reason)),
        ['row', 'inbox', 'conflict', 'won'],
      )
      assert.equal((await store.streams.get('A/1'))?.status, 'open')
      await rejects(store.commit([{ ...unit('A/2'), marks: marking('A/1', 'open', 'deleted').marks! }]), 'EW_UNIT')
      const twice = marking('A/1', 'open', 'deleted')
      await rejects(store.commit([{ ...twice, marks: [...twice.marks!, ...twice.marks!] }]), 'EW_UNIT')
    },
  },
  {
    title: 'streams say what they take, and are listed by it, those of the engine too',
    async run({ store, another }) {
      for (const stream of ['A/1', 'A/2', 'A/3', 'B/1']) won(await commitOne(store, unit(stream)))
      won(await commitOne(store, { appends: [append('C/1', 'any', 1, 1)] }))
      await mark(store, 'A/1', 'open', 'archived')
      await mark(store, 'A/2', 'open', 'archived', 'deleted')
      await mark(store, 'B/1', 'open', 'archived')
      const engine = { appends: [append('C/1', 'any', 0, 1), append('D/1', 'any', 1, 1)] }
      won(await commitOne(store, { ...engine, marks: [{ stream: 'C/1', from: 'open', to: 'archived' }] }))
      assert.equal(closed(await commitOne(store, { appends: [append('C/1', 'any', 1, 1)] })), 'archived')
      assert.equal(lost(await commitOne(store, unit('C/1')), 'conflict').current, -1)
      const list = async (page: Partial<Parameters<Store['log']['streams']>[0]>): Promise<readonly string[]> =>
        (await (await another()).log.streams({ limit: 99, ...page })).map(({ stream, status, partition }) =>
          [stream, status, partition].join(' '),
        )
      assert.deepEqual(await list({ category: 'A' }), ['A/1 archived 0', 'A/2 deleted 0', 'A/3 open 0'])
      assert.deepEqual(await list({ status: 'archived' }), ['A/1 archived 0', 'B/1 archived 0', 'C/1 archived 1'])
      assert.deepEqual(await list({ status: 'archived', after: 'A/1', limit: 1 }), ['B/1 archived 0'])
      assert.deepEqual(await list({ status: 'deleted', category: 'B' }), [])
      assert.deepEqual(await list({ status: 'open' }), ['A/3 open 0', 'D/1 open 1', 'notes/1 open 1'])
      assert.equal((await store.log.places([]))?.length, 0)
    },
  },
  {
    title: 'events of a deleted stream lose data and meta page by page, and keep id, type, times and places',
    async run({ store, another }) {
      const events = Array.from({ length: 5 }, () => event({ meta: '{"actor":"ann"}' }))
      won(await commitOne(store, unit('A/1', 'any', events)))
      won(await commitOne(store, unit('A/2', 'any', 2)))
      const before = await store.log.readLog({ partition: 0, after: 0, limit: 99 })
      assert.equal(await store.streams.erase('A/1', 0, 9), 0)
      await mark(store, 'A/1', 'open', 'archived')
      assert.equal(await store.streams.erase('A/1', 0, 9), 0)
      assert.deepEqual(await store.log.readLog({ partition: 0, after: 0, limit: 99 }), before)
      await mark(store, 'A/1', 'archived', 'deleted')
      assert.equal(await store.streams.erase('A/1', 0, 2), 2)
      const gone = before.map((each, index) =>
        each.stream === 'A/1' ? { ...each, data: 'null', meta: '{}', deleted: true, index } : { ...each, index },
      )
      const half = before.map((each, index) => (index < 2 ? gone[index]! : { ...each, index }))
      const seen = async (): Promise<unknown> =>
        (await (await another()).log.readLog({ partition: 0, after: 0, limit: 99 })).map((each, index) => ({
          ...each,
          index,
        }))
      assert.deepEqual(await seen(), half)
      const second = await another()
      assert.deepEqual(await Promise.all([store, second].map((each) => each.streams.erase('A/1', 2, 9))), [5, 5])
      assert.equal(await store.streams.erase('A/1', 0, 99), 5)
      assert.deepEqual(await seen(), gone)
      assert.equal((await store.log.readStream({ stream: 'A/1', from: 3, limit: 1 }))[0]?.deleted, true)
      assert.equal((await store.log.at([4]))[0]?.deleted, true)
      assert.deepEqual(
        (await store.log.places([events[4]!.id])).map(({ stream, version, position }) => [stream, version, position]),
        [['A/1', 5, 5]],
      )
      await rejects(store.commit([unit('A/2', 'any', [event({ id: events[0]!.id })])]), 'EW_IDS_TAKEN')
      assert.equal(await store.streams.erase('none/1', 0, 9), 0)
    },
  },
  {
    title: 'the snapshots of a stream go, whatever their identity, and no others',
    async run({ store }) {
      for (const [stream, ...identities] of [
        ['A/1', 'fold-1', 'fold-2', 'fold-3'],
        ['A/2', 'fold-1', 'fold-3'],
      ] as const) {
        const snapshots = identities.map((identity) => snapshot(stream, identity))
        won(await commitOne(store, { ...unit(stream), snapshots }))
      }
      assert.equal(await store.snapshots.forget('A/1'), 3)
      assert.equal(await store.snapshots.forget('A/1'), 0)
      assert.equal(await store.snapshots.get('A/1', 'fold-2'), undefined)
      assert.deepEqual(await store.snapshots.get('A/2', 'fold-3'), { version: 1, state: '{}' })
      assert.equal(await store.snapshots.forget('A/3'), 0)
    },
  },
  {
    title: 'what is kept of messages that wait is found page by page, and taken out with why they failed',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      const order = { who: 'ada', why: 'wrong' }
      await park(failed('k', 7, { raw: 'first' }), wait('k', 9, { raw: 'second' }), wait('k', 10))
      await park(failed('j', 8), failed('l', 11, { raw: 'third' }))
      await store.parked.edit('orders', 'l', 11, 'mended', order)
      await store.parked.discard('orders', [{ key: 'l', position: 11 }], order)
      const copies = async (page = {}): Promise<readonly string[]> =>
        (await store.parked.copies({ limit: 9, ...page })).map(({ key, position, raw }) => `${key} ${position} ${raw}`)
      assert.deepEqual(await copies(), ['k 7 first', 'k 9 second'])
      assert.deepEqual(await copies({ limit: 1 }), ['k 7 first'])
      assert.deepEqual(await copies({ after: { consumer: 'orders', key: 'k', position: 7 } }), ['k 9 second'])
      const [discarded, edited] = await store.parked.actions({ limit: 9 })
      const at = { consumer: 'orders', key: 'k' }
      await store.parked.erase({
        messages: [
          { ...at, position: 9, raw: 'gone' },
          { ...at, position: 10, raw: 'kept by its source' },
          { ...at, position: 99, raw: 'not there' },
        ],
        heads: [
          { ...at, position: 7 },
          { consumer: 'orders', key: 'j', position: 9 },
        ],
        actions: [{ seq: edited!.seq, raw: 'gone', edited: 'gone too' }, { seq: discarded!.seq }, { seq: 9_999 }],
      })
      await store.parked.erase({})
      assert.deepEqual(await copies(), ['k 7 first', 'k 9 gone'])
      const { message, stack, history, ends, attempts, code } = (await store.parked.get('orders', 'k'))!
      assert.deepEqual([message, stack, history, ends], ['', '', [], []])
      const failure = failed('k', 7)
      assert.deepEqual([attempts, code], [failure.attempts, failure.code])
      assert.equal((await store.parked.get('orders', 'j'))?.message, failure.message)
      const texts = (await store.parked.actions({ limit: 9 })).map((each) => [each.message, each.raw, each.edited])
      assert.deepEqual(texts, [
        ['', undefined, undefined],
        ['', 'gone', 'gone too'],
      ])
      const reasons = (await store.parked.actions({ limit: 9 })).map(({ who, why, id }) => [who, why, id])
      assert.deepEqual(reasons, Array(2).fill([order.who, order.why, 'id-11']))
    },
  },
]

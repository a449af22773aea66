import assert from 'node:assert/strict'
import type { SagaRow } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import type { Expected, Unit } from '../../ports/unit-of-work.ts'
import { append, commitOne, event, everything, lost, rejects, unit, won, type StoreCase } from './store-case.ts'

const row = (id: string, change: Partial<SagaRow> = {}): SagaRow => ({
  id,
  saga: id.slice(0, id.indexOf('/')),
  service: 'shop',
  definitionVersion: 1,
  status: 'running',
  closed: false,
  version: 1,
  dueAtMs: null,
  state: '{"step":0}',
  startedAtMs: 1_700_000_000_000,
  ...change,
})
const moved = (sagas: readonly SagaRow[], expected: Expected = 'any'): Unit => ({
  appends: sagas.map(({ id }) => append(id, expected, 1, 1)),
  sagas,
})
const kept = async (store: Store, ...sagas: SagaRow[]): Promise<void> => void won(await commitOne(store, moved(sagas)))
const ids = (rows: readonly SagaRow[]): string[] => rows.map(({ id }) => id)

const nextDueMs = async (store: Store, saga: string): Promise<number | null | undefined> =>
  (await store.sagas.due(saga, Number.MAX_SAFE_INTEGER, 1))[0]?.dueAtMs

/** Rows of instances of sagas and processes. */
export const sagaCases: readonly StoreCase[] = [
  {
    title: 'the row of an instance is stored with its append and replaced by the next one',
    async run({ store, another }) {
      const first = row("Pay/it's \u{1f600}", { dueAtMs: 5, state: `{"text":"it's \u{1f600}"}` })
      won(await commitOne(store, moved([first], 'noStream')))
      assert.deepEqual(await store.sagas.get(first.id), first)
      const last = row(first.id, {
        definitionVersion: 2,
        service: 'stock',
        status: 'done',
        closed: true,
        version: 2,
        state: '"x"',
        startedAtMs: 7,
      })
      won(await commitOne(store, moved([last], 1)))
      assert.deepEqual(await store.sagas.get(first.id), last)
      assert.deepEqual(await (await another()).sagas.get(first.id), last)
      assert.equal(await store.sagas.get('Pay/none'), undefined)
    },
  },
  {
    title: 'a losing unit leaves the row as it was, and of several winners in a batch the last one counts',
    async run({ store }) {
      await kept(store, row('Pay/1', { dueAtMs: 5 }))
      const outcomes = await store.commit([
        moved([row('Pay/1', { version: 2, status: 'second', dueAtMs: 6 })], 1),
        moved([row('Pay/1', { version: 2, status: 'lost', dueAtMs: 1 }), row('Pay/2')], 1),
        moved([row('Pay/1', { version: 3, status: 'third', dueAtMs: 9 })], 2),
        moved([row('Pay/3')], 'noStream'),
      ])
      lost(outcomes[1], 'conflict')
      assert.deepEqual(await store.sagas.list({ limit: 10 }), [
        row('Pay/1', { version: 3, status: 'third', dueAtMs: 9 }),
        row('Pay/3'),
      ])
      assert.equal(await nextDueMs(store, 'Pay'), 9)
    },
  },
  {
    title: 'a row without an append to its stream is refused, and nothing of its batch is written',
    async run({ store }) {
      const foreign = { appends: [append('Pay/2', 'any', 1, 1)], sagas: [row('Pay/1')] }
      await rejects(store.commit([moved([row('Pay/3')]), foreign]), 'EW_UNIT')
      assert.deepEqual([await everything(store, 1), await store.sagas.list({ limit: 10 })], [[], []])
      won(await commitOne(store, { appends: [append('Pay/1', 'noStream', 1, 1)] }))
      // A row that is made again from its stream: the append only checks the version.
      won(await commitOne(store, { ...moved([row('Pay/4')]), appends: [append('Pay/4', 0, 1, 1)] }))
      const again: Unit = { appends: [append('Pay/1', 1, 0, 1), append('Pay/5', 0, 1, 1)], sagas: [row('Pay/1')] }
      won(await commitOne(store, again))
      assert.deepEqual(ids(await store.sagas.list({ limit: 10 })), ['Pay/1', 'Pay/4'])
    },
  },
  {
    title: 'a batch that is refused leaves no row, mail or timer, and the next one does not bring them',
    async run({ store }) {
      const known = event()
      won(await commitOne(store, unit('A/1', 'any', [known])))
      const mail = { saga: 'Pay', address: 'Pay/1', key: 'k', kind: 'start', body: '{}' }
      const timer = { id: 't', service: 'shop', dueAtMs: 1, command: 'Cancel', data: '{}', meta: '{}' }
      const rest: Unit = { mail: [mail], timers: [{ kind: 'set', ...timer }] }
      const units = [{ ...moved([row('Pay/1')]), ...rest }, unit('A/2', 'any', [known])]
      await rejects(store.commit(units), 'EW_IDS_TAKEN')
      won(await commitOne(store, { ...moved([row('Pay/2')]), mail: [{ ...mail, key: 'j' }] }))
      assert.deepEqual(ids(await store.sagas.list({ limit: 10 })), ['Pay/2'])
      assert.deepEqual(
        (await store.sagas.mail('Pay', 0, 10)).map(({ key }) => key),
        ['j'],
      )
      assert.equal(await store.timers.count('shop'), 0)
    },
  },
  {
    title: 'instances are listed in pages by id, of a saga, with some statuses, open or closed',
    async run({ store }) {
      await kept(
        store,
        row('Pay/b', { status: 'stuck' }),
        row('Pay/a', { status: 'done', closed: true }),
        row('Pay/c', { status: 'stuck' }),
        row('Pay/\u{1f600}'),
        row('Pay/\uffee'),
        row('Pay-off/a', { status: 'stuck' }),
        row('Paying/a', { status: 'done', closed: true }),
      )
      const list = async (page: object, limit = 10): Promise<string[]> =>
        ids(await store.sagas.list({ ...page, limit }))
      const all = ['Pay-off/a', 'Pay/a', 'Pay/b', 'Pay/c', 'Pay/\uffee', 'Pay/\u{1f600}', 'Paying/a']
      assert.deepEqual(await list({}), all)
      assert.deepEqual(await list({}, 2), all.slice(0, 2))
      assert.deepEqual(await list({ after: 'Pay/a' }, 2), ['Pay/b', 'Pay/c'])
      assert.deepEqual(await list({ saga: 'Pay' }), all.slice(1, 6))
      assert.deepEqual(await list({ saga: 'Pay', after: 'Pay/b' }, 1), ['Pay/c'])
      assert.deepEqual(await list({ statuses: ['stuck'] }), ['Pay-off/a', 'Pay/b', 'Pay/c'])
      assert.deepEqual(await list({ statuses: ['stuck', 'done', 'stuck', 'none'] }, 3), ['Pay-off/a', 'Pay/a', 'Pay/b'])
      assert.deepEqual(await list({ statuses: ['stuck', 'done'], saga: 'Pay', after: 'Pay/a' }), ['Pay/b', 'Pay/c'])
      assert.deepEqual(await list({ statuses: [] }), [])
      assert.deepEqual(await list({ closed: true }), ['Pay/a', 'Paying/a'])
      assert.deepEqual(await list({ closed: false, saga: 'Pay' }, 2), ['Pay/b', 'Pay/c'])
      assert.deepEqual(await list({ closed: false, statuses: ['done'] }), [])
      assert.deepEqual(await list({ saga: 'None' }), [])
    },
  },
  {
    title: 'instances are counted by saga and status',
    async run({ store }) {
      await kept(store, row('Pay/1'), row('Pay/2', { status: 'done' }), row('Pay/3', { status: 'done' }))
      await kept(store, row('Ask/1'), row('Pay/1', { status: 'done', version: 2 }))
      const pay = { saga: 'Pay', status: 'done', count: 3 }
      assert.deepEqual(await store.sagas.counts(), [{ saga: 'Ask', status: 'running', count: 1 }, pay])
      assert.deepEqual(await store.sagas.counts('Pay'), [pay])
      assert.deepEqual(await store.sagas.counts('None'), [])
    },
  },
  {
    title: 'instances whose time has come are found, the earliest first, and the next time is known',
    async run({ store }) {
      await kept(
        store,
        row('Pay/1', { dueAtMs: 30 }),
        row('Pay/2', { dueAtMs: 10 }),
        row('Pay/3', { dueAtMs: 20 }),
        row('Pay/0', { dueAtMs: 20 }),
        row('Pay/4'),
        row('Ask/1', { dueAtMs: 5 }),
      )
      const due = async (nowMs: number, limit = 10): Promise<string[]> =>
        ids(await store.sagas.due('Pay', nowMs, limit))
      assert.deepEqual(await due(9), [])
      assert.deepEqual(await due(20), ['Pay/2', 'Pay/0', 'Pay/3'])
      assert.deepEqual(await due(1_000, 2), ['Pay/2', 'Pay/0'])
      assert.equal(await nextDueMs(store, 'Pay'), 10)
      await kept(store, row('Pay/2', { version: 2 }), row('Pay/3', { version: 2, dueAtMs: 5 }))
      assert.deepEqual(await due(29), ['Pay/3', 'Pay/0'])
      assert.equal(await nextDueMs(store, 'Pay'), 5)
      assert.equal(await nextDueMs(store, 'None'), undefined)
    },
  },
  {
    title: 'rows of closed instances can be forgotten, and their streams stay; open ones cannot',
    async run({ store, another }) {
      const closed = { closed: true, status: 'done' }
      await kept(store, row('Pay/1', closed), row("Pay/it's", { ...closed, dueAtMs: 5 }), row('Pay/3'), row('Ask/1'))
      assert.deepEqual(await store.sagas.names(), ['Ask', 'Pay'])
      assert.equal(await store.sagas.forget(['Pay/1', "Pay/it's", 'Pay/3', 'Pay/none']), 2)
      assert.equal(await store.sagas.forget(['Pay/1']), 0)
      assert.equal(await store.sagas.forget([]), 0)
      assert.deepEqual(ids(await (await another()).sagas.list({ limit: 10 })), ['Ask/1', 'Pay/3'])
      assert.deepEqual(await store.sagas.counts('Pay'), [{ saga: 'Pay', status: 'running', count: 1 }])
      assert.equal(await nextDueMs(store, 'Pay'), undefined)
      assert.equal(await store.log.version('Pay/1'), 1)
      await kept(store, row('Ask/1', { ...closed, version: 2 }))
      assert.equal(await store.sagas.forget(['Ask/1']), 1)
      assert.deepEqual(await store.sagas.names(), ['Pay'])
    },
  },
  {
    title: 'the time is known when the oldest instance of a saga began that is open',
    async run({ store }) {
      const began = (id: string, startedAtMs: number, closed = false): SagaRow => row(id, { startedAtMs, closed })
      assert.equal(await store.sagas.oldestOpenMs('Pay'), undefined)
      await kept(store, began('Pay/1', 30), began('Pay/2', 20), began('Pay/3', 10, true), began('PayLater/1', 5))
      assert.equal(await store.sagas.oldestOpenMs('Pay'), 20)
      await kept(store, row('Pay/2', { startedAtMs: 20, closed: true, version: 2 }))
      assert.equal(await store.sagas.oldestOpenMs('Pay'), 30)
      assert.equal(await store.sagas.oldestOpenMs('Pa'), undefined)
    },
  },
]

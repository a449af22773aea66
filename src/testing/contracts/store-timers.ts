import assert from 'node:assert/strict'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { Timer, TimerWrite } from '../../ports/timers.ts'
import type { Store } from '../../ports/store.ts'
import { commitOne, inbox, lost, rejects, unit, won, type StoreCase } from './store-case.ts'

const timer = (id: string, dueAtMs: number, change: Partial<Timer> = {}): Timer => ({
  id,
  service: 'shop',
  dueAtMs,
  command: 'CancelOrder',
  data: '{"orderId":"o1"}',
  meta: '{"correlationId":"c"}',
  ...change,
})
const set = (...timers: Timer[]): TimerWrite[] => timers.map((each) => ({ kind: 'set', ...each }))
const write = async (store: Store, ...timers: TimerWrite[]): Promise<void> =>
  void won(await commitOne(store, { ...unit('A/1'), timers }))
const message = (id: string): OutboxMessage => ({
  id,
  service: 'shop',
  channel: 'shop.commands',
  key: 'k',
  type: 'CancelOrder',
  headers: '{}',
  value: '{}',
})
const fire = (read: Timer): TimerWrite => ({ kind: 'fire', timer: read, message: message(read.id) })
const sent = async (store: Store): Promise<string[]> => (await store.outbox.after(0, 100)).map(({ id }) => id)
const due = async (store: Store, nowMs: number, limit = 10): Promise<string[]> =>
  (await store.timers.due('shop', nowMs, limit)).map(({ id }) => id)

const nextDueMs = async (store: Store, service: string): Promise<number | undefined> =>
  (await store.timers.due(service, Number.MAX_SAFE_INTEGER, 1))[0]?.dueAtMs

/** Durable timers. */
export const timerCases: readonly StoreCase[] = [
  {
    title: 'timers that are due are found as they were set, the earliest first, of their service alone',
    async run({ store, another }) {
      const strange = timer("it's \u{1f600}", 20, { command: "It's", data: `"it's \u{1f600}"`, meta: '' })
      await write(store, ...set(timer('c', 30), timer('b', 10), strange, timer('d', 20)))
      await write(store, ...set(timer('a', 5, { service: 'stock' })))
      assert.deepEqual(await due(store, 9), [])
      assert.deepEqual(await store.timers.due('shop', 20, 10), [timer('b', 10), timer('d', 20), strange])
      assert.deepEqual(await due(await another(), 1_000, 2), ['b', 'd'])
      assert.deepEqual([await nextDueMs(store, 'shop'), await nextDueMs(store, 'none')], [10, undefined])
      assert.deepEqual([await store.timers.count('shop'), await store.timers.count('stock')], [4, 1])
      assert.equal(await store.timers.count('none'), 0)
    },
  },
  {
    title: 'a timer that is set again takes the place of the one before, and removing one that is not there is nothing',
    async run({ store }) {
      await write(store, ...set(timer('a', 10), timer('a', 5)))
      assert.deepEqual(await store.timers.due('shop', 100, 10), [timer('a', 5)])
      await write(store, ...set(timer('a', 1, { service: 'stock', command: 'Other' })))
      assert.deepEqual([await due(store, 100), await nextDueMs(store, 'shop')], [[], undefined])
      assert.deepEqual([await store.timers.count('shop'), await store.timers.count('stock')], [0, 1])
      await write(store, { kind: 'remove', id: 'a' }, { kind: 'remove', id: 'none' })
      assert.equal(await store.timers.count('stock'), 0)
      await write(store, ...set(timer('a', 20)), { kind: 'remove', id: 'a' }, ...set(timer('a', 7)))
      assert.deepEqual(await store.timers.due('shop', 100, 10), [timer('a', 7)])
    },
  },
  {
    title: 'a timer that is fired is gone and its message is sent, once, behind the messages of the unit',
    async run({ store, another }) {
      const [a, b] = [timer('a', 10), timer('b', 20)]
      await write(store, ...set(a, b))
      const fires = [fire(a), fire(b), fire(a)]
      won(await commitOne(store, { ...unit('A/1'), outbox: [message('m')], timers: fires }))
      assert.deepEqual(await sent(await another()), ['m', 'a', 'b'])
      assert.equal(await store.timers.count('shop'), 0)
      await write(store, ...fires)
      assert.deepEqual(await sent(store), ['m', 'a', 'b'])
    },
  },
  {
    title: 'a timer that is no more as it was read is left alone when somebody fires it',
    async run({ store }) {
      const read = timer('a', 10)
      const changes = [{ dueAtMs: 11 }, { command: 'Other' }, { data: '{}' }, { meta: '{}' }, { service: 'stock' }]
      for (const change of changes) {
        await write(store, ...set(read), ...set(timer('a', 10, change)))
        await write(store, fire(read))
        assert.deepEqual(await sent(store), [], JSON.stringify(change))
        const { service } = timer('a', 10, change)
        assert.deepEqual(await store.timers.due(service, 100, 10), [timer('a', 10, change)])
      }
      await write(store, { kind: 'remove', id: 'a' })
      await write(store, fire(read))
      assert.deepEqual(await sent(store), [])
    },
  },
  {
    title: 'timers are listed by service and time, page by page, of all services or of one',
    async run({ store }) {
      const [early, late] = [timer('z', 5), timer('b', 7)]
      const [fifth, ninth] = [timer('x', 5, { service: 'stock' }), timer('y', 9, { service: 'stock' })]
      await write(store, ...set(late, early, ninth, fifth))
      assert.deepEqual(await store.timers.list({ limit: 10 }), [early, late, fifth, ninth])
      assert.deepEqual(await store.timers.list({ limit: 2 }), [early, late])
      assert.deepEqual(await store.timers.list({ limit: 2, after: late }), [fifth, ninth])
      assert.deepEqual(await store.timers.list({ limit: 10, service: 'stock', after: fifth }), [ninth])
      assert.deepEqual(await store.timers.list({ limit: 1, service: 'stock' }), [fifth])
      assert.deepEqual(await store.timers.list({ limit: 10, service: 'shop', after: fifth }), [])
      assert.deepEqual(await store.timers.list({ limit: 10, service: 'none' }), [])
    },
  },
  {
    title: 'a losing unit sets and removes nothing, and units of a batch do it in their order',
    async run({ store }) {
      const outcomes = await store.commit([
        { inbox: [inbox('k')], timers: set(timer('a', 10), timer('b', 20)) },
        { inbox: [inbox('k')], timers: [{ kind: 'remove', id: 'a' }, ...set(timer('c', 1))] },
        { inbox: [inbox('j')], timers: [{ kind: 'remove', id: 'b' }, ...set(timer('b', 30))] },
      ])
      lost(outcomes[1], 'inbox')
      assert.deepEqual(await store.timers.due('shop', 100, 10), [timer('a', 10), timer('b', 30)])
    },
  },
  {
    title: 'a unit that only sets a timer is refused',
    async run({ store }) {
      await rejects(store.commit([{ timers: set(timer('a', 10)) }]), 'EW_UNIT')
      assert.equal(await store.timers.count('shop'), 0)
    },
  },
]

import assert from 'node:assert/strict'
import type { ParkedKey, ParkedPage, ParkedSummary } from '../../ports/parked.ts'
import type { Store } from '../../ports/store.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'
import { claimed, commitOne, move, won, type StoreCase, type StoreTrial } from './store-case.ts'

type Failed = Extract<ParkWrite, { readonly kind: 'park' }>

/** What parks a key of `orders`. */
export const failed = (key: string, position: number, change: Partial<Failed> = {}): Failed => ({
  kind: 'park',
  consumer: 'orders',
  source: 'log',
  bucket: 0,
  key,
  position,
  facts: { id: `id-${position}`, type: 'Noted', schemaVersion: 2, correlationId: 'c1' },
  code: 'EW_X',
  message: 'no',
  stack: 'at a',
  attempts: 3,
  history: [{ atMs: 5, code: 'EW_X', message: 'no' }],
  handlers: 'h1',
  replay: false,
  ...change,
})

/** What makes a message wait for a parked key of `orders`. */
export const wait = (key: string, position: number, change: { readonly raw?: string } = {}): ParkWrite => ({
  kind: 'wait',
  consumer: 'orders',
  key,
  position,
  ...change,
})
const replayed = (key: string, position: number): ParkWrite => ({ kind: 'replayed', consumer: 'orders', key, position })
const keys = (parked: readonly Pick<ParkedKey, 'consumer' | 'key'>[]): string[] =>
  parked.map(({ consumer, key }) => `${consumer} ${key}`)

/** A page of keys, whose summaries say the same. */
async function listed({ parked }: Store, page: ParkedPage): Promise<string[]> {
  const list = await parked.list(page)
  assert.deepEqual(await parked.summaries(page), list.map(summaryOf))
  return keys(list)
}

function summaryOf({ consumer, key, position, vainReplays }: ParkedKey): ParkedSummary {
  return { consumer, key, position, vainReplays }
}

/** Commits park writes in units that move a position, as the runtime does. */
export async function parker(
  { store }: StoreTrial,
  consumer?: string,
): Promise<(...parks: ParkWrite[]) => Promise<void>> {
  const row = await claimed(store, consumer)
  let position = 0
  return async (...parks) => {
    won(await commitOne(store, { positions: [move(row, position + 1, { from: position })], parks }))
    position++
  }
}

/** Positions of what waits for a key of `orders`. */
export const waiting = async (store: Store, key: string): Promise<readonly number[]> =>
  (await store.parked.waiting('orders', key, 100)).map(({ position }) => position)

/** Keys whose messages wait. */
export const parkedCases: readonly StoreCase[] = [
  {
    title: 'what a consumer that is no more has parked is forgotten, and nobody else’s',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('a', 1), wait('a', 1), wait('a', 2), failed('b', 3), wait('b', 3))
      const other = await parker(trial, 'others')
      await other({ ...failed('a', 1), consumer: 'others' }, { ...wait('a', 1), consumer: 'others' })
      await store.parked.forget('orders')
      assert.deepEqual(keys(await store.parked.list({ limit: 10 })), ['others a'])
      assert.deepEqual([await store.parked.count('orders'), await waiting(store, 'a')], [0, []])
      assert.equal((await store.parked.get('others', 'a'))?.waiting, 1)
    },
  },
  {
    title: 'a parked key says where and why, since when, and how many messages wait',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await trial.pass(500)
      await park(failed('k', 7))
      await park(wait('k', 12), wait('k', 9), wait('k', 12))
      const { kind: _, facts, replay: _replay, ...details } = failed('k', 7)
      const nowMs = await store.now()
      const letter = {
        ...details,
        ...facts,
        replays: 0,
        vainReplays: 0,
        ends: [],
        edits: 0,
        parkedAtMs: nowMs,
        failedAtMs: nowMs,
        resuming: false,
        waiting: 3,
      }
      assert.deepEqual(await store.parked.get('orders', 'k'), letter)
      const { stack: _stack, history: _history, ends: _ends, handlers: _handlers, ...listed } = letter
      assert.deepEqual(await store.parked.list({ limit: 9 }), [listed])
      assert.deepEqual(await waiting(store, 'k'), [7, 9, 12])
      assert.deepEqual(await store.parked.waiting('orders', 'k', 2), [{ position: 7 }, { position: 9 }])
      assert.equal(await store.parked.get('orders', 'other'), undefined)
    },
  },
  {
    title: 'a summary says where the head of a key stands now and how often it was replayed in vain, no more',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7, { raw: '{}' }), wait('k', 9))
      const summaries = (consumer: string): Promise<readonly ParkedSummary[]> =>
        store.parked.summaries({ consumer, limit: 9 })
      const summary = { consumer: 'orders', key: 'k', position: 7, vainReplays: 0 }
      assert.deepEqual([await summaries('orders'), await summaries('others')], [[summary], []])
      await park(failed('k', 7, { replay: true }))
      assert.deepEqual(await summaries('orders'), [{ ...summary, vainReplays: 1 }])
      await store.parked.edit('orders', 'k', 7, '[]', { who: 'ann', why: 'a typo' })
      assert.deepEqual(await summaries('orders'), [summary])
      await park(replayed('k', 7), failed('k', 9))
      assert.deepEqual(await summaries('orders'), [{ ...summary, position: 9 }])
    },
  },
  {
    title: 'what is kept of a delivery waits with its position, and the first that was kept stays',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7, { raw: '{"a":"\'\u{1f600}"}' }), wait('k', 9, { raw: '' }), wait('k', 8))
      await park(failed('k', 7, { raw: 'other' }), wait('k', 9, { raw: 'other' }), wait('k', 8, { raw: 'other' }))
      assert.deepEqual(await store.parked.waiting('orders', 'k', 10), [
        { position: 7, raw: '{"a":"\'\u{1f600}"}' },
        { position: 8 },
        { position: 9, raw: '' },
      ])
      assert.equal((await store.parked.get('orders', 'k'))?.raw, '{"a":"\'\u{1f600}"}')
    },
  },
  {
    title: 'a key is marked for replay, replayed message by message and freed',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9), failed('j', 8))
      assert.deepEqual(await store.parked.resuming('orders', { limit: 9 }), [])
      assert.deepEqual([...(await store.parked.resume('orders', ['k', 'nobody'], 3))], ['k'])
      assert.deepEqual(await store.parked.resuming('orders', { limit: 9 }), ['k'])
      await park(replayed('k', 7))
      assert.deepEqual(await waiting(store, 'k'), [9])
      await park(replayed('k', 9), { kind: 'unpark', consumer: 'orders', key: 'k' })
      assert.equal(await store.parked.get('orders', 'k'), undefined)
      assert.deepEqual([await waiting(store, 'k'), await waiting(store, 'j')], [[], [8]])
      assert.equal((await store.parked.resume('orders', ['k'], 3)).size, 0)
    },
  },
  {
    title: 'a mark is taken back by a unit, and nothing else of the key with it',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9), failed('j', 8))
      const before = await store.parked.get('orders', 'k')
      await store.parked.resume('orders', ['k', 'j'], 3)
      await park({ kind: 'unmark', consumer: 'orders', key: 'k' })
      assert.deepEqual(await store.parked.get('orders', 'k'), before)
      assert.deepEqual(await store.parked.resuming('orders', { limit: 9 }), ['j'])
    },
  },
  {
    title: 'keys that are marked for replay are answered by bucket, in their order, as many as are wanted',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('c', 1), failed('a', 2), failed('b', 3, { bucket: 1 }), failed('d', 4))
      await store.parked.resume('orders', ['a', 'b', 'c'], 3)
      assert.deepEqual(await store.parked.resuming('orders', { limit: 9 }), ['a', 'b', 'c'])
      assert.deepEqual(await store.parked.resuming('orders', { bucket: 0, limit: 9 }), ['a', 'c'])
      assert.deepEqual(await store.parked.resuming('orders', { bucket: 0, limit: 1 }), ['a'])
      assert.deepEqual(await store.parked.resuming('mails', { limit: 9 }), [])
    },
  },
  {
    title: 'a message that fails again in its replay is no longer marked, remembers how it failed and keeps what waits',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9))
      const first = await store.parked.get('orders', 'k')
      await trial.pass(1_000)
      await store.parked.resume('orders', ['k'], 3)
      const again = { atMs: 9, code: 'EW_Y', message: 'still no' }
      await park(failed('k', 7, { code: 'EW_Y', message: 'still no', attempts: 4, history: [again], replay: true }))
      const nowMs = await store.now()
      assert.deepEqual(await store.parked.get('orders', 'k'), {
        ...first,
        code: 'EW_Y',
        message: 'still no',
        attempts: 7,
        history: [...(first?.history ?? []), again],
        replays: 1,
        vainReplays: 1,
        ends: [{ ...again, atMs: nowMs }],
        failedAtMs: nowMs,
      })
      assert.deepEqual(await waiting(store, 'k'), [7, 9])
    },
  },
  {
    title: 'of many attempts the first and the newest nine are remembered, and how many there were',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      for (let n = 0; n < 25; n++)
        await park(failed('k', 7, { attempts: 1, history: [{ atMs: n, code: 'X', message: '' }], replay: n > 0 }))
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual(
        letter?.history.map(({ atMs }) => atMs),
        [0, 16, 17, 18, 19, 20, 21, 22, 23, 24],
      )
      assert.deepEqual([letter?.attempts, letter?.replays, letter?.ends.length], [25, 24, 10])
    },
  },
  {
    title: 'an attempt without a history of its own was made now',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await trial.pass(700)
      await park(failed('k', 7, { attempts: 1, history: [] }))
      const history = [{ atMs: await store.now(), code: 'EW_X', message: 'no' }]
      assert.deepEqual((await store.parked.get('orders', 'k'))?.history, history)
    },
  },
  {
    title: 'another message at the head of a key begins anew, and the key is parked since the first',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9))
      const since = await store.now()
      await trial.pass(1_000)
      await park(failed('k', 7, { replay: true }))
      await park(replayed('k', 7), failed('k', 9, { attempts: 2, code: 'EW_Z', replay: false }))
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual(
        [letter?.position, letter?.code, letter?.attempts, letter?.replays, letter?.id, letter?.parkedAtMs],
        [9, 'EW_Z', 2, 0, 'id-9', since],
      )
    },
  },
  {
    title: 'what was replayed in vain too often is not marked again until the handlers are others',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), failed('j', 8))
      for (let n = 0; n < 2; n++) await park(failed('k', 7, { replay: true }))
      assert.deepEqual([...(await store.parked.resume('orders', ['k', 'j'], 2))], ['j'])
      assert.equal((await store.parked.get('orders', 'k'))?.resuming, false)
      assert.deepEqual([...(await store.parked.resume('orders', ['k'], Infinity))], ['k'])
      const handlers = (hash: string, bucket = 0): ParkWrite => ({
        kind: 'handlers',
        consumer: 'orders',
        bucket,
        handlers: hash,
      })
      await park(failed('k', 7, { replay: true }), handlers('h1'), handlers('h2', 1))
      assert.equal((await store.parked.get('orders', 'k'))?.vainReplays, 3)
      await park(handlers('h2'))
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual([letter?.vainReplays, letter?.replays], [0, 3])
      assert.deepEqual([...(await store.parked.resume('orders', ['k'], 2))], ['k'])
      await park(failed('k', 7, { replay: true, handlers: 'h3' }))
      assert.equal((await store.parked.get('orders', 'k'))?.vainReplays, 1)
    },
  },
  {
    title: 'freeing a key forgets everything that waited for it and nothing else',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9), failed('j', 8))
      await park({ kind: 'unpark', consumer: 'orders', key: 'k' })
      assert.deepEqual(
        [await waiting(store, 'k'), await waiting(store, 'j'), await store.parked.count('orders')],
        [[], [8], 1],
      )
    },
  },
  {
    title: 'parked keys are counted, looked up and listed in pages by consumer and key',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      const parkOther = await parker(trial, 'mails')
      await park(failed('b', 1), failed('a', 2), failed("c'\u{1f600}", 3))
      await parkOther(failed('a', 2, { consumer: 'mails' }))
      assert.deepEqual(
        [await store.parked.count('orders'), await store.parked.count('mails'), await store.parked.count('x')],
        [3, 1, 0],
      )
      assert.deepEqual([...(await store.parked.among('orders', ['z', 'a', "c'\u{1f600}"]))].sort(), [
        'a',
        "c'\u{1f600}",
      ])
      assert.equal((await store.parked.among('mails', ['b'])).size, 0)
      assert.deepEqual(await listed(store, { limit: 10 }), ['mails a', 'orders a', 'orders b', "orders c'\u{1f600}"])
      assert.deepEqual(await listed(store, { limit: 2 }), ['mails a', 'orders a'])
      assert.deepEqual(await listed(store, { limit: 2, after: { consumer: 'orders', key: 'a' } }), [
        'orders b',
        "orders c'\u{1f600}",
      ])
      assert.deepEqual(await listed(store, { limit: 9, consumer: 'orders', after: { consumer: 'orders', key: 'a' } }), [
        'orders b',
        "orders c'\u{1f600}",
      ])
      assert.deepEqual(await listed(store, { limit: 9, consumer: 'mails' }), ['mails a'])
    },
  },
  {
    title: 'parked keys are listed and counted by why they failed and by what',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      const facts = { id: null, type: null, schemaVersion: null, correlationId: null }
      await park(failed('a', 1), failed('b', 2, { code: 'EW_Y' }), failed('c', 3, { facts }), failed('d', 4))
      assert.deepEqual(await listed(store, { limit: 9, code: 'EW_X' }), ['orders a', 'orders c', 'orders d'])
      assert.deepEqual(await listed(store, { limit: 9, type: 'Noted', code: 'EW_X' }), ['orders a', 'orders d'])
      const after = { consumer: 'orders', key: 'a' }
      assert.deepEqual(await listed(store, { limit: 9, type: 'Noted', code: 'EW_X', after }), ['orders d'])
      const counts = [
        { consumer: 'orders', code: 'EW_X', type: null, count: 1 },
        { consumer: 'orders', code: 'EW_X', type: 'Noted', count: 2 },
        { consumer: 'orders', code: 'EW_Y', type: 'Noted', count: 1 },
      ]
      assert.deepEqual(await store.parked.counts(), counts)
      assert.deepEqual(await store.parked.counts('orders'), counts)
      assert.deepEqual(await store.parked.counts('mails'), [])
    },
  },
]

import assert from 'node:assert/strict'
import type { ParkedKey } from '../../ports/parked.ts'
import type { Store } from '../../ports/store.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'
import { claimed, commitOne, move, won, type StoreCase, type StoreTrial } from './store-case.ts'

const failed = (key: string, position: number, change: object = {}): ParkWrite => ({
  kind: 'park',
  consumer: 'orders',
  source: 'log',
  bucket: 0,
  key,
  position,
  code: 'EW_X',
  message: 'no',
  stack: 'at a',
  attempts: 3,
  ...change,
})
const wait = (key: string, position: number, change: { readonly raw?: string } = {}): ParkWrite => ({
  kind: 'wait',
  consumer: 'orders',
  key,
  position,
  ...change,
})
const replayed = (key: string, position: number): ParkWrite => ({ kind: 'replayed', consumer: 'orders', key, position })
const keys = (parked: readonly ParkedKey[]): string[] => parked.map(({ consumer, key }) => `${consumer} ${key}`)

/** Commits park writes in units that move a position, as the runtime does. */
async function parker({ store }: StoreTrial, consumer?: string): Promise<(...parks: ParkWrite[]) => Promise<void>> {
  const row = await claimed(store, consumer)
  let position = 0
  return async (...parks) => {
    won(await commitOne(store, { positions: [move(row, position + 1, { from: position })], parks }))
    position++
  }
}

const waiting = async (store: Store, key: string): Promise<readonly number[]> =>
  (await store.parked.waiting('orders', key, 100)).map(({ position }) => position)

/** Keys whose events wait. */
export const parkedCases: readonly StoreCase[] = [
  {
    title: 'a parked key says where and why, since when, and how many events wait',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await trial.pass(500)
      await park(failed('k', 7))
      await park(wait('k', 12), wait('k', 9), wait('k', 12))
      const { kind: _, ...details } = failed('k', 7)
      assert.deepEqual(await store.parked.get('orders', 'k'), {
        ...details,
        parkedAtMs: await store.now(),
        resuming: false,
        waiting: 3,
      })
      assert.deepEqual(await waiting(store, 'k'), [7, 9, 12])
      assert.deepEqual(await store.parked.waiting('orders', 'k', 2), [{ position: 7 }, { position: 9 }])
      assert.equal(await store.parked.get('orders', 'other'), undefined)
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
      assert.equal(Object.hasOwn((await store.parked.get('orders', 'k')) ?? { raw: '' }, 'raw'), false)
    },
  },
  {
    title: 'a key is marked for replay, replayed event by event and freed',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9), failed('j', 8))
      assert.deepEqual(await store.parked.resuming('orders'), [])
      assert.equal(await store.parked.resume('orders', 'k'), true)
      assert.deepEqual(keys(await store.parked.resuming('orders')), ['orders k'])
      await park(replayed('k', 7))
      assert.deepEqual(await waiting(store, 'k'), [9])
      await park(replayed('k', 9), { kind: 'unpark', consumer: 'orders', key: 'k' })
      assert.equal(await store.parked.get('orders', 'k'), undefined)
      assert.deepEqual([await waiting(store, 'k'), await waiting(store, 'j')], [[], [8]])
      assert.equal(await store.parked.resume('orders', 'k'), false)
    },
  },
  {
    title: 'a key that fails again in its replay is no longer marked and keeps what waits',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9))
      const first = await store.parked.get('orders', 'k')
      await trial.pass(1_000)
      await store.parked.resume('orders', 'k')
      await park(failed('k', 7, { code: 'EW_Y', message: 'still no', attempts: 4 }))
      const again = await store.parked.get('orders', 'k')
      assert.deepEqual(again, { ...first, code: 'EW_Y', message: 'still no', attempts: 4, resuming: false, waiting: 2 })
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
      assert.deepEqual(keys(await store.parked.list({ limit: 10 })), [
        'mails a',
        'orders a',
        'orders b',
        "orders c'\u{1f600}",
      ])
      assert.deepEqual(keys(await store.parked.list({ limit: 2 })), ['mails a', 'orders a'])
      assert.deepEqual(keys(await store.parked.list({ limit: 2, after: { consumer: 'orders', key: 'a' } })), [
        'orders b',
        "orders c'\u{1f600}",
      ])
      assert.deepEqual(
        keys(await store.parked.list({ limit: 9, consumer: 'orders', after: { consumer: 'orders', key: 'a' } })),
        ['orders b', "orders c'\u{1f600}"],
      )
      assert.deepEqual(keys(await store.parked.list({ limit: 9, consumer: 'mails' })), ['mails a'])
    },
  },
]

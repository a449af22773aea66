import assert from 'node:assert/strict'
import type { StoreCase } from './store-case.ts'
import { failed, parker, wait, waiting } from './store-parked.ts'

const order = { who: 'ada', why: "the 'customer' is gone" }

/** What is done to the heads of parked keys. */
export const deadLetterCases: readonly StoreCase[] = [
  {
    title: 'an edit replaces what is kept of a head, begins its vain replays anew and is noted with both texts',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7, { raw: 'first' }), wait('k', 9, { raw: 'second' }))
      await park(failed('k', 7, { replay: true, raw: 'first' }))
      await trial.pass(1_000)
      assert.equal(await store.parked.edit('orders', 'k', 7, 'mended', order), true)
      assert.deepEqual(await store.parked.waiting('orders', 'k', 9), [
        { position: 7, raw: 'mended' },
        { position: 9, raw: 'second' },
      ])
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual(
        [letter?.raw, letter?.edits, letter?.replays, letter?.vainReplays, letter?.resuming],
        ['mended', 1, 1, 0, false],
      )
      const { facts, code, message } = failed('k', 7)
      const what = { consumer: 'orders', source: 'log', key: 'k', position: 7, ...facts, code, message, ...order }
      const edited = { kind: 'edited', ...what, atMs: await store.now(), raw: 'first', edited: 'mended' }
      const [action, ...rest] = await store.parked.actions({ limit: 9 })
      assert.deepEqual([action, rest], [{ ...edited, seq: action?.seq }, []])
    },
  },
  {
    title: 'what fails again after an edit keeps the edited text',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7, { raw: 'first' }))
      await store.parked.edit('orders', 'k', 7, 'mended', order)
      await park(failed('k', 7, { raw: 'mended', replay: true }))
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual([letter?.raw, letter?.edits, letter?.vainReplays], ['mended', 1, 1])
    },
  },
  {
    title: 'a discard drops the head alone, marks the key so that the rest goes on, and is noted',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7, { raw: 'first' }), wait('k', 12), wait('k', 9), failed('j', 8))
      assert.deepEqual([...(await store.parked.discard('orders', [{ key: 'k', position: 7 }], order))], ['k'])
      assert.deepEqual([await waiting(store, 'k'), await waiting(store, 'j')], [[9, 12], [8]])
      assert.deepEqual(await store.parked.resuming('orders', { limit: 9 }), ['k'])
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual(
        [letter?.code, letter?.message, letter?.position, letter?.waiting, letter?.attempts, letter?.id],
        ['discarded', order.why, 9, 2, 0, null],
      )
      const [action] = await store.parked.actions({ kind: 'discarded', limit: 9 })
      assert.deepEqual(
        [action?.key, action?.position, action?.code, action?.why, action?.raw, action?.edited, action?.id],
        ['k', 7, 'EW_X', order.why, 'first', undefined, 'id-7'],
      )
      assert.deepEqual(await store.parked.actions({ kind: 'edited', limit: 9 }), [])
    },
  },
  {
    title: 'a key that had nothing but its head waits empty for its owner, who frees it; it stays incomplete for good',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), failed('j', 8))
      await store.parked.discard('orders', [{ key: 'k', position: 7 }], order)
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual([letter?.waiting, letter?.resuming, await waiting(store, 'k')], [0, true, []])
      await park({ kind: 'unpark', consumer: 'orders', key: 'k' })
      assert.equal(await store.parked.get('orders', 'k'), undefined)
      assert.deepEqual([...(await store.parked.among('orders', ['k', 'l', 'j']))].sort(), ['j', 'k'])
      assert.deepEqual([...(await store.parked.among('orders', ['k']))], ['k'])
      assert.equal((await store.parked.among('mails', ['k'])).size, 0)
    },
  },
  {
    title: 'what is behind a discarded head and fails begins anew',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7), wait('k', 9))
      await park(failed('k', 7, { replay: true }))
      await store.parked.discard('orders', [{ key: 'k', position: 7 }], order)
      await park(failed('k', 9, { code: 'EW_Y', attempts: 2 }))
      const letter = await store.parked.get('orders', 'k')
      assert.deepEqual(
        [letter?.code, letter?.attempts, letter?.history.length, letter?.replays, letter?.resuming],
        ['EW_Y', 2, 1, 0, false],
      )
    },
  },
  {
    title: 'nothing is done to a head while its key is marked for replay, nor to one that is not at the head',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      await park(failed('k', 7, { raw: 'first' }), wait('k', 9), failed('j', 8, { raw: 'other' }))
      await store.parked.resume('orders', ['k'], 3)
      const heads = [
        { key: 'k', position: 7 },
        { key: 'j', position: 9 },
        { key: 'nobody', position: 1 },
      ]
      assert.equal((await store.parked.discard('orders', heads, order)).size, 0)
      assert.equal(await store.parked.edit('orders', 'k', 7, 'mended', order), false)
      assert.equal(await store.parked.edit('orders', 'j', 9, 'mended', order), false)
      assert.deepEqual([await waiting(store, 'k'), await store.parked.actions({ limit: 9 })], [[7, 9], []])
      assert.equal((await store.parked.get('orders', 'j'))?.raw, 'other')
      assert.deepEqual([...(await store.parked.discard('orders', [{ key: 'j', position: 8 }], order))], ['j'])
    },
  },
  {
    title: 'actions are read newest first, in pages, by consumer, key and kind',
    async run(trial) {
      const { store } = trial
      const park = await parker(trial)
      const parkOther = await parker(trial, 'mails')
      await park(failed('a', 1, { raw: '1' }), failed('b', 2))
      await parkOther(failed('a', 3, { consumer: 'mails' }))
      await store.parked.edit('orders', 'a', 1, 'x', order)
      await store.parked.discard('orders', [{ key: 'b', position: 2 }], order)
      await store.parked.discard('mails', [{ key: 'a', position: 3 }], order)
      await store.parked.discard('orders', [{ key: 'a', position: 1 }], order)
      const places = async (page: object): Promise<number[]> =>
        (await store.parked.actions({ limit: 9, ...page })).map(({ position }) => position)
      assert.deepEqual(await places({}), [1, 3, 2, 1])
      assert.deepEqual(await places({ limit: 2 }), [1, 3])
      const [, second] = await store.parked.actions({ limit: 2 })
      assert.deepEqual(await places({ after: second?.seq ?? 0 }), [2, 1])
      assert.deepEqual(await places({ consumer: 'orders', key: 'a' }), [1, 1])
      assert.deepEqual(await places({ consumer: 'orders', kind: 'discarded' }), [1, 2])
      const [edited] = await store.parked.actions({ kind: 'edited', limit: 1 })
      assert.deepEqual([edited?.raw, edited?.edited], ['1', 'x'])
    },
  },
]

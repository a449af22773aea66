import assert from 'node:assert/strict'
import { commitOne, everything, inbox, lost, unit, won, type StoreCase } from './store-case.ts'

/** Keys that count once. */
export const inboxCases: readonly StoreCase[] = [
  {
    title: 'a key counts once, and whoever comes second gets the first fingerprint and outcome',
    async run({ store }) {
      won(await commitOne(store, { ...unit('A/1'), inbox: [inbox('k', { outcome: '{"reply":1}' })] }))
      const second = await commitOne(store, {
        ...unit('A/2'),
        inbox: [inbox('k', { fingerprint: 'f2', outcome: '{"reply":2}' })],
      })
      assert.deepEqual(second, { ok: false, reason: 'inbox', key: 'k', fingerprint: 'f1', outcome: '{"reply":1}' })
      assert.deepEqual(await everything(store), [[1, 'A/1', 1]])
    },
  },
  {
    title: 'of two units with one key in a batch the first wins',
    async run({ store }) {
      const outcomes = await store.commit([
        { ...unit('A/1'), inbox: [inbox('k', { outcome: '1' })] },
        { ...unit('A/2'), inbox: [inbox('j'), inbox('k', { outcome: '2' })] },
        { ...unit('A/3'), inbox: [inbox('j', { outcome: '3' })] },
      ])
      won(outcomes[0])
      assert.equal(lost(outcomes[1], 'inbox').outcome, '1')
      won(outcomes[2])
      assert.equal((await store.inbox.get('shop', 'commands', 'j'))?.outcome, '3')
    },
  },
  {
    title: 'a refusal is kept without events, with the time of its commit',
    async run({ store, pass }) {
      await pass(1_234)
      assert.deepEqual(
        won(await commitOne(store, { inbox: [inbox('k', { outcome: '{"refused":"order_exists"}' })] })).appends,
        [],
      )
      const entry = await store.inbox.get('shop', 'commands', 'k')
      assert.deepEqual(
        [entry?.fingerprint, entry?.outcome, entry?.atMs],
        ['f1', '{"refused":"order_exists"}', await store.now()],
      )
    },
  },
  {
    title: 'the same key of another service or consumer is another key, and so is one in other letters',
    async run({ store }) {
      const keys = [
        inbox('k'),
        inbox('k', { service: 'stock' }),
        inbox('k', { consumer: 'replies' }),
        inbox('K'),
        inbox("k'"),
        inbox(''),
      ]
      for (const row of keys) won(await commitOne(store, { inbox: [row] }))
      for (const row of keys) lost(await commitOne(store, { inbox: [row] }), 'inbox')
      assert.equal(await store.inbox.get('stock', 'replies', 'k'), undefined)
    },
  },
  {
    title: 'old entries of a consumer are deleted, the oldest first, and may be used again; others stay',
    async run({ store, pass }) {
      won(await commitOne(store, { inbox: [inbox('oldest'), inbox("it's", { consumer: 'replies' })] }))
      await pass(60_000)
      won(await commitOne(store, { inbox: [inbox('old'), inbox('old', { service: 'stock' })] }))
      await pass(60_000)
      won(await commitOne(store, { inbox: [inbox('young')] }))
      assert.deepEqual(await store.inbox.consumers(), ['commands', 'replies'])
      const nowMs = await store.now()
      assert.equal(await store.inbox.purge('commands', nowMs - 120_000, 10), 0)
      assert.equal(await store.inbox.purge('commands', nowMs, 1), 1)
      assert.equal(await store.inbox.get('shop', 'commands', 'oldest'), undefined)
      assert.equal((await store.inbox.get('shop', 'commands', 'old'))?.fingerprint, 'f1')
      assert.equal(await store.inbox.purge('commands', nowMs, 10), 2)
      assert.equal(await store.inbox.purge('commands', nowMs, 10), 0)
      lost(await commitOne(store, { inbox: [inbox('young')] }), 'inbox')
      lost(await commitOne(store, { inbox: [inbox("it's", { consumer: 'replies' })] }), 'inbox')
      won(await commitOne(store, { inbox: [inbox('old')] }))
      assert.equal(await store.inbox.purge('replies', nowMs, 10), 1)
      assert.deepEqual(await store.inbox.consumers(), ['commands'])
    },
  },
  {
    title: 'of many keys those that are there are found, of that service and consumer alone',
    async run({ store }) {
      const there = ['k', "k'", '', '\u{1f600}', ...Array.from({ length: 200 }, (_, index) => `n${index}`)]
      const elsewhere = [inbox('other', { service: 'stock' }), inbox('other', { consumer: 'replies' })]
      won(await commitOne(store, { inbox: [...there.map((key) => inbox(key)), ...elsewhere] }))
      const found = await store.inbox.among('shop', 'commands', [...there, 'other', 'K', 'k', 'none'])
      assert.deepEqual([...found].sort(), [...there].sort())
      assert.deepEqual([...(await store.inbox.among('stock', 'commands', ['k', 'other']))], ['other'])
      assert.equal((await store.inbox.among('shop', 'commands', [])).size, 0)
    },
  },
]

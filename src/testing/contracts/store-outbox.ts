import assert from 'node:assert/strict'
import type { OutboxMessage, OutboxRow } from '../../ports/outbox.ts'
import { commitOne, event, inbox, lost, rejects, unit, won, type StoreCase } from './store-case.ts'

const sent = (id: string, change: Partial<OutboxMessage> = {}): OutboxMessage => ({
  id,
  service: 'shop',
  channel: 'stock.commands',
  key: 'o1',
  type: 'ReserveInventory',
  headers: '{"a":"b"}',
  value: '{}',
  ...change,
})
const places = (rows: readonly OutboxRow[]): string[] => rows.map(({ position, id }) => `${position} ${id}`)

/** Messages that leave with their units. */
export const outboxCases: readonly StoreCase[] = [
  {
    title: 'messages are kept as they were sent, with the time of their commit',
    async run({ store, pass }) {
      await pass(1_234)
      const messages = [
        sent('m1'),
        sent('m2', { key: '', headers: '{}', value: `{"text":"it's \u{1f600}"}` }),
        sent('m3', { service: 'stock', channel: 'shop.replies', type: "It's", value: `"${'x'.repeat(100_000)}"` }),
      ]
      won(await commitOne(store, { ...unit('A/1'), outbox: messages }))
      const recordedAtMs = await store.now()
      assert.deepEqual(
        await store.outbox.after(0, 10),
        messages.map((message, index) => ({ ...message, position: index + 1, recordedAtMs })),
      )
    },
  },
  {
    title: 'where the store tells where messages are, they are there and nothing else is',
    async run({ store }) {
      const timer = { id: 'shop/t', service: 'shop', dueAtMs: 1, command: 'C', data: '{}', meta: '{}' }
      won(await commitOne(store, { ...unit('A/1'), timers: [{ kind: 'set', ...timer }] }))
      const fire = (id: string) => ({ kind: 'fire' as const, timer, message: sent(id) })
      const units = [
        { ...unit('A/1'), outbox: [sent('m1'), sent('m2')] },
        { ...unit('A/1', 'noStream'), outbox: [sent('lost')] },
        { ...unit('A/2'), outbox: [sent('m3')], timers: [fire('m4'), fire('late')] },
        { ...unit('A/3'), outbox: [sent('m5')] },
      ]
      const outcomes = [
        ...(await store.commit(units)),
        ...(await store.commit([{ ...unit('A/3'), outbox: [sent('m6')] }])),
      ]
      const told = outcomes.map((outcome) => (outcome.ok ? outcome.sent : undefined))
      const isTold = told[0] !== undefined
      const places = [[0, 2, 1, 2], undefined, [2, 4, 3, 4, null], [4, 5, 5], [5, 6, 6]]
      assert.deepEqual(
        told.map((placed) => placed && [placed.after, placed.to, ...placed.places]),
        isTold ? places : places.map(() => undefined),
      )
      const rows = await store.outbox.after(0, 10)
      assert.deepEqual(
        rows.map(({ position, id }) => `${position} ${id}`),
        ['1 m1', '2 m2', '3 m3', '4 m4', '5 m5', '6 m6'],
      )
      if (isTold) assert.equal(rows[2]!.recordedAtMs, told[2]!.atMs)
    },
  },
  {
    title: 'positions are dense in the order of commits, and a losing unit sends nothing',
    async run({ store }) {
      assert.equal(await store.outbox.head(), 0)
      const outcomes = await store.commit([
        { ...unit('A/1'), outbox: [sent('m1'), sent('m2')] },
        { ...unit('A/1', 'noStream'), outbox: [sent('lost')] },
        { inbox: [inbox('k')], outbox: [sent('m3')] },
        { inbox: [inbox('k')], outbox: [sent('lost')] },
        { ...unit('A/2'), outbox: [sent('m4')] },
      ])
      lost(outcomes[1], 'conflict')
      lost(outcomes[3], 'inbox')
      won(await commitOne(store, { ...unit('A/3'), outbox: [sent('m1')] }))
      assert.deepEqual(places(await store.outbox.after(0, 10)), ['1 m1', '2 m2', '3 m3', '4 m4', '5 m1'])
      assert.equal(await store.outbox.head(), 5)
    },
  },
  {
    title: 'a batch that is refused sends nothing and leaves no gap',
    async run({ store }) {
      const known = event()
      won(await commitOne(store, unit('A/1', 'any', [known])))
      const units = [
        { ...unit('A/2'), outbox: [sent('m1')] },
        { ...unit('A/3', 'any', [known]), outbox: [sent('m2')] },
      ]
      await rejects(store.commit(units), 'EW_IDS_TAKEN')
      assert.deepEqual([await store.outbox.head(), await store.outbox.after(0, 10)], [0, []])
      won(await commitOne(store, { ...unit('A/4'), outbox: [sent('m3')] }))
      assert.deepEqual(places(await store.outbox.after(0, 10)), ['1 m3'])
    },
  },
  {
    title: 'a unit that only sends is refused, since a repeat could not be recognised',
    async run({ store }) {
      await rejects(store.commit([{ outbox: [sent('m1')] }]), 'EW_UNIT')
      assert.equal(await store.outbox.head(), 0)
    },
  },
  {
    title: 'many messages of one unit and of many keep their order and are read in pages',
    async run({ store }) {
      const name = (index: number): string => `m${index}`
      const many = Array.from({ length: 300 }, (_, index) => sent(name(index + 1)))
      won(await commitOne(store, { ...unit('A/1'), outbox: many }))
      const more = Array.from({ length: 50 }, (_, index) => ({
        ...unit(`B/${index}`),
        outbox: [sent(name(301 + index))],
      }))
      await store.commit(more)
      assert.deepEqual(
        places(await store.outbox.after(0, 1_000)),
        Array.from({ length: 350 }, (_, index) => `${index + 1} ${name(index + 1)}`),
      )
      assert.deepEqual(places(await store.outbox.after(17, 2)), ['18 m18', '19 m19'])
      assert.deepEqual(await store.outbox.after(350, 10), [])
    },
  },
  {
    title:
      'rows of a service up to a position are trimmed, the oldest first, and positions go on as if they were there',
    async run({ store, another }) {
      const stock = (id: string): OutboxMessage => sent(id, { service: 'stock' })
      const messages = [sent('m1'), stock('s2'), sent('m3'), sent('m4'), stock('s5'), sent('m6')]
      won(await commitOne(store, { ...unit('A/1'), outbox: messages }))
      assert.equal(await store.outbox.trim('shop', 4, 2), 2)
      assert.deepEqual(places(await store.outbox.after(0, 10)), ['2 s2', '4 m4', '5 s5', '6 m6'])
      assert.equal(await store.outbox.trim('shop', 4, 2), 1)
      assert.equal(await store.outbox.trim('shop', 4, 2), 0)
      assert.equal(await store.outbox.trim('none', 9, 9), 0)
      assert.deepEqual(places(await store.outbox.after(2, 10)), ['5 s5', '6 m6'])
      assert.deepEqual(places(await store.outbox.after(3, 1)), ['5 s5'])
      assert.equal(await store.outbox.trim('shop', 9, 9), 1)
      assert.equal(await store.outbox.trim('stock', 2, 9), 1)
      assert.equal(await store.outbox.head(), 6)
      const other = await another()
      assert.equal(await other.outbox.head(), 6)
      won(await commitOne(other, { ...unit('A/2'), outbox: [sent('m7')] }))
      won(await commitOne(store, { ...unit('A/3'), outbox: [sent('m8')] }))
      assert.deepEqual(places(await store.outbox.after(0, 10)), ['5 s5', '7 m7', '8 m8'])
      assert.deepEqual(places(await other.outbox.after(6, 1)), ['7 m7'])
    },
  },
]

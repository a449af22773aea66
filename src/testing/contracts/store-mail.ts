import assert from 'node:assert/strict'
import type { MailSweep, MailSwept, SagaMail, SagaMailRow } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import { commitOne, inbox, lost, rejects, unit, won, type StoreCase } from './store-case.ts'

const mail = (address: string, key: string, change: Partial<SagaMail> = {}): SagaMail => ({
  saga: 'Pay',
  address,
  key,
  kind: 'reply',
  body: `{"of":"${key}"}`,
  ...change,
})
const named = (rows: readonly SagaMailRow[]): string[] => rows.map(({ address, key }) => `${address} ${key}`)
const waiting = async (store: Store, saga = 'Pay'): Promise<string[]> => named(await store.sagas.mail(saga, 0, 1_000))
const told = async (store: Store, ...pieces: SagaMail[]): Promise<void> =>
  void won(await commitOne(store, { ...unit('A/1'), mail: pieces }))

const purged = async (store: Store, cuts: Partial<MailSweep>): Promise<number> =>
  (await store.sagas.purgeMail({ after: 0, limit: 1_000, usedBeforeMs: 0, waiting: [], ...cuts })).purged

/** Mail of sagas and processes. */
export const mailCases: readonly StoreCase[] = [
  {
    title: 'where the store tells where mail is, it is there and nothing else is',
    async run({ store }) {
      await told(store, mail('Pay/1', 'known'))
      const units = [
        { ...unit('A/1'), mail: [mail('Pay/1', 'a'), mail('Pay/1', 'known'), mail('Ask/1', 'b', { saga: 'Ask' })] },
        { ...unit('A/1', 'noStream'), mail: [mail('Pay/1', 'lost')] },
        { ...unit('A/2'), mail: [mail('Pay/1', 'a'), mail('Pay/1', 'c')] },
      ]
      const outcomes = [
        ...(await store.commit(units)),
        ...(await store.commit([{ ...unit('A/2'), mail: [mail('Pay/1', 'd')] }])),
      ]
      const placed = outcomes.map((outcome) => (outcome.ok ? outcome.mailed : undefined))
      const rows = [...(await store.sagas.mail('Pay', 0, 10)), ...(await store.sagas.mail('Ask', 0, 10))]
      if (placed[0] !== undefined) {
        const seqOf = (name: string): number => rows.find(({ key }) => key === name)!.seq
        assert.deepEqual(
          placed.map((each) => each?.places),
          [[seqOf('a'), null, seqOf('b')], undefined, [null, seqOf('c')], [seqOf('d')]],
        )
        assert.deepEqual([placed[2]!.after, placed[3]!.after], [placed[0].to, placed[2]!.to])
        assert.equal(placed[0].after, seqOf('known'))
        assert.ok(
          placed.every(
            (each) =>
              each === undefined ||
              rows.every(({ seq }) => seq <= each.after || seq > each.to || each.places.includes(seq)),
          ),
        )
        assert.equal(rows.find(({ key }) => key === 'c')!.atMs, placed[2]!.atMs)
      }
      assert.deepEqual(named(rows), ['Pay/1 known', 'Pay/1 a', 'Pay/1 c', 'Pay/1 d', 'Ask/1 b'])
    },
  },
  {
    title: 'mail waits in the order of its arrival, for its saga and for its address',
    async run({ store, another, pass }) {
      await pass(1_234)
      const pieces = [
        mail('Pay/1', 'b', { kind: 'start', body: `{"text":"it's \u{1f600}"}` }),
        mail('Pay/2', 'a'),
        mail('Pay/1', 'a', { body: '' }),
        mail('Pay/1', 'a', { saga: 'Ask' }),
      ]
      await told(store, ...pieces.slice(0, 2))
      await told(store, ...pieces.slice(2))
      const rows = await store.sagas.mail('Pay', 0, 10)
      const atMs = await store.now()
      assert.deepEqual(
        rows.map(({ seq: _, ...row }) => row),
        pieces.slice(0, 3).map((piece) => ({ ...piece, atMs })),
      )
      const seqs = rows.map(({ seq }) => seq)
      assert.ok(seqs[0]! < seqs[1]! && seqs[1]! < seqs[2]!, seqs.join())
      assert.deepEqual(await store.sagas.mail('Pay', seqs[0]!, 1), [rows[1]])
      assert.deepEqual(await store.sagas.mail('Pay', seqs[2]!, 10), [])
      assert.deepEqual(await (await another()).sagas.mailFor('Pay', 'Pay/1'), [rows[0], rows[2]])
      assert.deepEqual(await waiting(store, 'Ask'), ['Pay/1 a'])
      assert.deepEqual(await store.sagas.mailFor('Pay', 'none'), [])
    },
  },
  {
    title: 'an address gets a key once, in a unit, in a batch and later, and whoever repeats it wins all the same',
    async run({ store }) {
      const first = mail('Pay/1', 'k', { body: '"first"' })
      const again = mail('Pay/1', 'k', { body: '"again"' })
      won(await commitOne(store, { ...unit('A/1'), mail: [first, again] }))
      const outcomes = await store.commit([
        { ...unit('A/2'), mail: [again, mail('Pay/1', 'j')] },
        { ...unit('A/3'), mail: [mail('Pay/1', 'j', { body: '"again"' }), mail('Pay/1', 'K'), mail('Pay/2', 'k')] },
      ])
      for (const outcome of outcomes) won(outcome)
      assert.deepEqual(await waiting(store), ['Pay/1 k', 'Pay/1 j', 'Pay/1 K', 'Pay/2 k'])
      const bodies = (await store.sagas.mailFor('Pay', 'Pay/1')).map(({ body }) => body)
      assert.deepEqual(bodies, ['"first"', '{"of":"j"}', '{"of":"K"}'])
    },
  },
  {
    title: 'mail that is used up waits no more, and its key stays known',
    async run({ store }) {
      const [k, j, i] = [mail('Pay/1', 'k'), mail('Pay/1', 'j'), mail('Pay/1', 'i')]
      await told(store, k, j)
      won(await commitOne(store, { ...unit('A/2'), mail: [i], mailUsed: [k, i, k] }))
      assert.deepEqual(
        [await waiting(store), named(await store.sagas.mailFor('Pay', 'Pay/1'))],
        [['Pay/1 j'], ['Pay/1 j']],
      )
      await told(store, k, i, j)
      assert.deepEqual(await waiting(store), ['Pay/1 j'])
    },
  },
  {
    title: 'units of a batch tell and use up in their order',
    async run({ store }) {
      const [k, j] = [mail('Pay/1', 'k'), mail('Pay/1', 'j')]
      const outcomes = await store.commit([
        { ...unit('A/1'), mailUsed: [j] },
        { ...unit('A/2'), mail: [k, j] },
        { ...unit('A/3'), mailUsed: [k] },
        { ...unit('A/4'), mail: [k, mail('Pay/1', 'i')] },
      ])
      for (const outcome of outcomes) won(outcome)
      assert.deepEqual(await waiting(store), ['Pay/1 j', 'Pay/1 i'])
    },
  },
  {
    title: 'a losing unit tells nothing and uses nothing up',
    async run({ store }) {
      const k = mail('Pay/1', 'k')
      won(await commitOne(store, { inbox: [inbox('i')], mail: [k] }))
      const outcome = await commitOne(store, { inbox: [inbox('i')], mail: [mail('Pay/1', 'j')], mailUsed: [k] })
      lost(outcome, 'inbox')
      assert.deepEqual(await waiting(store), ['Pay/1 k'])
      await told(store, mail('Pay/1', 'j'))
      assert.deepEqual(await waiting(store), ['Pay/1 k', 'Pay/1 j'])
    },
  },
  {
    title: 'a unit that only tells or uses up is refused',
    async run({ store }) {
      await rejects(store.commit([{ mail: [mail('Pay/1', 'k')] }]), 'EW_UNIT')
      await rejects(store.commit([{ mailUsed: [mail('Pay/1', 'k')] }]), 'EW_UNIT')
      assert.deepEqual(await waiting(store), [])
    },
  },
  {
    title: 'what is used up and old is forgotten with its key, and places are never given again',
    async run({ store, pass }) {
      const [old, used, late, last] = ['old', 'used', 'late', 'last'].map((key) => mail('Pay/1', key)) as [
        SagaMail,
        SagaMail,
        SagaMail,
        SagaMail,
      ]
      await told(store, old, used)
      await pass(60_000)
      await told(store, late, last)
      won(await commitOne(store, { ...unit('A/2'), mailUsed: [used, late, last] }))
      const now = await store.now()
      const newest = (await store.sagas.mail('Pay', 0, 10)).at(-1)!.seq
      assert.equal(await purged(store, { usedBeforeMs: now - 60_000 }), 0)
      assert.equal(await purged(store, { usedBeforeMs: now }), 1)
      await told(store, old, used, late)
      assert.deepEqual(await waiting(store), ['Pay/1 old', 'Pay/1 used'])
      won(await commitOne(store, { ...unit('A/2'), mailUsed: [used] }))
      assert.equal(await purged(store, { usedBeforeMs: now + 1 }), 3)
      await told(store, last)
      const [first, second] = await store.sagas.mail('Pay', 0, 10)
      assert.deepEqual(named([first!, second!]), ['Pay/1 old', 'Pay/1 last'])
      assert.ok(second!.seq > newest + 4, `${second!.seq} after ${newest}`)
    },
  },
  {
    title: 'what waits in vain is forgotten of the named sagas and kinds alone, and may come anew',
    async run({ store, pass }) {
      const awaited = (key: string, saga = 'Pay'): SagaMail => mail('paid=1', key, { kind: 'awaited', saga })
      await told(store, awaited('old'), awaited('old', 'Ask'), mail('paid=1', 'reply'))
      await pass(60_000)
      await told(store, awaited('young'))
      const now = await store.now()
      const cut = (saga: string, beforeMs: number) => ({ saga, kind: 'awaited', beforeMs })
      const cuts = [cut('Pay', now), cut('Ask', now - 60_000), cut("it's", now + 1)]
      assert.equal(await purged(store, { waiting: cuts }), 1)
      assert.deepEqual(await waiting(store), ['paid=1 reply', 'paid=1 young'])
      assert.deepEqual(named(await store.sagas.mailFor('Pay', 'paid=1')), ['paid=1 reply', 'paid=1 young'])
      assert.deepEqual(await waiting(store, 'Ask'), ['paid=1 old'])
      await told(store, awaited('old'))
      assert.deepEqual(await waiting(store), ['paid=1 reply', 'paid=1 young', 'paid=1 old'])
    },
  },
  {
    title: 'mail is swept page by page, until what comes is too young',
    async run({ store, pass }) {
      const many = (name: string): SagaMail[] => Array.from({ length: 25 }, (_, n) => mail('Pay/1', `${name}${n}`))
      const [old, young] = [many('old'), many('young')]
      await told(store, ...old)
      await pass(60_000)
      await told(store, ...young)
      won(await commitOne(store, { ...unit('A/2'), mailUsed: [...old.slice(0, 5), ...old.slice(20), ...young] }))
      const usedBeforeMs = await store.now()
      const pages: MailSwept[] = []
      for (let after: number | undefined = 0; after !== undefined; after = pages.at(-1)!.next)
        pages.push(await store.sagas.purgeMail({ after, limit: 10, usedBeforeMs, waiting: [] }))
      assert.deepEqual(
        pages.map((page) => page.purged),
        [5, 0, 5],
      )
      assert.equal((await waiting(store)).length, 15)
      assert.deepEqual(await store.sagas.purgeMail({ after: 1e9, limit: 10, usedBeforeMs, waiting: [] }), {
        purged: 0,
        next: undefined,
      })
    },
  },
  {
    title: 'much mail of one unit keeps its order',
    async run({ store }) {
      const pieces = Array.from({ length: 300 }, (_, index) => mail(`Pay/${index % 7}`, `k${index % 250}`))
      await told(store, ...pieces)
      const expected = [...new Set(pieces.map(({ address, key }) => `${address} ${key}`))]
      assert.deepEqual(await waiting(store), expected)
      assert.deepEqual(
        named(await store.sagas.mailFor('Pay', 'Pay/3')),
        expected.filter((name) => name.startsWith('Pay/3 ')),
      )
    },
  },
]

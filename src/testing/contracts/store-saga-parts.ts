import assert from 'node:assert/strict'
import { bucketOfKey } from '../../ports/ownership.ts'
import type { SagaMail, SagaPart, SagaRow } from '../../ports/sagas.ts'
import { append, commitOne, inbox, unit, won, type StoreCase } from './store-case.ts'

const instances = Array.from({ length: 40 }, (_, number) =>
  `Pay/${number} \u{1f600}`.slice(0, number % 3 === 0 ? 20 : -3),
)
const waits = ['paid=1', 'paid=Pay/1', 'sent=~x']

const mail = (address: string, key: string): SagaMail => ({ saga: 'Pay', address, key, kind: 'reply', body: '{}' })
const row = (id: string, number: number): SagaRow => ({
  id,
  saga: 'Pay',
  service: 'shop',
  definitionVersion: 1,
  status: 'running',
  closed: number % 5 === 0,
  version: 1,
  dueAtMs: number % 4 === 0 ? null : 100 - number,
  state: '{}',
  startedAtMs: 1,
})

const parts: readonly SagaPart[] = [
  { of: 1, buckets: new Set([0]) },
  { of: 2, buckets: new Set([1]) },
  { of: 8, buckets: new Set([0, 3, 7]) },
  { of: 256, buckets: new Set(Array.from({ length: 256 }, (_, bucket) => bucket).filter((bucket) => bucket % 3 > 0)) },
  { of: 1_024, buckets: new Set(instances.slice(0, 3).map((id) => bucketOfKey(id, 1_024))) },
  { of: 4, buckets: new Set() },
]
const has = ({ of, buckets }: SagaPart, id: string): boolean => buckets.has(bucketOfKey(id, of))
const shown = ({ of, buckets }: SagaPart): string => `${buckets.size} buckets of ${of}`

/** What a process reads of sagas that has some of their buckets. */
export const sagaPartCases: readonly StoreCase[] = [
  {
    title: 'the mail of a part is that of its instances and of every wait, page by page',
    async run({ store, another }) {
      const addresses = instances.flatMap((id, number) => [id, ...(number % 15 === 0 ? [waits[number / 15]!] : [])])
      for (const key of ['a', 'b'])
        for (const address of addresses) won(await commitOne(store, { ...unit('A/1'), mail: [mail(address, key)] }))
      const all = await store.sagas.mail('Pay', 0, 1_000)
      assert.equal(all.length, 2 * (instances.length + waits.length))
      for (const part of parts) {
        const wanted = all.filter(({ address }) => waits.includes(address) || has(part, address))
        assert.deepEqual(await (await another()).sagas.mail('Pay', 0, 1_000, part), wanted, shown(part))
        const paged = []
        for (let page = await store.sagas.mail('Pay', 0, 3, part); page.length > 0;) {
          paged.push(...page)
          page = await store.sagas.mail('Pay', page.at(-1)!.seq, 3, part)
        }
        assert.deepEqual(paged, wanted, shown(part))
      }
      assert.deepEqual(await store.sagas.mail('Ask', 0, 10, parts[0]), [])
    },
  },
  {
    title: 'what was used up or never committed is of no part',
    async run({ store }) {
      const [first, second] = instances as [string, string]
      const part: SagaPart = { of: 2, buckets: new Set([0, 1]) }
      const key = inbox('k')
      won(await commitOne(store, { inbox: [key], mail: [mail(first, 'a'), mail(second, 'a')] }))
      await commitOne(store, { inbox: [key], mail: [mail(first, 'b')] })
      won(await commitOne(store, { ...unit('A/1'), mailUsed: [mail(first, 'a')] }))
      assert.deepEqual(
        (await store.sagas.mail('Pay', 0, 10, part)).map(({ address }) => address),
        [second],
      )
    },
  },
  {
    title: 'the instances of a part are listed, and told when they are due, without those of others',
    async run({ store, another }) {
      const sagas = instances.map(row)
      won(await commitOne(store, { appends: sagas.map(({ id }) => append(id, 'any', 1, 1)), sagas }))
      const all = await store.sagas.list({ saga: 'Pay', part: parts[0]!, limit: 100 })
      assert.deepEqual(all.map(({ id }) => id).sort(), [...instances].sort())
      for (const part of parts) {
        const open = (await store.sagas.list({ saga: 'Pay', closed: false, limit: 100 })).filter(({ id }) =>
          has(part, id),
        )
        assert.deepEqual(await store.sagas.list({ saga: 'Pay', closed: false, part, limit: 100 }), open, shown(part))
        const [first, ...rest] = open
        if (first !== undefined)
          assert.deepEqual(
            await (await another()).sagas.list({ saga: 'Pay', closed: false, part, after: first.id, limit: 2 }),
            rest.slice(0, 2),
            shown(part),
          )
        const due = (await store.sagas.due('Pay', 90, 100)).filter(({ id }) => has(part, id))
        assert.deepEqual(await store.sagas.due('Pay', 90, 100, part), due, shown(part))
        assert.deepEqual(await store.sagas.due('Pay', 90, 2, part), due.slice(0, 2), shown(part))
      }
    },
  },
]

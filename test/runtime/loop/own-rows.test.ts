import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memory } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import { OwnRows, type OwnSegment } from '../../../src/runtime/loop/own-rows.ts'
import { sparingStore } from '../../../src/runtime/loop/sparing-store.ts'
import { inbox } from '../../../src/testing/contracts/store-case.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'

const sagas = ['Pay', 'Ask'] as const

type Step =
  | { readonly kind: 'post'; readonly by: number; readonly saga: 0 | 1; readonly key: string; readonly breaks: boolean }
  | { readonly kind: 'send'; readonly by: number; readonly breaks: boolean }
  | { readonly kind: 'read'; readonly saga: 0 | 1; readonly uses: boolean; readonly limit: number }
  | { readonly kind: 'relay'; readonly relay: number; readonly limit: number }
  | { readonly kind: 'hand over'; readonly saga: 0 | 1 }

const process = fc.constantFrom(0, 0, 0, 1)
const saga = fc.constantFrom<0 | 1>(0, 1)
const limit = fc.constantFrom(1, 2, 50)
const breaks = fc.constantFrom(false, false, false, true)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('post' as const),
    by: process,
    saga,
    key: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
    breaks,
  }),
  fc.record({ kind: fc.constant('send' as const), by: process, breaks }),
  fc.record({ kind: fc.constant('read' as const), saga, uses: fc.boolean(), limit }),
  fc.record({ kind: fc.constant('relay' as const), relay: fc.nat(3), limit }),
  fc.record({ kind: fc.constant('hand over' as const), saga }),
)

/** A store whose next commit is stored and answered by an error. */
function breaking(store: Store): { readonly store: Store; next: boolean } {
  const control = {
    next: false,
    store: {
      ...store,
      async commit(units: Parameters<Store['commit']>[0]) {
        const outcomes = await store.commit(units)
        if (!control.next) return outcomes
        control.next = false
        throw new Error('The connection broke.')
      },
    },
  }
  return control
}

/** A page may end early, but nothing is left out. */
function assertBegins(found: readonly unknown[], there: readonly unknown[]): void {
  assert.deepEqual(found, there.slice(0, found.length))
  assert.ok(found.length > 0 || there.length === 0)
}

test('whoever reads finds what the store has, whoever has written it and whoever has read before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
      const clock = fakeClock()
      const adapter = memory()
      const plain = await adapter.open({ clock })
      const opened = await Promise.all([0, 1].map(async () => breaking(await adapter.open({ clock }))))
      const stores = opened.map(({ store }) => sparingStore(store, clock, 500))
      const owners = [0, 0]
      const seen = [0, 0]
      const relayed = [0, 0, 0, 0]
      let count = 0
      const commit = async (by: number, breaks: boolean, unit: Parameters<Store['commit']>[0][number]) => {
        opened[by]!.next = breaks
        await stores[by]!.commit([{ inbox: [inbox(`k${++count}`)], ...unit }]).catch(() => undefined)
      }
      for (const each of steps) {
        if (each.kind === 'post') {
          const address = `${sagas[each.saga]}/1`
          const mail = { saga: sagas[each.saga], address, key: each.key, kind: 'reply', body: '{}' }
          await commit(each.by, each.breaks, { mail: [mail] })
        } else if (each.kind === 'send') {
          const rest = { service: 's', channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }
          await commit(each.by, each.breaks, { outbox: [{ id: `m${count}`, ...rest }] })
        } else if (each.kind === 'hand over') {
          owners[each.saga] = 1 - owners[each.saga]!
          seen[each.saga] = 0
        } else if (each.kind === 'relay') {
          const { relay } = each
          const rows = await stores[relay % 2]!.outbox.after(relayed[relay]!, each.limit)
          assertBegins(rows, await plain.outbox.after(relayed[relay]!, each.limit))
          relayed[relay] = rows.at(-1)?.position ?? relayed[relay]!
        } else {
          const [name, owner] = [sagas[each.saga], owners[each.saga]!]
          const found = await stores[owner]!.sagas.mail(name, seen[each.saga]!, each.limit)
          const there = await plain.sagas.mail(name, seen[each.saga]!, each.limit)
          assertBegins(found, there)
          seen[each.saga] = found.at(-1)?.seq ?? seen[each.saga]!
          if (each.uses && found.length > 0) await commit(owner, false, { mailUsed: found })
        }
      }
      for (const store of stores) await store.close()
    }),
    { numRuns: 300 },
  )
})

test('mail that another owner has used up is not told to whoever has placed it and owned it before', async (t) => {
  const clock = fakeClock()
  const adapter = memory()
  const [here, there] = await Promise.all(
    [0, 1].map(async () => sparingStore(await adapter.open({ clock }), clock, 500)),
  )
  t.after(() => Promise.all([here!.close(), there!.close()]))
  let count = 0
  const post = (name: string, key: string) => {
    const mail = { saga: name, address: `${name}/1`, key, kind: 'reply', body: '{}' }
    return here!.commit([{ inbox: [inbox(`k${++count}`)], mail: [mail] }])
  }
  const read = async (store: Store, after: number) => store.sagas.mail('Pay', after, 10)
  const useThere = async (...keys: string[]): Promise<void> => {
    const mailUsed = (await read(there!, 0)).filter(({ key }) => keys.includes(key))
    assert.equal(mailUsed.length, keys.length)
    await there!.commit([{ inbox: [inbox(`k${++count}`)], mailUsed }])
  }
  await post('Ask', 'a')
  assert.deepEqual(await read(here!, 0), [])
  await post('Pay', 'b')
  await useThere('b')
  assert.deepEqual(await read(here!, 0), [])
  for (const key of ['c', 'd']) await post('Pay', key)
  await useThere('d')
  const [left] = await read(here!, 0)
  assert.equal(left!.key, 'c')
  assert.deepEqual(await read(here!, left!.seq), [])
  await post('Pay', 'e')
  assert.deepEqual(
    (await read(here!, left!.seq)).map(({ key }) => key),
    ['e'],
  )
})

const row = (place: number, name = 'Pay'): OwnSegment<number>['rows'][number] => ({ place, name, row: place })
const segment = (after: number, to: number): OwnSegment<number> => ({
  after,
  to,
  rows: Array.from({ length: to - after }, (_, index) => row(after + index + 1)),
})

function own(): { readonly rows: OwnRows<number>; read(after: number): Promise<unknown> } {
  const rows = new OwnRows<number>({ clock: fakeClock(), trustedMs: 500, isTaken: false, placeOf: (place) => place })
  return { rows, read: async (after) => rows.read('Pay', after, 10, async () => [-1]) }
}

test('commits that are answered in another order than they were stored are put in order', async () => {
  const { rows, read } = own()
  rows.begin()
  rows.end([segment(0, 2)])
  for (const _ of [1, 2, 3]) rows.begin()
  rows.end([segment(4, 5)])
  rows.end([segment(3, 4)])
  assert.deepEqual(await read(0), [1, 2])
  assert.deepEqual(await read(2), [-1], 'what lies between is not known yet')
  rows.end([segment(2, 3)])
  assert.deepEqual(await read(0), [1, 2, 3, 4, 5])
})

test('a place of others between own ones is not passed over, and after an unknown commit nothing is known', async () => {
  const { rows, read } = own()
  rows.begin()
  rows.end([segment(0, 2)])
  rows.begin()
  rows.end([segment(3, 4)])
  assert.deepEqual(await read(2), [-1])
  assert.deepEqual(await read(3), [4])
  rows.begin()
  rows.end(undefined)
  assert.deepEqual(await read(3), [-1])
})

test('only the newest rows are kept, and who is further behind reads for himself', async () => {
  const { rows, read } = own()
  for (let place = 0; place < 4_000; place++) {
    rows.begin()
    rows.end([segment(place, place + 1)])
  }
  assert.deepEqual(await read(0), [-1])
  assert.deepEqual(await read(3_998), [3_999, 4_000])
})

test('whoever reads another part reads for himself first, and from then on has what is of it', async () => {
  const rows = new OwnRows<number>({ clock: fakeClock(), trustedMs: 1_000, isTaken: true, placeOf: (row) => row })
  const [even, all] = [{ has: (row: number) => row % 2 === 0 }, { has: () => true }]
  const read = (after: number, part: { has(row: number): boolean }, there: readonly number[] = [-1]) =>
    rows.read('Pay', after, 10, async () => there, part)
  const post = (from: number, to: number): void => {
    rows.begin()
    rows.end([segment(from, to)])
  }
  post(0, 1)
  assert.deepEqual(await read(1, even, []), [])
  post(1, 4)
  assert.deepEqual(await read(1, even), [2, 4])
  assert.deepEqual(await read(1, even), [-1], 'he has read on since')
  post(4, 6)
  assert.deepEqual(await read(4, all), [-1], 'what has come to the part may be elsewhere used up')
  assert.deepEqual(await read(4, all, []), [])
  post(6, 8)
  assert.deepEqual(await read(4, all), [7, 8])
})

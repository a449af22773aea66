import assert from 'node:assert/strict'
import {
  aggregate,
  command,
  event,
  projection,
  service,
  start,
  subscription,
  system,
  t,
  type Running,
  type StoreAdapter,
} from 'eventwright'
import { patience } from '../fixtures/patience.ts'
import { listening, until } from '../runtime/running.fixture.ts'
import { overStores } from '../runtime/stores.fixture.ts'

const Noted = event('Noted', { id: t.string(), n: t.int() })
const Note = command('Note', { id: t.string(), n: t.int() })
const Book = aggregate('Book', { events: [Noted], commands: [Note], id: (c) => c.id, initial: () => 0 })
  .evolve({ Noted: (_, e) => e.n })
  .decide({ Note: (c) => Noted(c) })

/** A system whose handlers refuse what `poison` names, and that tells what its subscription was called with. */
function book(poison: (id: string) => boolean, mode: 'async' | 'inline' | 'live', calls: string[] = []) {
  const Notes = projection('notes', {
    from: [Noted],
    key: (e) => e.id,
    row: { id: t.string(), all: t.string() },
    mode,
  }).on({
    Noted(row, e) {
      if (poison(e.id)) throw new Error(`poison in ${e.id}`)
      return { id: e.id, all: `${row?.all ?? ''}${e.n},` }
    },
  })
  const Calls = subscription('calls', {
    from: [Noted],
    key: (e) => e.id,
    retry: { maxAttempts: 2, initial: '1ms' },
  }).on({
    Noted(e, { key }) {
      if (poison(e.id)) throw new Error(`poison in ${e.id}`)
      calls.push(`${e.id}${e.n} ${key}`)
    },
  })
  return system('library', { services: [service('library', { parts: [Book, Notes, Calls] })] })
}

const open = async (
  store: StoreAdapter,
  poison: (id: string) => boolean,
  mode: 'async' | 'inline' | 'live' = 'async',
  calls: string[] = [],
  more: object = {},
) => (await start(book(poison, mode, calls), { store, leaseMs: 1_000, ...more })) as unknown as Running<any, any>

const note = (id: string, n: number) => Note({ id, n })
const rowOf = async (shop: Running<any, any>, id: string) =>
  (await shop.views['notes']!.get(id)) as { all: string; stale?: true } | undefined

for (const mode of ['async', 'inline'] as const) {
  overStores(
    `a poison event parks its key alone, says why, and is replayed in order once the handler is mended (${mode} view)`,
    async (_t, store) => {
      const log = listening()
      const sick = await open(store, (id) => id === 'bad', mode, [], { log })
      for (let n = 1; n <= 3; n++) for (const id of ['good', 'bad']) await sick.execute(note(id, n))
      assert.ok(await sick.caughtUp(patience))
      assert.equal((await rowOf(sick, 'good'))?.all, '1,2,3,')
      const parked = (await sick.inspect.deadLetters.list({ limit: 10 })).filter((each) =>
        each.consumer.includes('view:notes'),
      )
      assert.ok(log.said.includes('error: a message was set aside, and its key is parked'))
      assert.deepEqual(
        parked.map(({ key, message, behind }) => ({ key, message, behind })),
        [{ key: 'bad', message: 'poison in bad', behind: 2 }],
      )
      await sick.stop()

      const calls: string[] = []
      const well = await open(store, () => false, mode, calls)
      try {
        await well.execute(note('bad', 4))
        for (const { consumer, key } of await well.inspect.deadLetters.list({ limit: 10 }))
          await well.operate.deadLetters.replay(consumer, key)
        assert.ok(await well.caughtUp(patience))
        await until(
          'the key flows again',
          async () => (await well.inspect.deadLetters.list({ limit: 10 })).length === 0,
        )
        const row = await rowOf(well, 'bad')
        assert.deepEqual([row?.all, row?.stale], ['1,2,3,4,', undefined])
        assert.deepEqual(
          calls.filter((call) => call.startsWith('bad')).map((call) => call.slice(0, 4)),
          ['bad1', 'bad2', 'bad3', 'bad4'],
        )
        assert.equal(new Set(calls).size, calls.length)
      } finally {
        await well.stop()
      }
    },
  )
}

overStores('a row whose key is parked says that it is stale', async (_t, store) => {
  let sick = false
  const shop = await open(store, (id) => sick && id === 'x')
  try {
    await shop.execute(note('x', 1))
    assert.ok(await shop.caughtUp(patience))
    sick = true
    await shop.execute(note('x', 2))
    assert.ok(await shop.caughtUp(patience))
    assert.deepEqual(await rowOf(shop, 'x'), { id: 'x', all: '1,', stale: true })
  } finally {
    await shop.stop()
  }
})

overStores(
  'a handler that fails for many different keys in a row stops its consumer visibly; a success between prevents it',
  async (_t, store) => {
    const shop = await open(store, (id) => id.startsWith('bad'), 'async', [], { stuckAfter: 10 })
    try {
      for (let i = 0; i < 30; i++) await shop.execute(note(i % 5 === 4 ? `ok${i}` : `bad${i}`, 1))
      assert.ok(await shop.caughtUp(patience))
      assert.ok((await shop.inspect.consumers()).every((each) => each.state === 'running'))
      for (let i = 0; i < 12; i++) await shop.execute(note(`bad-again${i}`, 1))
      await until('the view has stopped', async () =>
        (await shop.inspect.consumers()).some((each) => each.name.includes('view:notes') && each.state === 'stopped'),
      )
      await shop.execute(note('still-alive', 1))
    } finally {
      await shop.stop()
    }
  },
)

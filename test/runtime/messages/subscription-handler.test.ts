import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { isEventwrightError, service, start, subscription, system, systemClock, type AnyPart } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { patience } from '../../fixtures/patience.ts'
import { Counted, Counter, Count, Deposit, Deposited, Account, Note, note, Open } from '../bank.fixture.ts'
import { gate, listening, running, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

const withPart = <P extends AnyPart>(part: P) =>
  system('bank', { services: [service('bank', { parts: [Account, Counter, note, part] })] })

overStores(
  'an event that was not committed as handled comes again with the same key; what it executed is done once',
  async (t, store) => {
    const keys: string[] = []
    const Copy = subscription('copy', { from: [Deposited] }).on({
      Deposited: async (e, { execute, key }) => {
        keys.push(key)
        await execute(Count({ id: `copy-${e.amount}` }))
      },
    })
    const bank = withPart(Copy)
    // The first process dies between what the handler did and the commit of its position.
    const dying = altered(store, (real) => ({
      async commit(units) {
        if (units.some((unit) => unit.positions?.some(({ consumer, to }) => consumer.endsWith(':copy') && to > 1)))
          throw new Error('cut off')
        return real.commit(units)
      },
    }))
    const first = await running(t, bank, { store: dying })
    await first.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
    await first.execute(Deposit({ id: 'a', amount: 1 }))
    await until('it was handled again and again', () => keys.length >= 2)
    await first.stop()
    const before = new Set(keys)
    assert.equal(before.size, 1)
    keys.length = 0
    const second = await running(t, bank, { store })
    await second.execute(Deposit({ id: 'a', amount: 2 }))
    assert.ok(await second.caughtUp(patience))
    assert.deepEqual([keys.length, before.has(keys[0]!)], [2, true])
    assert.equal(await second.events.head(), 5)
  },
)

overStores('a stopping subscription parks nothing, even when it may try only once', async (t, store) => {
  const inside = gate()
  const Slow = subscription('slow', { from: [Counted], retry: { maxAttempts: 1 } }).on({
    Counted: (_, { signal }) => {
      inside.open()
      return new Promise((_resolve, fail) => signal.addEventListener('abort', () => fail(new Error('broken off'))))
    },
  })
  const first = await start(withPart(Slow), { store })
  await first.execute(Note({ id: 'x', times: 3 }))
  await inside.passed
  await first.stop()
  const second = await running(
    t,
    withPart(subscription('slow', { from: [Counted] }).on({ Counted: () => undefined })),
    { store },
  )
  assert.ok(await second.caughtUp(patience))
  assert.deepEqual(await second.inspect.deadLetters.list({ limit: 10 }), [])
})

overStores(
  'events of one key are handled in order, different keys beside each other, never more than concurrency says',
  async (t, store) => {
    const handled = new Map<string, number[]>()
    let [atWork, most, failing] = [0, 0, true]
    const Busy = subscription('busy', {
      from: [Deposited],
      key: (e) => e.id,
      concurrency: 3,
      retry: { maxAttempts: 3, initial: '1ms' },
    }).on({
      Deposited: async (e) => {
        most = Math.max(most, ++atWork)
        await new Promise((resolve) => setTimeout(resolve, 1))
        atWork--
        // Every key fails once, so that all are tried again at the same time.
        if (failing && !handled.has(e.id)) {
          handled.set(e.id, [])
          throw new Error('once')
        }
        handled.get(e.id)!.push(e.amount)
      },
    })
    const open = await running(t, withPart(Busy), { store })
    const ids = Array.from({ length: 12 }, (_, i) => `k${i}`)
    for (const id of ids) await open.execute(Open({ id, owner: 'x', email: id }))
    for (let amount = 1; amount <= 5; amount++)
      await Promise.all(ids.map((id) => open.execute(Deposit({ id, amount }))))
    assert.ok(await open.caughtUp(patience))
    for (const id of ids) assert.deepEqual(handled.get(id), [1, 2, 3, 4, 5], id)
    assert.ok(most > 1 && most <= 3, `${most} at once`)
  },
)

overStores('a new subscription that starts now is not told of what was before', async (t, store) => {
  const seen: number[] = []
  const before = await start(withPart(subscription('other', { from: [Counted] }).on({ Counted: () => undefined })), {
    store,
  })
  await before.execute(Note({ id: 'x', times: 3 }))
  await before.stop()
  const Late = subscription('late', { from: [Counted], startAt: 'now' }).on({
    Counted: (_, { meta }) => void seen.push(meta.position),
  })
  const first = await start(withPart(Late), { store })
  await first.execute(Note({ id: 'x', times: 1 }))
  assert.ok(await first.caughtUp(patience))
  await first.stop()
  const second = await running(t, withPart(Late), { store })
  await second.execute(Note({ id: 'x', times: 1 }))
  assert.ok(await second.caughtUp(patience))
  assert.deepEqual(seen, [4, 5])
})

test('recorded SQL commits with the position; SQL that fails parks its event and holds up nobody', async (t) => {
  const file = join(folderFor(t), 'sql.db')
  const made = await start(withPart(subscription('none', { from: [Counted] }).on({ Counted: () => undefined })), {
    store: sqlite(file),
  })
  await made.stop()
  const database = new DatabaseSync(file)
  t.after(() => database.close())
  database.exec('create table mails (n integer primary key)')
  let throws = true
  const Mail = subscription('mail', {
    from: [Deposited],
    key: (e) => String(e.amount),
    retry: { maxAttempts: 2, initial: '1ms' },
  }).on({
    Deposited: async (e, { tx }) => {
      tx.run('insert into mails (n) values (?)', [e.amount])
      if (e.amount === 3 && throws) {
        throws = false
        throw new Error('after recording')
      }
      const [row] = await tx.query<{ n: number }>('select count(*) as n from mails where n = ?', [e.amount])
      assert.equal(typeof row!.n, 'number')
    },
  })
  const open = await running(t, withPart(Mail), { store: sqlite(file), leaseMs: 1_000 })
  await open.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
  for (const amount of [1, 2, 3]) await open.execute(Deposit({ id: 'a', amount }))
  assert.ok(await open.caughtUp(patience))
  // A second mail of the same number is refused by the table at every attempt.
  for (const amount of [2, 4, 5]) await open.execute(Deposit({ id: 'a', amount }))
  assert.ok(await open.caughtUp(patience))
  const mails = database
    .prepare('select n from mails order by n')
    .all()
    .map((row) => row['n'])
  assert.deepEqual(mails, [1, 2, 3, 4, 5])
  const parked = await open.inspect.deadLetters.list({ limit: 10 })
  assert.deepEqual(
    parked.map(({ key, code }) => [key, code]),
    [['2', 'EW_SQL']],
  )
  database.exec('delete from mails where n = 2')
  await open.operate.deadLetters.replay(parked[0]!.consumer, '2')
  assert.ok(await open.caughtUp(patience))
  assert.deepEqual(await open.inspect.deadLetters.list({ limit: 10 }), [])
})

for (const heeds of [true, false]) {
  const how = heeds ? 'heeds its signal' : 'does not heed its signal'
  overStores(
    `a handler that ${how} is told that the lease is lost; nothing of what it did then is committed`,
    async (t, store) => {
      const [inside, told, door, over] = [gate(), gate(), gate(), gate()]
      let refusal: unknown
      const Slow = subscription('slow', { from: [Counted], retry: { maxAttempts: 1 } }).on({
        async Counted(_, { signal, execute }) {
          inside.open()
          signal.addEventListener('abort', told.open, { once: true })
          await door.passed
          refusal = await execute(Count({ id: 'late' })).catch((error: unknown) => error)
          over.open()
          if (heeds) signal.throwIfAborted()
        },
      })
      // As in a process that was paused past its lease: it renews only when another has taken over.
      let paused = true
      const adapter = altered(store, (real) => ({
        ownership: {
          ...real.ownership,
          renew: async (held, leaseMs) => (paused ? held : real.ownership.renew(held, leaseMs)),
        },
      }))
      const log = listening()
      const first = await running(t, withPart(Slow), { store: adapter, leaseMs: 300, log })
      await first.execute(Note({ id: 'x', times: 1 }))
      await inside.passed
      const other = await store.open({ clock: systemClock })
      t.after(() => other.close())
      const steal = () => other.ownership.claim('bank/subscription:slow', 'log', 'thief', 600_000)
      await until("the lease is another one's", async () => (await steal()).length > 0)
      paused = false
      await told.passed
      door.open()
      await over.passed
      assert.ok(isEventwrightError(refusal, 'EW_OWNERSHIP_LOST'))
      await until('the log says it', () => log.said.includes('info: another process took over'))
      const [row] = await other.ownership.list('bank/subscription:slow')
      assert.deepEqual([row?.owner, row?.position], ['thief', 0])
      assert.deepEqual(await first.inspect.deadLetters.list({ limit: 10 }), [])
      assert.equal(await first.events.head(), 1)
      const state = async () => (await first.inspect.consumers()).find(({ name }) => name === 'bank/subscription:slow')
      await until('it waits', async () => (await state())?.state === 'waiting')
      assert.equal((await state())?.problem, undefined)
      assert.ok(!log.said.some((line) => line.startsWith('warn')), log.said.join())
    },
  )
}

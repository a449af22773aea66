import assert from 'node:assert/strict'
import type { Store } from '../../../src/ports/store.ts'
import { sparingStore } from '../../../src/runtime/loop/sparing-store.ts'
import { inbox, unit } from '../../../src/testing/contracts/store-case.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { gate, until } from '../running.fixture.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'

const mail = { saga: 'Pay', address: 'Pay/1', key: 'a', kind: 'reply', body: '{}' }
const message = { id: 'm', service: 's', channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }

/** How often each kind of read reaches the store. */
function counted(store: Store, counts: { log: number; outbox: number; mail: number; hints: number }): Store {
  const { log, outbox, sagas } = store
  return {
    ...store,
    watch: (listener) => store.watch(() => (counts.hints++, listener())),
    log: { ...log, readLog: (page) => (counts.log++, log.readLog(page)) },
    outbox: { ...outbox, after: (position, limit) => (counts.outbox++, outbox.after(position, limit)) },
    sagas: { ...sagas, mail: (saga, after, limit) => (counts.mail++, sagas.mail(saga, after, limit)) },
  }
}

overStores(
  'a read that has found nothing is not repeated until something may be there for it',
  async (t, adapter) => {
    const clock = fakeClock()
    const counts = { log: 0, outbox: 0, mail: 0, hints: 0 }
    const store = sparingStore(counted(await adapter.open({ clock }), counts), clock, 500)
    const other = await adapter.open({ clock })
    t.after(async () => {
      await store.close()
      await other.close()
    })
    const looked = async (): Promise<unknown> => {
      const before = { ...counts }
      const found = [
        (await store.log.readLog({ partition: 0, after: 0, limit: 10 })).length,
        (await store.outbox.after(0, 10)).length,
        (await store.sagas.mail('Pay', 0, 10)).length,
      ]
      return { found, read: [counts.log - before.log, counts.outbox - before.outbox, counts.mail - before.mail] }
    }
    // Whoever begins to listen to a server is told once that something may have been.
    await until('it listens', () => counts.hints > 0 || !adapter.name.startsWith('postgres'))
    await until('nothing is read', async () => JSON.stringify(await looked()) === '{"found":[0,0,0],"read":[0,0,0]}')
    const [outcome] = await store.commit([{ inbox: [inbox('1')], outbox: [message] }])
    // Where the store has told where the message is, nobody has to look for it.
    const sent = outcome!.ok && outcome!.sent !== undefined ? 0 : 1
    assert.deepEqual(await looked(), { found: [0, 1, 0], read: [0, sent, 0] })
    assert.deepEqual(await looked(), { found: [0, 1, 0], read: [0, sent, 0] })
    await store.commit([{ inbox: [inbox('2')], mail: [mail] }])
    assert.deepEqual(await looked(), { found: [0, 1, 1], read: [0, sent, 1] })
    await clock.advance(499)
    assert.deepEqual(await looked(), { found: [0, 1, 1], read: [0, sent, 1] })
    await clock.advance(1)
    assert.deepEqual(await looked(), { found: [0, 1, 1], read: [1, sent, 1] })
    await other.commit([unit('A/1')])
    await until('it hears of another', async () => ((await looked()) as { found: number[] }).found[0] === 1)
    assert.equal((await store.log.readLog({ partition: 0, after: 1, limit: 10 })).length, 0)
    await store.commit([unit('A/1')])
    assert.equal((await store.log.readLog({ partition: 0, after: 1, limit: 10 })).length, 1)
  },
  everyStoreKind,
)

overStores('a commit whose answer fails counts as one that may have written', async (t, adapter) => {
  const clock = fakeClock()
  const opened = await adapter.open({ clock })
  let broken = false
  const breaking: Store = {
    ...opened,
    async commit(units) {
      const outcomes = await opened.commit(units)
      if (broken) throw new Error('broken')
      return outcomes
    },
  }
  const store = sparingStore(breaking, clock, 500)
  t.after(() => store.close())
  const head = async (): Promise<number> => (await store.log.readLog({ partition: 0, after: 0, limit: 10 })).length
  assert.equal(await head(), 0)
  broken = true
  await assert.rejects(store.commit([unit('A/1')]))
  assert.equal(await head(), 1)
})

overStores(
  'what a commit has stored is not kept when something was deleted while it was on its way',
  async (t, adapter) => {
    const clock = fakeClock()
    const counts = { log: 0, outbox: 0, mail: 0, hints: 0 }
    const real = counted(await adapter.open({ clock }), counts)
    const { passed, open } = gate()
    const commit: Store['commit'] = async (units) => {
      const outcomes = await real.commit(units)
      await passed
      return outcomes.map((each) => (each.ok ? { ...each, recordedAtMs: clock.now() } : each))
    }
    const store = sparingStore({ ...real, commit }, clock, 500)
    t.after(() => store.close())
    const committing = store.commit([unit('A/1')])
    store.forgetEvents()
    open()
    await committing
    assert.equal((await store.log.readLog({ partition: 0, after: 0, limit: 10 })).length, 1)
    assert.equal(counts.log, 1)
    await store.commit([unit('A/1')])
    assert.equal((await store.log.readLog({ partition: 0, after: 1, limit: 10 })).length, 1)
    assert.equal(counts.log, 1)
  },
)

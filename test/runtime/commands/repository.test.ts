import assert from 'node:assert/strict'
import {
  aggregate,
  command,
  event,
  reply,
  service,
  start,
  system,
  systemClock,
  t as field,
  type StoreAdapter,
} from 'eventwright'
import { repository } from '../../../src/runtime/commands/repository.ts'
import { Account, bank, Deposit, Open } from '../bank.fixture.ts'
import { gate, listening, running } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

/** Notes how many events of streams are read. */
function countingReads(adapter: StoreAdapter, read: { events: number }): StoreAdapter {
  return altered(adapter, (store) => ({
    log: {
      ...store.log,
      async readStream(page) {
        const events = await store.log.readStream(page)
        read.events += events.length
        return events
      },
    },
  }))
}

async function deposits(store: StoreAdapter, count: number): Promise<void> {
  const open = await start(bank, { store })
  await open.execute(Open({ id: 'a', owner: 'ada', email: 'a@ada' }))
  for (let i = 0; i < count; i++) await open.execute(Deposit({ id: 'a', amount: 1 }))
  await open.stop()
}

overStores('a snapshot is kept after every third event, and loading begins there', async (t, store) => {
  await deposits(store, 7)
  const raw = await store.open({ clock: systemClock })
  t.after(() => raw.close())
  const kept = await raw.snapshots.get('Account/a', Account.identity)
  assert.deepEqual([kept?.version, JSON.parse(kept!.state)], [6, { balance: 5, open: true }])
  const read = { events: 0 }
  const open = await running(t, bank, { store: countingReads(store, read) })
  read.events = 0
  assert.equal((await open.execute(Deposit({ id: 'a', amount: 1 }))).reply.balance, 8)
  assert.ok(read.events <= 2, `${read.events} events were read`)
})

overStores('a snapshot that does not match its events is dropped at the start, with a word', async (t, store) => {
  await deposits(store, 7)
  const raw = await store.open({ clock: systemClock })
  t.after(() => raw.close())
  const wrong = { stream: 'Account/a', identity: Account.identity, version: 6, state: '{"balance":999,"open":true}' }
  await raw.commit([
    { inbox: [{ service: 's', consumer: 'c', key: 'k', fingerprint: '', outcome: '{}' }], snapshots: [wrong] },
  ])
  const log = listening()
  const open = await running(t, bank, { store, log })
  assert.ok(log.said.includes('warn: snapshots did not match a refold and were dropped'), log.said.join())
  assert.equal(await raw.snapshots.get('Account/a', Account.identity), undefined)
  assert.equal((await open.execute(Deposit({ id: 'a', amount: 1 }))).reply.balance, 8)
})

overStores(
  'a decider that changes the state in place fails at once instead of spoiling later decisions',
  async (t, store) => {
    const Added = event('Added', { id: field.string() })
    const Add = command('Add', { id: field.string(), spoil: field.boolean() }).replies({ size: field.int() })
    const Bag = aggregate('Bag', { events: [Added], commands: [Add], id: (c) => c.id, initial: () => ({ size: 0 }) })
      .evolve({ Added: (s) => ({ size: s.size + 1 }) })
      .decide({
        Add(c, s) {
          if (c.spoil) s.size = 100
          return reply({ size: s.size }, Added({ id: c.id }))
        },
      })
    const open = await running(t, system('bags', { services: [service('bags', { parts: [Bag] })] }), { store })
    await open.execute(Add({ id: '1', spoil: false }))
    await assert.rejects(open.execute(Add({ id: '1', spoil: true })), TypeError)
    assert.deepEqual((await open.execute(Add({ id: '1', spoil: false }))).reply, { size: 1 })
  },
)

overStores('what is read or committed of a stream while it is deleted is not remembered', async (t, adapter) => {
  await deposits(adapter, 2)
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const { passed, open } = gate()
  let isHeld = false
  const log: typeof store.log = {
    ...store.log,
    async readStream(page) {
      const events = await store.log.readStream(page)
      if (isHeld) await passed
      return events
    },
  }
  const states = repository({ ...store, log }, (type) => bank.graph.events.get(type)?.definition)
  const known = await states.load(Account, 'Account/a')
  assert.ok(states.isKnown('Account/a'))
  isHeld = true
  const reading = states.load(Account, 'Account/a')
  states.forget(['Account/a'])
  open()
  assert.equal((await reading).version, known.version)
  assert.equal(states.isKnown('Account/a'), false)
  states.committed(known)
  assert.equal(states.isKnown('Account/a'), false)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, memory, reject, service, start, system, t, type StoreAdapter } from 'eventwright'
import { overLocalStores } from '../stores.fixture.ts'

const Opened = event('Opened', { id: t.string() })
const Used = event('Used', { id: t.string(), times: t.int() })
const Open = command('Open', { id: t.string() }).refuses('open')
const Use = command('Use', { id: t.string() }).refuses('missing')
const Desk = aggregate('Desk', { events: [Opened, Used], commands: [Open, Use], id: (c) => c.id, initial: () => -1 })
  .evolve({ Opened: () => 0, Used: (_, { times }) => times })
  .decide({
    Open: ({ id }, times) => (times < 0 ? Opened({ id }) : reject('open')),
    Use: ({ id }, times) => (times < 0 ? reject('missing') : Used({ id, times: times + 1 })),
  })
const shop = system('shop', { services: [service('desks', { parts: [Desk], owner: 'tests' })] })

/** The store, with the streams that were read. */
function watched(inner: StoreAdapter, read: string[]): StoreAdapter {
  return {
    ...inner,
    async open(options) {
      const store = await inner.open(options)
      const readStream: typeof store.log.readStream = (page) => (read.push(page.stream), store.log.readStream(page))
      return { ...store, log: { ...store.log, readStream } }
    },
  }
}

overLocalStores(
  'commands that have begun streams for long read none, and one that is there is found',
  async (t, adapter) => {
    const read: string[] = []
    const running = await start(shop, { store: watched(adapter, read) })
    t.after(() => running.stop())
    const other = await start(shop, { store: adapter })
    t.after(() => other.stop())
    for (let n = 0; n < 16; n++) await running.execute(Open({ id: `a${n}` }))
    assert.equal(read.length, 16)
    await running.execute(Open({ id: 'b' }))
    assert.equal(read.length, 16)
    // What it remembers is no new stream.
    assert.equal((await running.attempt(Open({ id: 'b' }))).ok, false)
    assert.equal(read.length, 17)
    for (let n = 0; n < 16; n++) await running.execute(Open({ id: `c${n}` }))
    read.length = 0
    await other.execute(Open({ id: 'd' }))
    assert.deepEqual(await running.attempt(Open({ id: 'd' })), { ok: false, code: 'open', repeated: false })
    assert.deepEqual(read, ['Desk/d'])
    // It has met one that was there, so it reads again.
    await running.execute(Open({ id: 'e' }))
    assert.deepEqual(read, ['Desk/d', 'Desk/e'])
  },
)

test('what a new stream would refuse is decided on the one that is there', async (t) => {
  const adapter = memory()
  const running = await start(shop, { store: adapter })
  t.after(() => running.stop())
  const other = await start(shop, { store: adapter })
  t.after(() => other.stop())
  await other.execute(Open({ id: 'here' }))
  for (let n = 0; n < 16; n++) assert.equal((await running.attempt(Use({ id: `none${n}` }))).ok, false)
  assert.equal((await running.attempt(Use({ id: 'here' }))).ok, true)
})

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { aggregate, event, service, system, t as field, type StoreAdapter } from 'eventwright'
import { Account, bank, Note, Opened } from '../bank.fixture.ts'
import type { EventLog, StreamPage } from '../../../src/ports/event-log.ts'
import { signal } from '../../../src/base/signal.ts'
import { events } from '../../../src/runtime/log/events.ts'
import { all, running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const noted = async (t: TestContext, store: StoreAdapter, times: number) => {
  const open = await running(t, bank, { store })
  await open.execute(Note({ id: 'x', times }))
  return open
}

overStores(
  'a stream of any length is read forwards and backwards, from the start, the end and a version',
  async (t, store) => {
    const open = await noted(t, store, 1_203)
    const versions = async (options: object) =>
      (await all(open.events.stream('Counter/x', options))).map((each) => each.version)
    const whole = Array.from({ length: 1_203 }, (_, i) => i + 1)
    assert.deepEqual(await versions({}), whole)
    assert.deepEqual(await versions({ from: 700 }), whole.slice(699))
    assert.deepEqual(await versions({ backwards: true }), whole.toReversed())
    assert.deepEqual(await versions({ backwards: true, from: 700 }), whole.slice(0, 700).toReversed())
    assert.deepEqual(await all(open.events.stream('Counter/nobody')), [])
  },
)

overStores('the log is read from a position, up to one and by category', async (t, store) => {
  const open = await noted(t, store, 600)
  await open.append(Account, 'a', [Opened({ id: 'a', owner: 'ada', email: 'a@ada' })])
  const positions = async (options: object) => (await all(open.events.log(options))).map((each) => each.position)
  assert.deepEqual((await positions({ after: 598 })).slice(), [599, 600, 601])
  assert.deepEqual(await positions({ after: 300, to: 303 }), [301, 302, 303])
  assert.deepEqual(await positions({ to: 2, categories: ['Account'] }), [])
  assert.deepEqual(await positions({ after: 3, to: 3 }), [])
  assert.deepEqual(await positions({ categories: ['Account'] }), [601])
  assert.equal((await positions({ categories: ['Counter', 'Account'] })).length, 601)
})

overStores(
  'the tail follows what other systems commit, and ends with its signal or with the system',
  async (t, store) => {
    const open = await noted(t, store, 2)
    const other = await running(t, bank, { store })
    const [ending, seen] = [new AbortController(), [] as number[]]
    const following = (async () => {
      for await (const each of open.events.tail({ after: 1, signal: ending.signal })) {
        seen.push(each.position)
        if (each.position === 5) ending.abort()
      }
    })()
    const forEver = all(open.events.tail())
    await other.execute(Note({ id: 'y', times: 3 }))
    await following
    assert.deepEqual(seen, [2, 3, 4, 5])
    await open.stop()
    await forEver
  },
)

overStores(
  'events of a type that the system does not know are shown with the reason, as they are stored',
  async (t, store) => {
    const open = await noted(t, store, 1)
    await open.stop()
    const Other = event('Other', { id: field.string() })
    const Else = aggregate('Else', { events: [Other], commands: [], id: () => '1', initial: () => 0 })
      .evolve({ Other: () => 1 })
      .decide({})
    const other = await running(t, system('bank', { services: [service('bank', { parts: [Else] })] }), { store })
    const [shown] = await all(other.events.log())
    assert.equal(shown!.data, '{"id":"x"}')
    assert.match(shown!.problem!, /declares no event Counted/)
  },
)

test('behind its first page a stream is read ahead, page after page, until one is not full', async () => {
  const asked: StreamPage[] = []
  const readStream = async (page: StreamPage) => {
    asked.push(page)
    const from = page.from ?? 1
    const count = Math.min(page.limit, 501 - from)
    return Array.from({ length: count }, (_, n) => ({ type: 'Unknown', version: from + n, data: '{}', meta: '{}' }))
  }
  const log = { readStream } as unknown as EventLog
  const read = events(log, signal(), 1_000, new AbortController().signal, () => undefined)
  assert.equal((await all(read.stream('A/1'))).length, 500)
  assert.deepEqual(
    asked.map(({ from, ahead }) => [from, ahead]),
    [
      [undefined, false],
      [201, true],
      [401, true],
    ],
  )
})

import assert from 'node:assert/strict'
import { aggregate, command, event, handle, reject, service, system, t } from 'eventwright'
import { bank, Count, Deposit, during, Note, Open, Transfer } from '../bank.fixture.ts'
import { Order, OrderPlaced } from '../orders.fixture.ts'
import { all, gate, running, until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const ada = (id: string) => Open({ id, owner: 'ada', email: `${id}@ada` })

overStores('a handler over two streams commits all of them or none', async (t, store) => {
  const open = await running(t, bank, { store })
  for (const id of ['a', 'b']) await open.execute(ada(id))
  await open.execute(Deposit({ id: 'a', amount: 100 }))
  const { events, reply } = await open.execute(Transfer({ from: 'a', to: 'b', amount: 30 }))
  assert.deepEqual(reply, { left: 70 })
  assert.deepEqual(
    events.map(({ stream, position }) => [stream, position]),
    [
      ['Account/a', 4],
      ['Account/b', 5],
    ],
  )
  assert.deepEqual(await open.attempt(Transfer({ from: 'a', to: 'b', amount: 71 })), {
    ok: false,
    code: 'too_little',
    repeated: false,
  })
  // The deposit fails by a fault, after the withdrawal was recorded.
  await open.execute(Deposit({ id: 'a', amount: 600 }))
  await assert.rejects(open.execute(Transfer({ from: 'a', to: 'b', amount: 666 })), /a bug in the handler/)
  const balances = [(await open.views.accounts.get('a'))?.balance, (await open.views.accounts.get('b'))?.balance]
  assert.deepEqual([...balances, await open.events.head()], [670, 30, 6])
})

overStores(
  'a stream that was only read must not have moved either: the handler runs again on what is there',
  async (t, store) => {
    const open = await running(t, bank, { store })
    for (const id of ['a', 'b']) await open.execute(ada(id))
    await open.execute(Deposit({ id: 'a', amount: 10 }))
    t.after(() => (during.transfer = () => undefined))
    let runs = 0
    during.transfer = async () => {
      if (++runs === 1) await open.execute(Deposit({ id: 'b', amount: 1 }))
    }
    // A transfer of nothing withdraws nothing from `a` and does not write to `b`.
    const { events } = await open.execute(Transfer({ from: 'a', to: 'b', amount: 0 }))
    assert.deepEqual([runs, events.map(({ stream }) => stream)], [2, ['Account/a']])
  },
)

overStores(
  'a handler that is held open holds nobody up, and nothing that was acknowledged is rolled back',
  async (t, store) => {
    const open = await running(t, bank, { store })
    for (const id of ['a', 'b', 'c']) await open.execute(ada(id))
    await open.execute(Deposit({ id: 'a', amount: 5 }))
    t.after(() => (during.transfer = () => undefined))
    const [inside, door] = [gate(), gate()]
    during.transfer = async () => {
      inside.open()
      await door.passed
    }
    const held = open.execute(Transfer({ from: 'a', to: 'b', amount: 5 }))
    await inside.passed
    let appended = 0
    const append = async (): Promise<void> => {
      for (let round = 0; round < 5; round++) {
        await Promise.all(Array.from({ length: 20 }, () => open.execute(Deposit({ id: 'c', amount: 1 }))))
        appended += 20
      }
    }
    const others = append()
    await until('the others are done while the handler is open', () => appended === 100).finally(() => door.open())
    await others
    assert.deepEqual((await held).reply, { left: 0 })
    assert.equal((await open.views.accounts.get('c'))?.balance, appended)
    assert.equal((await all(open.events.stream('Account/c'))).length, appended + 1)
  },
)

overStores(
  'appending without reading never conflicts, and keeps versions contiguous beside commands',
  async (t, store) => {
    const open = await running(t, bank, { store })
    const other = await running(t, bank, { store })
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        i % 4 === 0
          ? open.execute(Count({ id: 'x' }))
          : (i % 2 === 0 ? open : other).execute(Note({ id: 'x', times: 2 })),
      ),
    )
    const versions = (await all(open.events.stream('Counter/x'))).map((each) => each.version)
    assert.deepEqual(
      versions,
      Array.from({ length: 70 }, (_, i) => i + 1),
    )
  },
)

overStores('a handler that breaks a rule of its design fails by EW_DESIGN and stores nothing', async (test, store) => {
  const Break = command('Break', { how: t.enum('foreign', 'event', 'refusal') }).refuses('declared')
  const Odd = event('Odd', { id: t.string() })
  const Own = aggregate('Own', { events: [Odd], commands: [], id: () => '1', initial: () => 0 })
    .evolve({ Odd: () => 1 })
    .decide({})
  const breaking = handle(Break, async (c, { load, append }) => {
    if (c.how === 'refusal') return reject('undeclared' as 'declared')
    append(Own, '1', Odd({ id: '1' }))
    if (c.how === 'event') append(Own, '1', OrderPlaced({ orderId: '1', customer: 'x', total: '1' }) as never)
    else await load(Order, '1')
    return undefined
  })
  const odd = system('odd', {
    services: [service('odd', { parts: [Own, breaking] }), service('orders', { parts: [Order] })],
  })
  const open = await running(test, odd, { store })
  for (const how of ['foreign', 'event', 'refusal'] as const) {
    await assert.rejects(open.execute(Break({ how })), { code: 'EW_DESIGN' }, how)
  }
  assert.equal(await open.events.head(), 0)
})

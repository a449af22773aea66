import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from 'eventwright'
import { nextTurn } from '../../../src/base/next-turn.ts'
import { StreamLanes } from '../../../src/runtime/commands/stream-lanes.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { bank, Deposit, Open } from '../bank.fixture.ts'
import { running } from '../running.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'

test('turns are taken in their order, and a lane closes behind the last one', async () => {
  const lanes = new StreamLanes(systemClock)
  const order: number[] = []
  assert.equal(lanes.isOpen('A/1'), false)
  const first = await lanes.take('A/1', undefined)
  const others = [1, 2, 3].map(async (number) => {
    const leave = await lanes.take('A/1', undefined)
    order.push(number)
    leave()
  })
  ;(await lanes.take('A/2', undefined))()
  assert.deepEqual([lanes.isOpen('A/1'), order], [true, []])
  first()
  await Promise.all(others)
  assert.deepEqual(order, [1, 2, 3])
  await Promise.resolve()
  assert.deepEqual([lanes.isOpen('A/1'), lanes.isOpen('A/2')], [false, false])
})

test('whoever waits too long, or is called off, goes without, and nobody behind him comes too early', async () => {
  const lanes = new StreamLanes(systemClock)
  const first = await lanes.take('A/1', undefined)
  const called = new AbortController()
  const second = lanes.take('A/1', called.signal)
  let third = false
  const last = lanes.take('A/1', undefined).then((leave) => {
    third = true
    leave()
  })
  called.abort()
  ;(await second)()
  assert.equal(third, false)
  first()
  await last
  assert.equal(lanes.isOpen('A/1'), false)
  const slow = await lanes.take('A/1', undefined)
  const impatient = await lanes.take('A/1', undefined)
  impatient()
  assert.equal(lanes.isOpen('A/1'), true)
  slow()
  assert.equal(lanes.isOpen('A/1'), false)
})

test('behind one who takes long they go one after the other, and he gives his turn to nobody', async () => {
  const clock = fakeClock()
  const lanes = new StreamLanes(clock)
  const slow = await lanes.take('A/1', undefined)
  const [order, turns] = [[] as number[], [] as (() => void)[]]
  for (const number of [1, 2, 3, 4, 5, 6])
    void lanes.take('A/1', undefined).then((leave) => {
      order.push(number)
      turns.push(leave)
    })
  const afterMs = async (ms: number) => {
    await clock.advance(ms)
    await nextTurn()
    return order.length
  }
  assert.equal(await afterMs(249), 0)
  assert.equal(await afterMs(1), 1)
  turns[0]!()
  assert.equal(await afterMs(0), 2)
  // Two are going now, so that it takes twice as long until a third one goes as well.
  assert.equal(await afterMs(499), 2)
  assert.equal(await afterMs(501), 3)
  slow()
  turns[1]!()
  assert.equal(await afterMs(0), 3)
  turns[2]!()
  assert.equal(await afterMs(0), 4)
  turns[3]!()
  assert.equal(await afterMs(0), 5)
  turns[4]!()
  assert.equal(await afterMs(0), 6)
  assert.equal(lanes.isOpen('A/1'), true)
  turns[5]!()
  assert.equal(lanes.isOpen('A/1'), false)
  assert.deepEqual(order, [1, 2, 3, 4, 5, 6])
})

overStores(
  'many commands that meet on one stream are all done, and hardly one works in vain',
  async (t, adapter) => {
    let [lost, won] = [0, 0]
    const counted = altered(adapter, (store) => ({
      async commit(units) {
        const outcomes = await store.commit(units)
        for (const [index, { appends }] of units.entries())
          if (appends?.some(({ stream }) => stream === 'Account/b')) outcomes[index]!.ok ? won++ : lost++
        return outcomes
      },
    }))
    const open = await running(t, bank, { store: counted })
    await open.execute(Open({ id: 'b', owner: 'x', email: 'b' }))
    const many = 300
    await Promise.all(Array.from({ length: many }, () => open.execute(Deposit({ id: 'b', amount: 1 }))))
    await Promise.all(Array.from({ length: many }, () => open.execute(Deposit({ id: 'b', amount: 1 }))))
    assert.equal(won, 2 * many + 1)
    assert.ok(lost < 4 * many, `${lost} attempts in vain for ${won} that won`)
    assert.equal((await open.views.accounts.get('b'))?.balance, 2 * many)
  },
  everyStoreKind,
)

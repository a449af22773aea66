import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from 'eventwright'
import { StreamLanes } from '../../../src/runtime/commands/stream-lanes.ts'
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

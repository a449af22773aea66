import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import { reject } from '../../../src/design/decision.ts'
import { saga } from '../../../src/design/sagas/saga.ts'
import { receivedCommand } from '../../../src/runtime/messages/command-message.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { orderCreation, OrderCreated, started } from '../sagas/order.fixture.ts'
import { storeKinds } from '../stores.fixture.ts'
import {
  agreeing,
  delivered,
  isClosed,
  mailOf,
  openDesk,
  participants,
  ticking,
  type Asked,
  type Choices,
  type Desk,
} from './runner.fixture.ts'

/** Keys of everything that an instance has asked for, as its stream has them. */
async function registered({ space }: Desk, stream: string): Promise<readonly string[]> {
  const events = await space.store.log.readStream({ stream, from: 1, limit: 500 })
  const asked = events.filter(({ type }) => type === 'ew.StepRequested' || type === 'ew.UndoRequested')
  return asked.map(({ data }) => (JSON.parse(data) as { key: string }).key)
}

async function sent({ space }: Desk): Promise<readonly string[]> {
  const rows = await space.store.outbox.after(0, 500)
  return rows.map((row) => receivedCommand({ ...row, partition: 0, offset: row.position, atMs: 0 }).idempotencyKey)
}

/** An owner that is gone at its commit with that number; what he has begun by then goes on for a while. */
class Dying {
  readonly #at: number
  #commits = 0

  constructor(at: number) {
    this.#at = at
  }

  get isGone(): boolean {
    return this.#commits >= this.#at
  }

  readonly wrap: NonNullable<Choices['wrap']> = (commit) => async (bucket, unit) => {
    if (++this.#commits < this.#at) return commit(bucket, unit)
    for (let turns = 0; turns < 20; turns++) await turn()
    throw new Error('the process is gone')
  }
}

const refusing = (asked: Asked) =>
  asked.type === 'ConfirmOrder' ? { status: 'refused' as const, code: 'order_cancelled' } : agreeing(asked)

/** Compares what an owner has left behind who was gone at a commit; answers false when the saga was through before. */
async function assertMeet(t: TestContext, adapter: StoreAdapter, at: number): Promise<boolean> {
  const clock = fakeClock()
  const owner = new Dying(at)
  const desk = await openDesk(t, adapter, orderCreation, { clock, wrap: owner.wrap })
  participants(desk, refusing)
  await desk.post(mailOf(orderCreation, delivered(OrderCreated(started))))
  const id = 'order-creation/7'
  await ticking(clock, 'it ends or is cut off', async () => owner.isGone || (await isClosed(desk, id)))
  await desk.stop()
  const store = await adapter.open({ clock })
  const left = { ...desk, space: { ...desk.space, store } }
  assert.deepEqual(await sent(left), await registered(left, id), `gone at commit ${at}`)
  await store.close()
  return owner.isGone
}

/** Functions forward and back; `called` is told the key of each call. */
function calling(called: (key: string) => void): AnySaga {
  return saga('calling', { startedBy: OrderCreated, id: (e) => e.orderId })
    .step('hold', { do: (_, { key }) => called(key), undo: (_, { key }) => called(key) })
    .pivot('decide', {
      do(_, { key }) {
        called(key)
        return reject('not_today')
      },
    })
}

/** The same for functions: what had been called when the owner was gone, against what the instance knows. */
async function assertKnown(t: TestContext, adapter: StoreAdapter, at: number): Promise<boolean> {
  const clock = fakeClock()
  const owner = new Dying(at)
  const calls: string[] = []
  const declared = calling((key) => void calls.push(key))
  const desk = await openDesk(t, adapter, declared, { clock, wrap: owner.wrap })
  await desk.post(mailOf(declared, delivered(OrderCreated(started))))
  const id = 'calling/7'
  await ticking(clock, 'it ends or is cut off', async () => owner.isGone || (await isClosed(desk, id)))
  await desk.stop()
  const store = await adapter.open({ clock })
  const known = await registered({ ...desk, space: { ...desk.space, store } }, id)
  for (const key of calls) assert.ok(known.includes(key), `${key} was called, then its owner was gone at commit ${at}`)
  await store.close()
  if (!owner.isGone) assert.deepEqual(calls, known)
  return owner.isGone
}

for (const { name, make } of storeKinds) {
  test(`a command has left exactly if its instance knows it, wherever its owner was gone [${name}]`, async (t) => {
    let at = 1
    while (await assertMeet(t, make(t), at)) at++
    assert.ok(at > 6, `${at} commits`)
  })

  test(`a function is called only when its instance knows it, wherever its owner was gone [${name}]`, async (t) => {
    let at = 1
    while (await assertKnown(t, make(t), at)) at++
    assert.ok(at > 3, `${at} commits`)
  })
}

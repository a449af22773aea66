import assert from 'node:assert/strict'
import { systemClock } from '../../../src/base/clock.ts'
import { masked } from '../../../src/console/wire.ts'
import type { FrozenLetters, ReplayPlan } from '../../../src/console/wire/dead-letters.ts'
import { until } from '../../runtime/running.fixture.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { book, enter, hotel, secret } from '../console.fixture.ts'

const consumer = 'post/subscription:mails'
const of = `dead-letters/of/${encodeURIComponent(consumer)}`
const chosen = `consumer=${encodeURIComponent(consumer)}`

overStores(
  'a plan tells what a replay would do with one letter, a group or a frozen set, and does nothing',
  async (t, store) => {
    const { open, desk } = await hotel(t, store, {}, { mailBroken: true, tillJammed: false })
    for (const id of ['b1', 'b2']) await book(open, id)
    const letters = async (): Promise<number> => (await open.inspect.deadLetters.list({ limit: 9 })).length
    await until('both are dead', async () => (await letters()) === 2, 60_000)
    const { frozen } = await desk.get<FrozenLetters>(`dead-letters/frozen?${chosen}`)
    await book(open, 'b3')
    await until('a third is dead', async () => (await letters()) === 3, 60_000)
    const plans = ['b1/plan', 'nobody/plan'].map((path) => `${of}/${path}`)
    const one = await desk.get<ReplayPlan>(plans[0]!)
    assert.deepEqual(
      [one.letters, one.replayed, one.handler?.name, one.owners, one.read, one.unreadable],
      [1, 1, 'mails', 1, 1, 0],
    )
    assert.equal((await desk.ask(plans[1]!)).status, 404)
    const keysOf = async (query: string): Promise<string[]> =>
      (await desk.get<ReplayPlan>(`dead-letters/plan?${query}`)).items.map(({ key }) => key)
    assert.deepEqual(await keysOf(`frozen=${frozen}`), ['b1', 'b2'])
    assert.deepEqual(await keysOf(`${chosen}&type=Booked`), ['b1', 'b2', 'b3'])
    assert.deepEqual(await keysOf(`${chosen}&code=Other`), [])
    assert.equal((await desk.ask('dead-letters/plan')).status, 400)
    assert.equal((await desk.ask('dead-letters/plan?frozen=unknown')).status, 404)
    // Whoever only looks may ask.
    const viewer = await enter(t, open, { authenticate: () => ({ who: 'vera', role: 'viewer' }) })
    assert.equal((await viewer.get<ReplayPlan>(`${of}/b1/plan`)).replayed, 1)
    assert.ok((await open.inspect.deadLetters.list({ limit: 9 })).every(({ state }) => state === 'parked'))
  },
)

overStores('why a letter cannot be read is masked where it may say what is in it', async (t, adapter) => {
  const { open, desk } = await hotel(t, adapter)
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  const headers = {
    ce_id: 'e-9',
    ce_type: 'rooms.Booked',
    ce_time: '2026-01-01T00:00:00.000Z',
    ce_subject: 'Booking/b9',
    ew_schemaversion: '2',
    ew_version: '1',
    ew_position: '1',
  }
  const value = JSON.stringify({ bookingId: 'b9', guest: { ...secret, email: 7 }, nights: 1, room: '12' })
  const message = { channel: 'booking-events', key: 'b9', id: 'e-9', headers: JSON.stringify(headers), value }
  await store.broker!.publish([message])
  await until('it is dead', async () => (await open.inspect.deadLetters.counts()).length > 0, 60_000)
  const plan = await desk.get<ReplayPlan>(`${of}/b9/plan`)
  assert.deepEqual([plan.replayed, plan.read, plan.unreadable, plan.items[0]?.problem], [1, 1, 1, masked])
  const seeing = await enter(t, open, { local: { who: 'ann', seesPersonalData: true } })
  assert.match((await seeing.get<ReplayPlan>(`${of}/b9/plan`)).items[0]!.problem!, /email/)
})

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { aggregate, channel, command, event, service, subscription, system, t } from 'eventwright'
import { patienceMs } from '../../fixtures/patience.ts'
import { running, until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const Rung = event('Rung', { door: t.string() })
const Ring = command('Ring', { door: t.string() })
const Door = aggregate('Door', { events: [Rung], commands: [Ring], id: (c) => c.door, initial: () => 0 })
  .evolve({ Rung: (times) => times + 1 })
  .decide({ Ring: (c) => Rung(c) })
const rings = channel('rings', { carries: [Rung], key: 'door' })

overStores('the partitions of a channel are worked on beside each other', async (t, store) => {
  const meeting = Promise.withResolvers<true>()
  let inHand = 0
  const opening = subscription('opening', { from: rings, concurrency: 1 }).on({
    async Rung() {
      if (++inHand === 2) meeting.resolve(true)
      // One that is alone has to give up, so that a test that fails comes to an end.
      await Promise.race([meeting.promise, sleep(patienceMs / 4, undefined, { ref: false })])
      inHand--
    },
  })
  const house = system('house', {
    services: [service('doors', { parts: [Door], publishes: [rings] }), service('porter', { parts: [opening] })],
  })
  const open = await running(t, house, { store })
  const doors = Array.from({ length: 16 }, (_, index) => `door-${index}`)
  await Promise.all(doors.map((door) => open.execute(Ring({ door }))))
  assert.equal(await Promise.race([meeting.promise, sleep(patienceMs, false, { ref: false })]), true)
  assert.ok(await open.caughtUp({ timeoutMs: 60_000 }))
})

overStores('a partition whose handler is slow holds no other one up', async (t, store) => {
  const released = Promise.withResolvers<void>()
  const opened: string[] = []
  const opening = subscription('opening', { from: rings }).on({
    async Rung({ door }) {
      if (door === 'slow') await released.promise
      opened.push(door)
    },
  })
  const house = system('house', {
    services: [service('doors', { parts: [Door], publishes: [rings] }), service('porter', { parts: [opening] })],
  })
  const open = await running(t, house, { store })
  t.after(() => released.resolve())
  await open.execute(Ring({ door: 'slow' }))
  // One page after the other, while the first one of them is not done.
  for (let page = 1; page <= 3; page++) {
    const doors = Array.from({ length: 16 }, (_, index) => `${page}-${index}`)
    await Promise.all(doors.map((door) => open.execute(Ring({ door }))))
    const passed = (): number => opened.filter((door) => door.startsWith(`${page}-`)).length
    await until('the doors of the other partitions are open', () => passed() >= 4)
  }
  assert.ok(!opened.includes('slow'))
  released.resolve()
  assert.ok(await open.caughtUp({ timeoutMs: 60_000 }))
  assert.equal(opened.length, 49)
})

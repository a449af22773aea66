import assert from 'node:assert/strict'
import type { Page } from '../../../src/console/wire.ts'
import type { ChannelItem, Overview } from '../../../src/console/wire/overview.ts'
import type { SystemMap } from '../../../src/console/wire/system-map.ts'
import { until } from '../../runtime/running.fixture.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { book, hotel } from '../console.fixture.ts'

overStores(
  'what needs a person stands first, with what to do and where; where nothing does, all is good',
  async (t, store) => {
    const { open, desk } = await hotel(t, store, {}, { mailBroken: true, tillJammed: true })
    const calm = await desk.get<Overview>('overview')
    assert.deepEqual([calm.health, calm.concerns, calm.deadLetters], ['good', [], 0])
    await book(open, 'b1')
    await until('its mail is dead', async () => (await open.inspect.deadLetters.counts()).length > 0, 60_000)
    await until('its saga is stuck', async () => (await open.inspect.saga('stay/b1'))?.status === 'stuck', 60_000)
    const { health, concerns, deadLetters, sagas, consumers, head } = await desk.get<Overview>('overview')
    assert.deepEqual(
      concerns.map(({ kind, health: how, count, unit, place }) => [kind, how, count, unit, place.page]),
      [
        ['stuck sagas', 'bad', 1, 'instances', 'sagas'],
        ['dead letters', 'warn', 1, 'dead letters', 'dead-letters'],
      ],
    )
    assert.deepEqual(
      [health, deadLetters, sagas, head.events],
      ['bad', 1, { running: 0, stuck: 1, compensating: 0 }, 1],
    )
    assert.deepEqual([consumers[0]?.name, consumers[0]?.status], ['post/subscription:mails', 'parked keys'])
    const kinds = new Set(consumers.map(({ kind }) => kind))
    assert.deepEqual(kinds, new Set(['subscription', 'relay', 'commands', 'saga', 'router', 'projection', 'timers']))
    assert.ok(consumers.every(({ isForgotten }) => isForgotten === undefined))
  },
)

overStores(
  'channels show their partitions and who reads them, the system its parts and what goes between',
  async (t, store) => {
    const { open, desk } = await hotel(t, store)
    await book(open, 'b1')
    await until(
      'the booking is on the channel',
      async () => {
        const { items } = await desk.get<Page<ChannelItem>>('channels')
        return items
          .find(({ channel }) => channel === 'booking-events')!
          .partitions.some(({ messages }) => messages > 0)
      },
      60_000,
    )
    const { items } = await desk.get<Page<ChannelItem>>('channels')
    assert.deepEqual(
      items.map(({ channel, kind }) => [channel, kind]),
      [
        ['booking-events', 'events'],
        ['rooms.commands', 'commands'],
        ['rooms.replies', 'replies'],
      ],
    )
    assert.deepEqual([items[0]!.partitions.length, items[0]!.carries], [4, ['Booked', 'Confirmed']])
    assert.deepEqual(
      items[0]!.groups.map(({ name }) => name),
      ['post/subscription:mails'],
    )

    const { nodes, edges, services } = await desk.get<SystemMap>('system')
    assert.deepEqual(services, [
      { service: 'rooms', runsHere: true, owner: 'team-rooms' },
      { service: 'post', runsHere: true },
    ])
    const ids = new Set(nodes.map(({ id }) => id))
    assert.equal(ids.size, nodes.length)
    for (const { from, to } of edges) assert.ok(ids.has(from) && ids.has(to), `${from} -> ${to}`)
    const shown = edges.map(
      ({ from, to, kind, over }) => `${from} ${kind} ${to}${over === undefined ? '' : ` over ${over}`}`,
    )
    for (const edge of [
      'command:Book handled by aggregate:Booking',
      'aggregate:Booking emits event:Booked',
      'event:Booked feeds projection:bookings',
      'event:Booked feeds subscription:mails over booking-events',
      'event:Booked feeds saga:stay',
      'event:Booked published on channel:booking-events',
      'saga:stay sends command:Charge',
    ])
      assert.ok(shown.includes(edge), edge)
    assert.equal(nodes.find(({ id }) => id === 'projection:bookings')?.health, 'good')
  },
)

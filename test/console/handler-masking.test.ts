import assert from 'node:assert/strict'
import { masked } from '../../src/console/wire.ts'
import type { StateItem } from '../../src/console/wire/events.ts'
import type { SagaStory } from '../../src/console/wire/sagas.ts'
import type { Page } from '../../src/console/wire.ts'
import { until } from '../runtime/running.fixture.ts'
import { overStores } from '../runtime/stores.fixture.ts'
import { book, enter, hotel } from './console.fixture.ts'

const mails = encodeURIComponent('post/subscription:mails')

/** Everything that can be asked, of a booking that has failed wherever it could. */
const paths = [
  ...['session', 'overview', 'events', 'events?partition=1', 'streams', 'streams/Booking%2Fb1'],
  ...[
    'streams/Booking%2Fb1/events',
    'streams/stay%2Fb1/events',
    'streams/Booking%2Fb1/states',
    'streams/stay%2Fb1/states',
  ],
  ...[
    'views',
    'views/bookings',
    'views/bookings/rows',
    'views/bookings/rows/b1',
    'sagas',
    'sagas/counts',
    'sagas/stay%2Fb1',
  ],
  ...['timers', 'dead-letters', 'dead-letters/groups', 'dead-letters/actions', `dead-letters/frozen?consumer=${mails}`],
  ...[
    `dead-letters/of/${mails}/b1`,
    'channels',
    'search?q=b1',
    'search?q=one-guest',
    'correlations/one-guest',
    'system',
  ],
  ...[
    'jobs',
    'actions',
    'processes',
    'consumers',
    `dead-letters/plan?consumer=${mails}`,
    `dead-letters/of/${mails}/b1/plan`,
  ],
]

overStores(
  'what is marked pii() is in no answer for who may not see it, and in all of them for who may',
  async (t, store) => {
    const broken = { mailBroken: true, tillJammed: true }
    const { open, desk } = await hotel(t, store, {}, broken)
    await book(open, 'b1', 'one-guest')
    await until('its mail is dead', async () => (await open.inspect.deadLetters.counts()).length > 0, 60_000)
    await until('its saga is stuck', async () => (await open.inspect.saga('stay/b1'))?.status === 'stuck', 60_000)
    await until('its row is there', async () => (await open.views.bookings.get('b1')) !== undefined, 60_000)

    const seeing = await enter(t, open, { local: { who: 'ann', seesPersonalData: true } })
    const event = (await open.inspect.events.ofLog({ partition: 0, after: 0, limit: 1 }))[0]!.id
    let seen = 0
    for (const path of [...paths, `events/${event}`]) {
      const told = await (await desk.ask(path)).text()
      assert.doesNotMatch(told, /secret|7946/i, path)
      assert.match(told, /"measuredAt":"\d{4}-/, path)
      if (/secret|7946/i.test(await (await seeing.ask(path)).text())) seen++
    }
    assert.ok(seen >= 9, `${seen} answers have it for who may see it`)

    const { items } = await desk.get<Page<StateItem>>('streams/Booking%2Fb1/states')
    assert.deepEqual(items[0]?.state, { status: 'booked', greeting: `Dear ${masked}` })
    const saga = await desk.get<SagaStory>('sagas/stay%2Fb1')
    assert.equal(saga.stuck?.reason, `its outcome is unknown: no door for ${masked}`)
    assert.deepEqual(saga.steps.map(({ step, outcome }) => [step, outcome]).slice(0, 2), [
      ['hold', 'done'],
      ['open-door', 'open'],
    ])
    const guess = await desk.ask('views/bookings/rows?orderBy=email')
    assert.equal(guess.status, 403)
    const rows = await desk.get<Page<unknown>>('views/bookings/rows?where.email=ann.secret%40example.com')
    assert.equal(rows.items.length, 1)
  },
)

overStores('live events are masked as well', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  const live = await desk.ask('live')
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader()
  await book(open, 'b1')
  let text = ''
  while (!text.includes('event: event')) text += (await reader.read()).value ?? ''
  assert.match(text, /"email":"•••••"/)
  assert.doesNotMatch(text, /secret/i)
  await reader.cancel()
})

overStores('live events of the engine are masked as well', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  const live = await desk.ask('live?partition=1')
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader()
  await book(open, 'b1')
  let text = ''
  while (!text.includes('ew.SagaCompleted')) text += (await reader.read()).value ?? ''
  assert.match(text, /"type":"ew\.StepRequested"/)
  assert.doesNotMatch(text, /secret/i)
  await reader.cancel()
})

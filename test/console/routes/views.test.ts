import assert from 'node:assert/strict'
import type { Done, Job, Page } from '../../../src/console/wire.ts'
import type { RowItem, ViewItem, ViewStory } from '../../../src/console/wire/views.ts'
import { until } from '../../runtime/running.fixture.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { allOf, Book, hotel, secret } from '../console.fixture.ts'

overStores('rows of a view come in pages, by an indexed column and by value', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  for (const [bookingId, nights] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
    ['d', 1],
  ] as const)
    await open.execute(Book({ bookingId, nights, guest: secret, room: '1' }))
  await until('the rows are there', async () => (await open.views.bookings.count()) === 4, 60_000)
  const keys = async (query: string): Promise<string> =>
    (await allOf<RowItem>(desk, `views/bookings/rows${query}`, 3)).items.map(({ key }) => key).join('')
  assert.equal(await keys(''), 'abcd')
  assert.equal(await keys('?orderBy=nights'), 'bdca')
  assert.equal(await keys('?orderBy=nights&descending=true'), 'acdb')
  assert.equal(await keys('?where.nights=1'), 'bd')
  assert.equal((await desk.ask('views/bookings/rows?where.nights=one')).status, 400)
  const row = await desk.get<RowItem>('views/bookings/rows/a')
  assert.deepEqual([row.key, row.isStale, row.row['nights']], ['a', false, 3])
  assert.equal((await desk.ask('views/bookings/rows/nobody')).status, 404)
  const { columns, from } = await desk.get<ViewStory>('views/bookings')
  assert.deepEqual(from, ['Booked', 'Confirmed'])
  assert.deepEqual(columns[1], { name: 'email', kind: 'text', isIndexed: true, isPersonal: true })
})

overStores(
  'a view is built anew by a job that tells how far it is, and one row of it by an order',
  async (t, store) => {
    const { open, desk } = await hotel(t, store)
    await open.execute(Book({ bookingId: 'a', nights: 3, guest: secret, room: '1' }))
    await until('the row is there', async () => (await open.views.bookings.get('a')) !== undefined, 60_000)
    const job = await desk.ordered<Job>('views/bookings/rebuild', { reason: 'in doubt' })
    assert.deepEqual([job.what, job.of, job.why, job.canCancel], ['rebuild view', 'bookings', 'in doubt', false])
    await until('it is built', async () => (await desk.get<Job>(`jobs/${job.id}`)).state === 'done', 60_000)
    assert.equal((await desk.get<Job>(`jobs/${job.id}`)).outcome, 'Generation 2 is in use.')
    const [view] = (await desk.get<Page<ViewItem>>('views')).items
    assert.deepEqual(
      view!.generations.map(({ generation, state, isRead }) => [generation, state, isRead]),
      [
        [1, 'retired', false],
        [2, 'active', true],
      ],
    )
    assert.deepEqual([view!.canRebuild, view!.mode, view!.health], [true, 'async', 'good'])
    const done = await desk.ordered<Done>('views/bookings/rows/a/rebuild')
    assert.match(done.outcome, /was right already/)
    assert.equal((await desk.order('views/nothing/rebuild')).status, 404)
  },
)

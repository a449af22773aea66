import assert from 'node:assert/strict'
import type { Done, Job, Page, AuditItem } from '../../src/console/wire.ts'
import type { StreamStory } from '../../src/console/wire/events.ts'
import { overStores } from '../runtime/stores.fixture.ts'
import { until } from '../runtime/running.fixture.ts'
import { book, enter, hotel } from './console.fixture.ts'

overStores(
  'an order is noted with who and why, done once for its key, and answered the same again',
  async (t, store) => {
    const { open, desk } = await hotel(t, store, { local: { who: 'ann' } })
    await book(open, 'b1')
    const archive = 'streams/Booking%2Fb1/archive'
    const first = await desk.ordered<Done>(archive, { reason: 'the year is over' }, 'key-of-archive')
    assert.equal(first.repeated, false)
    assert.equal((await open.inspect.events.stream('Booking/b1'))?.status, 'archived')
    await desk.ordered<Done>('streams/Booking%2Fb1/reopen', { reason: 'not yet' }, 'key-of-reopening')

    // Another console, as after a restart.
    const later = await enter(t, open, { local: { who: 'bob' } })
    const again = await later.ordered<Done>(archive, { reason: 'the year is over' }, 'key-of-archive')
    assert.deepEqual(again, { ...first, repeated: true })
    assert.equal((await open.inspect.events.stream('Booking/b1'))?.status, 'open')
    const other = await desk.order('streams/Booking%2Fb2/archive', {}, 'key-of-archive')
    assert.equal(other.status, 422)
    assert.equal(((await other.json()) as { code: string }).code, 'EW_KEY_REUSED')

    const { items } = await desk.get<Page<AuditItem>>('actions')
    assert.deepEqual(items.map(({ who, why, what, of, outcome }) => [who, why, what, of, outcome]).reverse(), [
      ['ann', 'the year is over', 'archive stream', 'Booking/b1', undefined],
      ['ann', 'the year is over', 'stream archived', 'Booking/b1', undefined],
      ['ann', 'the year is over', 'archive stream', 'Booking/b1', first.outcome],
      ['ann', 'not yet', 'reopen stream', 'Booking/b1', undefined],
      ['ann', 'not yet', 'stream reopened', 'Booking/b1', undefined],
      ['ann', 'not yet', 'reopen stream', 'Booking/b1', 'It takes events again.'],
    ])
    const newest = await desk.get<Page<AuditItem>>('actions?limit=2')
    const older = await desk.get<Page<AuditItem>>(`actions?limit=4&cursor=${newest.next}`)
    assert.deepEqual([...newest.items, ...older.items], items)
    assert.equal(older.next, undefined)
    const story = await desk.get<StreamStory>('streams/Booking%2Fb1')
    assert.deepEqual(
      story.actions.map(({ what, who }) => [what, who]),
      [
        ['reopened', 'ann'],
        ['archived', 'ann'],
      ],
    )
  },
)

overStores('an order that fails is noted with why, and its key may be used again', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  const failed = await desk.order('streams/Booking%2Fb1/archive', {}, 'key-of-failing')
  assert.equal(failed.status, 404)
  await book(open, 'b1')
  assert.equal((await desk.ordered<Done>('streams/Booking%2Fb1/archive', {}, 'key-of-failing')).repeated, true)
  assert.equal((await open.inspect.events.stream('Booking/b1'))?.status, 'archived')
  const { items } = await desk.get<Page<AuditItem>>('actions')
  assert.match(items.find(({ outcome }) => outcome?.startsWith('failed: '))?.outcome ?? '', /no stream/)
})

overStores('a long order is one job for its key, which others are told of when it is over', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  await book(open, 'b1')
  const job = await desk.ordered<Job>('verify/store', { reason: 'every month' }, 'key-of-a-check')
  const same = await desk.ordered<Job>('verify/store', { reason: 'every month' }, 'key-of-a-check')
  assert.equal(same.id, job.id)
  await until('it is over', async () => (await desk.get<Job>('jobs/key-of-a-check')).state === 'done', 60_000)
  const { outcome, done, total, who } = await desk.get<Job>('jobs/key-of-a-check')
  assert.match(outcome!, /events were read, and 0 things are wrong/)
  assert.deepEqual([done! > 0, done! <= total!, who], [true, true, (await desk.get<{ who: string }>('session')).who])

  const later = await enter(t, open)
  const told = (await later.get<Page<Job>>('jobs')).items[0]!
  assert.deepEqual([told.id, told.state, told.outcome], ['key-of-a-check', 'done', outcome])
  const repeated = await later.ordered<Job>('verify/store', { reason: 'every month' }, 'key-of-a-check')
  assert.deepEqual([repeated.state, repeated.outcome], ['done', outcome])
})

import assert from 'node:assert/strict'
import { masked, type Done, type Job, type Page } from '../../../src/console/wire.ts'
import type {
  DeadLetterAction,
  DeadLetterGroups,
  DeadLetterItem,
  DeadLetterStory,
  FrozenLetters,
} from '../../../src/console/wire/dead-letters.ts'
import { until } from '../../runtime/running.fixture.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { allOf, book, hotel, type Desk, type Hotel } from '../console.fixture.ts'

const consumer = 'post/subscription:mails'
const of = `dead-letters/of/${encodeURIComponent(consumer)}`

async function letters(open: Hotel): Promise<number> {
  return (await open.inspect.deadLetters.counts()).reduce((sum, { count }) => sum + count, 0)
}

async function ended(desk: Desk, { id }: Job): Promise<Job> {
  await until('the job is over', async () => (await desk.get<Job>(`jobs/${id}`)).state !== 'running', 60_000)
  return desk.get<Job>(`jobs/${id}`)
}

overStores('a bulk order is about the letters that were seen, not about those that came since', async (t, store) => {
  const { open, desk, world } = await hotel(t, store, {}, { mailBroken: true, tillJammed: false })
  for (const id of ['b1', 'b2', 'b3']) await book(open, id)
  await until('three are dead', async () => (await letters(open)) === 3, 60_000)
  const { groups } = await desk.get<DeadLetterGroups>('dead-letters/groups')
  assert.deepEqual(groups, [{ consumer, code: 'Error', type: 'Booked', letters: 3 }])
  const listed = await allOf<DeadLetterItem>(
    desk,
    `dead-letters?consumer=${encodeURIComponent(consumer)}&code=Error`,
    2,
  )
  assert.deepEqual([listed.items.map(({ key }) => key), listed.pages], [['b1', 'b2', 'b3'], 2])

  const frozen = await desk.get<FrozenLetters>(
    `dead-letters/frozen?consumer=${encodeURIComponent(consumer)}&type=Booked`,
  )
  assert.equal(frozen.letters, 3)
  await book(open, 'b4')
  await until('a fourth is dead', async () => (await letters(open)) === 4, 60_000)
  world.mailBroken = false
  const job = await ended(desk, await desk.ordered<Job>('dead-letters/replay', { frozen: frozen.frozen }))
  assert.match(job.outcome!, /^3 of 3 are replayed/)
  await until('one is left', async () => (await letters(open)) === 1, 60_000)
  assert.equal((await open.inspect.deadLetters.list({ limit: 9 }))[0]?.key, 'b4')

  const [left] = (await desk.get<Page<DeadLetterItem>>('dead-letters')).items
  const wrongPlace = { consumer, letters: [{ key: 'b4', position: left!.position + 1 }] }
  assert.match((await ended(desk, await desk.ordered<Job>('dead-letters/discard', wrongPlace))).outcome!, /^0 of 1/)
  const chosen = { consumer, letters: [{ key: 'b4', position: left!.position }], reason: 'of no use' }
  assert.match((await ended(desk, await desk.ordered<Job>('dead-letters/discard', chosen))).outcome!, /^1 of 1/)
  const { items } = await desk.get<Page<DeadLetterAction>>('dead-letters/actions?kind=discarded')
  assert.deepEqual(
    items.map(({ key, why, kind }) => [key, why, kind]),
    [['b4', 'of no use', 'discarded']],
  )
  for (const body of [{}, { frozen: 'unknown' }, { consumer, letters: [] }, { consumer, letters: [{ key: 'b' }] }])
    assert.ok([400, 404].includes((await desk.order('dead-letters/replay', body)).status), JSON.stringify(body))
})

overStores('a letter is edited by its schema, and what was masked stays what it was', async (t, store) => {
  const { open, desk, world } = await hotel(t, store, { local: { who: 'ann' } }, { mailBroken: true, tillJammed: false })
  await book(open, 'b1')
  await until('it is dead', async () => (await letters(open)) === 1, 60_000)
  const { form, content, message } = await desk.get<DeadLetterStory>(`${of}/b1`)
  const data = form!.data as { guest: object; nights: number }
  assert.deepEqual(data.guest, { email: masked, phone: masked })
  assert.doesNotMatch(JSON.stringify([content, message]), /secret/i)
  const { properties, required } = form!.schema as { properties: Record<string, object>; required: string[] }
  assert.deepEqual(required, ['bookingId', 'guest', 'nights', 'room'])
  assert.deepEqual(properties['nights'], { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 })

  const wrong = await desk.order(`${of}/b1/edit`, { data: { ...data, nights: 'two' } })
  assert.equal(wrong.status, 400)
  assert.deepEqual(
    ((await wrong.json()) as { issues: { path: string }[] }).issues.map(({ path }) => path),
    ['nights'],
  )
  await desk.ordered<Done>(`${of}/b1/edit`, { data: { ...data, nights: 5 }, reason: 'five' })
  const raw = JSON.stringify((await open.inspect.deadLetters.get(consumer, 'b1'))!.content)
  assert.match(raw, /ann\.secret@example\.com/)
  assert.match(raw, /"nights":5/)
  const { actions, edits } = await desk.get<DeadLetterStory>(`${of}/b1`)
  assert.deepEqual([edits, actions[0]?.who, actions[0]?.why], [1, 'ann', 'five'])
  world.mailBroken = false
  const { outcome } = await desk.ordered<Done>(`${of}/b1/edit`, { data: { ...data, nights: 6 }, replay: true })
  assert.match(outcome, /is replayed/)
  await until('it is handled', async () => (await letters(open)) === 0, 60_000)
  assert.doesNotMatch(JSON.stringify(actions), /secret/i)
})

overStores('a letter is replayed, in vain too often only by force, or discarded', async (t, store) => {
  const { open, desk } = await hotel(t, store, {}, { mailBroken: true, tillJammed: false })
  await book(open, 'b1')
  await until('it is dead', async () => (await letters(open)) === 1, 60_000)
  for (let replays = 1; replays <= 3; replays++) {
    await desk.ordered<Done>(`${of}/b1/replay`)
    await until(
      'the replay has failed',
      async () => {
        const letter = await open.inspect.deadLetters.get(consumer, 'b1')
        return letter?.replays === replays && letter.state === 'parked'
      },
      60_000,
    )
  }
  const vain = await desk.order(`${of}/b1/replay`)
  const { code, detail } = (await vain.json()) as { code: string; detail: string }
  assert.deepEqual([vain.status, code], [409, 'EW_REPLAY_VAIN'])
  assert.doesNotMatch(detail, /secret/i)
  assert.doesNotMatch(await (await desk.ask('actions')).text(), /secret/i)
  await desk.ordered<Done>(`${of}/b1/replay`, { force: true })
  await until(
    'it is parked again',
    async () => (await open.inspect.deadLetters.get(consumer, 'b1'))?.replays === 4,
    60_000,
  )
  await until('it rests', async () => (await open.inspect.deadLetters.get(consumer, 'b1'))?.state === 'parked', 60_000)
  await desk.ordered<Done>(`${of}/b1/discard`, { reason: 'nobody lives there' })
  await until('it is gone', async () => (await desk.ask(`${of}/b1`)).status === 404, 60_000)
})

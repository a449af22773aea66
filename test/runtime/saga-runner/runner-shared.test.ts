import assert from 'node:assert/strict'
import type { StoreAdapter } from 'eventwright'
import { event, process, saga, t as type } from 'eventwright'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import { bucketOfKey } from '../../../src/ports/ownership.ts'
import type { Store } from '../../../src/ports/store.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { fakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'
import { delivered, isClosed, mailOf, openDesk, story, ticking, type Desk } from './runner.fixture.ts'

const Noted = event('Noted', { id: type.string(), text: type.string() })
const Answered = event('Answered', { to: type.string() })
const buckets = 8

/** Processes that wait for each other at a file would do so in that time too. */
const inVirtualTime = (sentence: string, run: Parameters<typeof overStores>[1]): void =>
  overStores(
    sentence,
    run,
    everyStoreKind.filter(({ name }) => name === 'memory'),
  )
const ids = Array.from({ length: 24 }, (_, number) => String(number))

/** Remembers everything that it was told. */
const noting = process('noting', { initial: (): { texts: string[] } => ({ texts: [] }) }).on(
  Noted,
  (e) => e.id,
  ({ texts }, { text }) => ({ state: { texts: [...texts, text] } }),
)

const note = (desk: Desk, id: string, text: string): Promise<void> =>
  desk.post(mailOf(noting, delivered(Noted({ id, text }))))

async function textsOf(store: Pick<Store, 'sagas'>, id: string): Promise<readonly string[]> {
  const row = await store.sagas.get(`noting/${id}`)
  return row === undefined ? [] : (JSON.parse(row.state) as { state: { texts: string[] } }).state.texts
}

const heldBy = async ({ space }: Desk): Promise<readonly number[]> => {
  const rows = await space.store.ownership.list()
  return [...Map.groupBy(rows, ({ owner }) => owner ?? '').entries()].flatMap(([owner, own]) =>
    owner === '' ? [] : [own.length],
  )
}

const isHalved = async (desk: Desk): Promise<boolean> => (await heldBy(desk)).join() === `${buckets / 2},${buckets / 2}`

inVirtualTime('processes share the instances of a saga or process, each those of its buckets', async (t, adapter) => {
  const clock = fakeClock()
  const commits = [0, 0]
  const open = (of: number) =>
    openDesk(t, adapter, noting, {
      clock,
      buckets,
      wrap: (commit) => (bucket, unit) => (commits[of]!++, commit(bucket, unit)),
    })
  const first = await open(0)
  await Promise.all(ids.map((id) => note(first, id, 'alone')))
  await ticking(clock, 'one has done it', async () => (await textsOf(first.space.store, ids.at(-1)!)).length === 1)
  const second = await open(1)
  await ticking(clock, 'they have a half each', () => isHalved(first))
  commits.fill(0)
  for (const id of ids) await note(Number(id) % 2 === 0 ? first : second, id, 'together')
  for (const id of ids)
    await ticking(clock, `${id} is told`, async () => (await textsOf(first.space.store, id)).length === 2, 10)
  assert.ok(
    commits.every((count) => count >= 3),
    `commits: ${commits.join(', ')}`,
  )
  assert.equal((await first.space.store.sagas.mail('noting', 0, 10)).length, 0)
  await second.stop()
  await ticking(clock, 'the other has everything', async () => (await heldBy(first)).join() === String(buckets))
  for (const id of ids) await note(first, id, 'alone again')
  for (const id of ids)
    await ticking(clock, `${id} is told`, async () => (await textsOf(first.space.store, id)).length === 3, 10)
})

/** A store that, once it is dead, answers its process nothing any more. */
function mortal(adapter: StoreAdapter): { readonly adapter: StoreAdapter; dead: boolean } {
  const control = {
    dead: false,
    adapter: altered(adapter, (store) => ({
      commit: (units) => gone() ?? store.commit(units),
      ownership: {
        ...store.ownership,
        renew: (held, ttlMs) => gone() ?? store.ownership.renew(held, ttlMs),
        claim: (...of) => gone() ?? store.ownership.claim(...of),
        release: (held) => gone() ?? store.ownership.release(held),
      },
    })),
  }
  const gone = (): Promise<never> | undefined =>
    control.dead ? Promise.reject(new Error('The process is gone.')) : undefined
  return control
}

inVirtualTime('what a dead process had is taken over within its lease and two seconds', async (t, adapter) => {
  const clock = fakeClock()
  const dying = mortal(adapter)
  const first = await openDesk(t, adapter, noting, { clock, buckets })
  await openDesk(t, dying.adapter, noting, { clock, buckets })
  await ticking(clock, 'they have a half each', () => isHalved(first))
  dying.dead = true
  const diedMs = clock.now()
  for (const id of ids) await note(first, id, 'left')
  for (const id of ids)
    await ticking(clock, `${id} is told`, async () => (await textsOf(first.space.store, id)).length === 1)
  const tookMs = clock.now() - diedMs
  assert.ok(tookMs <= 10_000 + 2_000, `it took ${tookMs} ms`)
})

inVirtualTime('an instance that stays goes on while other buckets leave and come', async (t, adapter) => {
  const clock = fakeClock()
  const begun = new Map<string, { readonly signal: AbortSignal; end(): void }>()
  const asking: AnySaga = saga('asking', { startedBy: Noted, id: (e) => e.id }).pivot('ask', {
    do: ({ input }, { signal }) =>
      new Promise<string>((resolve) => begun.set(input.id, { signal, end: () => resolve('asked') })),
  })
  const first = await openDesk(t, adapter, asking, { clock, buckets })
  for (const id of ids) await first.post(mailOf(asking, delivered(Noted({ id, text: '' }))))
  await ticking(clock, 'all have begun', async () => begun.size === ids.length, 1)
  const calls = new Map(begun)
  const second = await openDesk(t, adapter, asking, { clock, buckets })
  await ticking(clock, 'they have a half each', () => isHalved(first))
  await ticking(clock, 'what has left was begun again', async () =>
    ids.every((id) => !calls.get(id)!.signal.aborted || begun.get(id) !== calls.get(id)),
  )
  const stayed = ids.filter((id) => !calls.get(id)!.signal.aborted)
  assert.ok(stayed.length > 0 && stayed.length < ids.length, `${stayed.length} of ${ids.length} have stayed`)
  await second.stop()
  await ticking(clock, 'the other has everything', async () => (await heldBy(first)).join() === String(buckets))
  await ticking(clock, 'what has come is begun again', async () =>
    ids.every((id) => stayed.includes(id) || begun.get(id)!.signal.aborted === false),
  )
  for (const { end } of begun.values()) end()
  for (const id of ids) {
    await ticking(clock, `${id} is closed`, () => isClosed(first, `asking/${id}`))
    const told = await story(first.space.store, `asking/${id}`)
    assert.equal(told.includes('StepAttemptFailed'), !stayed.includes(id), `${id}: ${told.join(', ')}`)
  }
})

/** How a saga ended whose steps end when the test says so, and in which process each of them was begun. */
function heldSteps() {
  const begun: { readonly id: string; readonly step: string; readonly in: string; end(): void }[] = []
  const declared = (where: string): AnySaga => {
    const hold = (step: string) => ({
      do: ({ input }: { readonly input: { readonly id: string } }): Promise<string> =>
        new Promise((resolve) => begun.push({ id: input.id, step, in: where, end: () => resolve(step) })),
    })
    return saga('held', { startedBy: Noted, id: (e) => e.id })
      .pivot('first', hold('first'))
      .finish('last', hold('last'))
  }
  const of = (id: string): readonly string[] =>
    begun.filter((each) => each.id === id).map((each) => `${each.step} in ${each.in}`)
  return { begun, declared, of }
}

inVirtualTime('what is under way ends before its bucket leaves, and begins nothing new there', async (t, adapter) => {
  const clock = fakeClock()
  const { begun, declared, of } = heldSteps()
  const first = await openDesk(t, adapter, declared('the old one'), { clock, buckets })
  const post = (id: string): Promise<void> => first.post(mailOf(declared(''), delivered(Noted({ id, text: '' }))))
  for (const id of ids) await post(id)
  await ticking(clock, 'all have begun', async () => begun.length === ids.length, 1)
  await openDesk(t, adapter, declared('the new one'), { clock, buckets })
  const wanted = async (): Promise<ReadonlySet<number>> =>
    new Set((await first.space.store.ownership.list()).flatMap((row) => (row.wanted === null ? [] : [row.bucket])))
  await ticking(clock, 'half is wanted', async () => (await wanted()).size === buckets / 2, 10)
  const leaving = await wanted()
  const isLeaving = (id: string): boolean => leaving.has(bucketOfKey(`held/${id}`, buckets))
  const isBusy = (bucket: number): boolean => ids.some((id) => bucketOfKey(`held/${id}`, buckets) === bucket)
  assert.ok([...leaving].every(isBusy), 'each of them has something under way')
  const more = Array.from({ length: 200 }, (_, number) => `late ${number}`)
  const late = more.find((id) => isLeaving(id))!
  const stays = more.find((id) => !isLeaving(id))!
  // What is wanted is known to its holder within the second in which he compares what everybody has.
  await clock.advance(1_000)
  for (const id of [late, stays]) await post(id)
  await ticking(clock, 'what stays is begun', async () => of(stays).length === 1, 10)
  assert.deepEqual(of(late), [])
  assert.deepEqual(await heldBy(first), [buckets])
  const all = [...ids, late, stays]
  const isEnded = async (): Promise<boolean> => {
    for (const { end } of begun) end()
    for (const id of all) if (!(await isClosed(first, `held/${id}`))) return false
    return true
  }
  await ticking(clock, 'all have ended', isEnded, 10)
  assert.ok(await isHalved(first))
  for (const id of all) {
    const where = id === late ? 'the new one' : 'the old one'
    assert.deepEqual(of(id), [`first in ${where}`, `last in ${where}`], id)
    assert.ok(!(await story(first.space.store, `held/${id}`)).includes('StepAttemptFailed'))
  }
})

const waiting: AnySaga = saga('waiting', { startedBy: Noted, id: (e) => e.id })
  .waitFor('answer', {
    event: Answered,
    by: (e) => e.to,
    correlate: (s) => s.input.text,
    within: '24h',
    onTimeout: 'fail',
  })
  .pivot('end', { do: () => 'ended' })

async function waitingDesks(t: Parameters<typeof openDesk>[0], adapter: StoreAdapter, clock: FakeClock) {
  const first = await openDesk(t, adapter, waiting, { clock, buckets })
  const second = await openDesk(t, adapter, waiting, { clock, buckets })
  await ticking(clock, 'they have a half each', () => isHalved(first))
  return { first, second }
}

inVirtualTime(
  'what is due in a bucket that others want keeps nothing else that is due from its time',
  async (t, adapter) => {
    const clock = fakeClock()
    let isHeld = false
    const timed: AnySaga = saga('timed', { startedBy: Noted, id: (e) => e.id })
      .waitFor('answer', {
        event: Answered,
        by: (e) => e.to,
        correlate: (s) => s.input.id,
        within: '60s',
        onTimeout: 'continue',
      })
      .pivot('end', {
        do: ({ input }) => (input.text === 'held' ? new Promise<string>(() => (isHeld = true)) : 'ended'),
      })
    const desk = await openDesk(t, adapter, timed, { clock, buckets: 2 })
    const { store } = desk.space
    const isIn = (bucket: number) => (id: string) => bucketOfKey(`timed/${id}`, 2) === bucket
    const all = Array.from({ length: 1_000 }, (_, number) => String(number))
    const begin = async (id: string, text = ''): Promise<void> => {
      await desk.post(mailOf(timed, delivered(Noted({ id, text }))))
      await ticking(clock, `${id} waits`, async () => (await store.sagas.get(`timed/${id}`)) !== undefined, 1)
    }
    const [held, ...leaving] = all.filter(isIn(0)).slice(0, 302)
    const stays = all.find(isIn(1))!
    for (const id of leaving) await desk.post(mailOf(timed, delivered(Noted({ id, text: '' }))))
    await begin(leaving.at(-1)!)
    await clock.advance(100)
    await begin(stays)
    await begin(held!, 'held')
    await desk.post(mailOf(timed, delivered(Answered({ to: held! }))))
    await ticking(clock, 'one is under way', async () => isHeld, 1)
    await clock.advance(58_000)
    const first = async () => (await store.ownership.list()).filter(({ bucket }) => bucket === 0)
    await store.ownership.ask(await first(), 'other')
    await ticking(clock, 'it is told', () => isClosed(desk, `timed/${stays}`), 10)
    assert.notEqual((await first())[0]?.owner, null, 'it is still kept')
  },
)

inVirtualTime('what several processes wait for is told to one instance of one of them', async (t, adapter) => {
  const clock = fakeClock()
  const { first, second } = await waitingDesks(t, adapter, clock)
  for (const id of ids) await first.post(mailOf(waiting, delivered(Noted({ id, text: 'everybody' }))))
  const { store } = first.space
  const counted = async (status: string): Promise<number> =>
    (await store.sagas.counts('waiting')).find((each) => each.status === status)?.count ?? 0
  await ticking(clock, 'all wait', async () => (await counted('waiting')) === ids.length, 10)
  for (let answers = 1; answers <= ids.length; answers++) {
    await (answers % 2 === 0 ? first : second).post(mailOf(waiting, delivered(Answered({ to: 'everybody' }))))
    await ticking(clock, `${answers} have an answer`, async () => (await counted('completed')) >= answers, 10)
    await clock.advance(200)
    assert.equal(await counted('completed'), answers)
  }
  assert.deepEqual(await store.sagas.mail('waiting', 0, 10), [])
})

inVirtualTime('mail that comes before anybody waits is found by whoever has the instance', async (t, adapter) => {
  const clock = fakeClock()
  const { first, second } = await waitingDesks(t, adapter, clock)
  for (const to of ids) await second.post(mailOf(waiting, delivered(Answered({ to }))))
  await clock.advance(1_000)
  for (const id of ids) await first.post(mailOf(waiting, delivered(Noted({ id, text: id }))))
  for (const id of ids) await ticking(clock, `${id} is closed`, () => isClosed(first, `waiting/${id}`), 10)
})

inVirtualTime('whoever has lost one of his buckets goes on with the others', async (t, adapter) => {
  const clock = fakeClock()
  const first = await openDesk(t, adapter, noting, { clock, buckets })
  const { store } = first.space
  for (const id of ids) await note(first, id, 'one')
  for (const id of ids) await ticking(clock, `${id} is told`, async () => (await textsOf(store, id)).length === 1, 10)
  const taken = bucketOfKey(`noting/${ids[0]}`, buckets)
  const row = (await store.ownership.list()).find(({ bucket }) => bucket === taken)!
  // As if somebody had claimed it.
  await store.ownership.release([row])
  const [other] = (await store.ownership.claim(row.consumer, row.source, 'other', 10_000)).filter(
    ({ bucket }) => bucket === taken,
  )
  assert.ok(other !== undefined)
  const isOfOther = (id: string): boolean => bucketOfKey(`noting/${id}`, buckets) === taken
  for (const id of ids) await note(first, id, 'two')
  for (const id of ids.filter((each) => !isOfOther(each)))
    await ticking(clock, `${id} is told`, async () => (await textsOf(store, id)).length === 2, 10)
  for (const id of ids.filter(isOfOther)) assert.deepEqual(await textsOf(store, id), ['one'])
})

inVirtualTime('whoever comes and goes, every instance is told everything once and in its order', async (t, adapter) => {
  for (const seed of [1, 2, 3]) await comingAndGoing(t, adapter, seed)
})

async function comingAndGoing(t: Parameters<typeof openDesk>[0], adapter: StoreAdapter, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const clock = fakeClock()
  const store = await adapter.open({ clock })
  const told = new Map<string, string[]>()
  const desks: Desk[] = [await openDesk(t, adapter, noting, { clock, buckets })]
  for (let step = 0; step < 60; step++) {
    const what = below(10)
    if (what === 0 && desks.length < 3) desks.push(await openDesk(t, adapter, noting, { clock, buckets }))
    else if (what === 1 && desks.length > 1) await desks.splice(below(desks.length), 1)[0]!.stop()
    else if (what < 4) await clock.advance(below(2_000))
    else {
      const id = `${seed}-${below(20)}`
      const texts = told.get(id) ?? []
      told.set(id, [...texts, String(step)])
      await note(desks[below(desks.length)]!, id, String(step))
    }
  }
  for (const [id, texts] of told) {
    await ticking(clock, `${id} is told`, async () => (await textsOf(store, id)).length >= texts.length, 50)
    assert.deepEqual(await textsOf(store, id), texts, `${id} with seed ${seed}`)
  }
  assert.deepEqual(await store.sagas.mail('noting', 0, 10), [])
  await Promise.all(desks.map((desk) => desk.stop()))
  await store.close()
}

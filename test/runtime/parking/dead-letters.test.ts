import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { isEventwrightError, memory, type Running, type StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { failure } from '../../../src/base/errors.ts'
import { signal } from '../../../src/base/signal.ts'
import { commitQueue } from '../../../src/runtime/commits/queue.ts'
import { deadLetterOrders, parkedStore } from '../../../src/runtime/parking/dead-letters.ts'
import { patience } from '../../fixtures/patience.ts'
import { bookOf, depotOf, Label, Pack, PackedNow } from '../dead-letters.fixture.ts'
import { gate, running, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

const post = 'post/subscription:post'
const order = { who: 'ada', why: 'the scale was broken' }

const rejectedBy = (code: string) => (error: unknown) => isEventwrightError(error) && error.code === code
const lettersOf = (open: Pick<Running<any>, 'inspect'>, consumer: string) =>
  open.inspect.deadLetters.list({ consumer, limit: 100 })
const noneLeft = (open: Pick<Running<any>, 'inspect'>, consumer: string) =>
  until(`nothing of ${consumer} is parked`, async () => (await lettersOf(open, consumer)).length === 0)

/** A depot whose parcel `bad` of 1 g could not be posted, with 2 g and 3 g behind it and a good parcel beside it. */
async function withPoison(t: TestContext, store: StoreAdapter): Promise<void> {
  const open = await running(
    t,
    depotOf(({ grams }) => {
      if (grams === 1) throw new Error('too light')
    }),
    { store },
  )
  for (const [parcel, grams] of [
    ['bad', 1],
    ['bad', 2],
    ['good', 5],
    ['bad', 3],
  ] as const)
    await open.execute(Pack({ parcel, grams }) as never, { correlationId: `c-${grams}` })
  assert.ok(await open.caughtUp(patience))
  await open.stop()
}

overStores('a dead letter says what came, why it failed each time, and what waits behind it', async (t, store) => {
  await withPoison(t, store)
  const open = await running(
    t,
    depotOf(() => undefined),
    { store },
  )
  const [listed, ...others] = await lettersOf(open, post)
  assert.deepEqual(
    [listed?.key, listed?.type, listed?.code, listed?.message, listed?.attempts, listed?.behind, listed?.state, others],
    ['bad', 'Packed', 'Error', 'too light', 2, 2, 'parked', []],
  )
  const letter = await open.inspect.deadLetters.get(post, 'bad')
  assert.deepEqual(
    letter?.history.map(({ code, message }) => `${code} ${message}`),
    ['Error too light', 'Error too light'],
  )
  assert.ok(letter.history.every(({ at }) => at <= letter.failedAt))
  assert.deepEqual([letter.correlationId, letter.schemaVersion, letter.knownVersions], ['c-1', 1, [1]])
  assert.match(letter.stack, /too light\n +at /)
  const content = letter.content as { key: string; value: unknown; headers: { ce_id: string } }
  assert.deepEqual([content.key, content.value, content.headers.ce_id], ['bad', { parcel: 'bad', grams: 1 }, letter.id])
  assert.deepEqual(await open.inspect.deadLetters.counts(), [
    { consumer: post, code: 'Error', type: 'Packed', count: 1 },
  ])
  assert.equal(await open.inspect.deadLetters.get(post, 'good'), undefined)
})

overStores(
  'an edited dead letter and what waits behind it are replayed in order, through the upcasters of today',
  async (t, store) => {
    await withPoison(t, store)
    const posted: string[] = []
    const open = await running(
      t,
      depotOf((e) => void posted.push(`${e.parcel} ${e.weight}`), { packed: PackedNow }),
      { store },
    )
    const { deadLetters } = open.operate
    assert.deepEqual((await open.inspect.deadLetters.get(post, 'bad'))?.knownVersions, [1, 2])
    await assert.rejects(deadLetters.edit(post, 'bad', { parcel: 'bad', grams: 4 }, order), rejectedBy('EW_VALIDATION'))
    await assert.rejects(deadLetters.edit(post, 'nobody', {}, order), rejectedBy('EW_PARKED'))
    await assert.rejects(
      deadLetters.edit(post, 'bad', { parcel: 'bad', weight: '4 g' }, { ...order, why: ' ' }),
      rejectedBy('EW_VALUE'),
    )
    await deadLetters.edit(post, 'bad', { parcel: 'bad', weight: '4 g' }, order)
    const letter = await open.inspect.deadLetters.get(post, 'bad')
    const valueOf = (message: unknown): unknown => (message as { value: unknown }).value
    assert.deepEqual(valueOf(letter?.content), { parcel: 'bad', weight: '4 g' })
    assert.deepEqual(valueOf(letter?.original), { parcel: 'bad', grams: 1 })
    assert.deepEqual([letter?.edits, letter?.actions[0]?.kind, letter?.actions[0]?.why], [1, 'edited', order.why])
    await deadLetters.replay(post, 'bad')
    await noneLeft(open, post)
    assert.deepEqual(posted, ['bad 4 g', 'bad 2 g', 'bad 3 g'])
    const [action] = await open.inspect.deadLetters.actions({ limit: 9 })
    assert.deepEqual(valueOf(action?.content), { parcel: 'bad', grams: 1 })
  },
)

overStores(
  'a discarded dead letter stays readable with who and why, and the rest goes on in order',
  async (t, store) => {
    await withPoison(t, store)
    const posted: number[] = []
    const open = await running(
      t,
      depotOf((e) => void posted.push(e.grams)),
      { store },
    )
    await assert.rejects(open.operate.deadLetters.discard(post, 'bad', { who: 'ada', why: '' }), rejectedBy('EW_VALUE'))
    await open.operate.deadLetters.discard(post, 'bad', order)
    await noneLeft(open, post)
    assert.deepEqual(posted, [2, 3])
    const [action, ...others] = await open.inspect.deadLetters.actions({ kind: 'discarded', limit: 9 })
    assert.deepEqual(
      [action?.key, action?.who, action?.why, action?.type, action?.message, others],
      ['bad', 'ada', order.why, 'Packed', 'too light', []],
    )
    await open.execute(Pack({ parcel: 'bad', grams: 9 }) as never)
    await until('the key flows', () => posted.at(-1) === 9)
    await assert.rejects(open.operate.deadLetters.discard(post, 'bad', order), rejectedBy('EW_PARKED'))
  },
)

// Eight attempts take seconds, and the store makes no difference.
test('a command that fails for good is edited by its schema and done, once', async (t) => {
  const commands = 'shelf/commands'
  const depot = depotOf((e, { send }) => send(Label({ parcel: e.parcel, text: e.grams === 1 ? '?' : 'ok' })), {
    onLabel(text) {
      if (text === '?') throw new Error('no such sign')
    },
  })
  const open = await running(t, depot, { store: memory() })
  for (const grams of [1, 2]) await open.execute(Pack({ parcel: 'p', grams }) as never)
  await until('it is parked', async () => (await lettersOf(open, commands)).length === 1)
  const letter = await open.inspect.deadLetters.get(commands, 'Shelf/p')
  assert.deepEqual([letter?.type, letter?.knownVersions, letter?.attempts], ['Label', [1], 8])
  await assert.rejects(
    open.operate.deadLetters.edit(commands, 'Shelf/p', { parcel: 'p' }, order),
    rejectedBy('EW_VALIDATION'),
  )
  await open.operate.deadLetters.edit(commands, 'Shelf/p', { parcel: 'p', text: '1' }, order)
  await open.operate.deadLetters.replay(commands, 'Shelf/p')
  await noneLeft(open, commands)
  const texts = async (): Promise<string[]> => {
    const found: string[] = []
    for await (const { data } of open.events.stream('Shelf/p')) found.push((data as { text: string }).text)
    return found
  }
  // What came behind it may be on its way still.
  await until('both are labelled', async () => (await texts()).length === 2)
  assert.deepEqual(await texts(), ['1', 'ok'])
})

overStores(
  'an event of the log is never edited; a view that it is discarded from says that its row is stale until it is rebuilt',
  async (t, store) => {
    const handled: string[] = []
    let poison = 'bad1'
    const open = await running(
      t,
      bookOf((text) => text === poison, handled),
      { store },
    )
    for (const [parcel, grams] of [
      ['bad', 1],
      ['good', 1],
      ['bad', 2],
    ] as const)
      await open.execute(Pack({ parcel, grams }))
    assert.ok(await open.caughtUp(patience))
    const letters = await open.inspect.deadLetters.list({ limit: 10 })
    assert.equal(letters.length, 2)
    for (const { consumer, key } of letters) {
      await assert.rejects(
        open.operate.deadLetters.edit(consumer, key, { parcel: 'bad', grams: 3 }, order),
        (error) => {
          assert.ok(rejectedBy('EW_NOT_EDITABLE')(error))
          return /upcaster.*discard/.test(String(error))
        },
      )
      const content = (await open.inspect.deadLetters.get(consumer, key))?.content as { data: unknown; stream: string }
      assert.deepEqual([content.stream, content.data], ['Parcel/bad', { parcel: 'bad', grams: 1 }])
      await open.operate.deadLetters.discard(consumer, key, order)
      await noneLeft(open, consumer)
    }
    assert.deepEqual(handled, ['good1', 'bad2'])
    const bookOfNow = () => open.views.book.find()
    assert.deepEqual(await bookOfNow(), [
      { parcel: 'bad', grams: '2,', stale: true },
      { parcel: 'good', grams: '1,' },
    ])
    poison = ''
    await open.operate.rebuild('book')
    await until('the view is rebuilt', async () => (await open.views.book.get('bad'))?.grams === '1,2,')
    assert.deepEqual(await open.views.book.get('bad'), { parcel: 'bad', grams: '1,2,' })
  },
)

overStores('a dead letter that was replayed in vain three times is replayed by force alone', async (t, store) => {
  await withPoison(t, store)
  const still = (): never => {
    throw new Error('still too light')
  }
  const open = await running(t, depotOf(still), { store })
  const { deadLetters } = open.operate
  const parkedAgain = async (replays: number): Promise<void> =>
    until(`replay ${replays} has failed`, async () => {
      const [letter] = await lettersOf(open, post)
      return letter?.replays === replays && letter.state === 'parked'
    })
  for (let n = 1; n <= 3; n++) {
    await deadLetters.replay(post, 'bad')
    await parkedAgain(n)
  }
  await assert.rejects(deadLetters.replay(post, 'bad'), rejectedBy('EW_REPLAY_VAIN'))
  assert.deepEqual(await deadLetters.replayAll({ consumer: post }), { marked: 0, inVain: 1 })
  const letter = await open.inspect.deadLetters.get(post, 'bad')
  assert.deepEqual(
    letter?.replayEnds.map(({ message }) => message),
    ['still too light', 'still too light', 'still too light'],
  )
  assert.deepEqual([letter.attempts, letter.history.length, letter.behind], [8, 8, 2])
  await deadLetters.replay(post, 'bad', { force: true })
  await parkedAgain(4)
  await deadLetters.edit(post, 'bad', { parcel: 'bad', grams: 7 }, order)
  assert.deepEqual(await deadLetters.replayAll({ consumer: post }), { marked: 1, inVain: 0 })
  await parkedAgain(5)
})

overStores('handlers that have changed are worth another replay', async (t, store) => {
  await withPoison(t, store)
  const vain = await running(
    t,
    depotOf(() => {
      throw new Error('one')
    }),
    { store },
  )
  for (let n = 1; n <= 3; n++) {
    await vain.operate.deadLetters.replay(post, 'bad')
    await until('it has failed', async () => {
      const [letter] = await lettersOf(vain, post)
      return letter?.replays === n && letter.state === 'parked'
    })
  }
  await assert.rejects(vain.operate.deadLetters.replay(post, 'bad'), rejectedBy('EW_REPLAY_VAIN'))
  await vain.stop()
  const open = await running(
    t,
    depotOf(() => 'mended'),
    { store },
  )
  await until('that is known', async () => (await lettersOf(open, post))[0]?.vainReplays === 0)
  await open.operate.deadLetters.replay(post, 'bad')
  await noneLeft(open, post)
})

overStores('a replay that nobody has begun is taken back by an edit or a discard', async (t, store) => {
  await withPoison(t, store)
  const opened = await store.open({ clock: systemClock })
  t.after(() => opened.close())
  const orders = deadLetterOrders([parkedStore(opened, commitQueue(opened, systemClock))], undefined, signal())
  await orders.replay(post, 'bad')
  await orders.discard(post, 'bad', order)
  await assert.rejects(orders.discard(post, 'bad', order), rejectedBy('EW_REPLAYING'))
  const posted: number[] = []
  const open = await running(
    t,
    depotOf((e) => void posted.push(e.grams)),
    { store },
  )
  await noneLeft(open, post)
  assert.deepEqual(posted, [2, 3])
})

overStores('nobody touches a dead letter while its owner replays it, and it is handled once', async (t, store) => {
  await withPoison(t, store)
  const [inside, goOn] = [gate(), gate()]
  const posted: number[] = []
  const open = await running(
    t,
    depotOf(async (e) => {
      inside.open()
      await goOn.passed
      posted.push(e.grams)
    }),
    { store },
  )
  await open.operate.deadLetters.replay(post, 'bad')
  await inside.passed
  const { deadLetters } = open.operate
  await assert.rejects(deadLetters.discard(post, 'bad', order), rejectedBy('EW_REPLAYING'))
  await assert.rejects(deadLetters.edit(post, 'bad', { parcel: 'bad', grams: 8 }, order), rejectedBy('EW_REPLAYING'))
  assert.equal(await deadLetters.discardAll({ consumer: post }, order), 0)
  await open.execute(Pack({ parcel: 'bad', grams: 4 }) as never)
  goOn.open()
  await noneLeft(open, post)
  await until('all are posted', () => posted.length === 4)
  assert.deepEqual(posted, [1, 2, 3, 4])
  assert.deepEqual(await open.inspect.deadLetters.actions({ limit: 9 }), [])
})

overStores(
  'a key that is freed while its replay is asked for is not parked, and not replayed in vain',
  async (t, store) => {
    await withPoison(t, store)
    const opened = await store.open({ clock: systemClock })
    t.after(() => opened.close())
    let freed = false
    const parked: typeof opened.parked = {
      ...opened.parked,
      get: async (consumer, key) => (freed ? undefined : opened.parked.get(consumer, key)),
      async resume() {
        freed = true
        return new Set()
      },
    }
    const orders = deadLetterOrders(
      [parkedStore({ ...opened, parked }, commitQueue(opened, systemClock))],
      undefined,
      signal(),
    )
    await assert.rejects(orders.replay(post, 'bad'), rejectedBy('EW_PARKED'))
  },
)

overStores('a replay is taken back although the store is busy', async (t, store) => {
  await withPoison(t, store)
  let busy = 2
  const adapter = altered(store, ({ commit }) => ({
    commit: (units) => (busy-- > 0 ? Promise.reject(failure('EW_STORE_BUSY', 'busy')) : commit(units)),
  }))
  const opened = await adapter.open({ clock: systemClock })
  t.after(() => opened.close())
  const orders = deadLetterOrders([parkedStore(opened, commitQueue(opened, systemClock))], undefined, signal())
  await orders.replay(post, 'bad')
  await orders.discard(post, 'bad', order)
  assert.equal(busy, -1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signal } from '../../../src/base/signal.ts'
import type { OutboxMessage } from '../../../src/ports/outbox.ts'
import type { Timer } from '../../../src/ports/timers.ts'
import type { Outcome, Unit } from '../../../src/ports/unit-of-work.ts'
import { bundleOf } from '../../../src/runtime/loop/bundle.ts'
import type { Bucket } from '../../../src/runtime/ownership.ts'
import { timerHandler } from '../../../src/runtime/timers/handler.ts'
import { failure } from '../../../src/base/errors.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { memory } from '../../../src/adapters/memory/store.ts'
import { inbox } from '../../../src/testing/contracts/store-case.ts'
import { listening } from '../running.fixture.ts'

const message = (id: string): OutboxMessage => ({
  id,
  service: 'shop',
  channel: 'shop.commands',
  key: id,
  type: 'Remind',
  headers: '{}',
  value: '{}',
})

/** A handler over a store in memory whose clock begins at 0; `dues` are the times of its timers. */
async function given(
  dues: readonly number[],
  commit: (unit: Omit<Unit, 'positions'>) => Promise<Outcome | undefined> = async () => undefined,
  backstopMs = Infinity,
  messageOf = ({ id }: Timer): OutboxMessage => message(id),
) {
  const clock = fakeClock('1970-01-01T00:00:00.000Z')
  const store = await memory().open({ clock })
  const [wake, log, stop] = [signal(), listening(), new AbortController()]
  let [count, reads] = [0, 0]
  const write = async (unit: Unit): Promise<Outcome> =>
    (await store.commit([{ ...unit, inbox: [inbox(`${++count}`)] }]))[0]!
  const timerAt = (dueAtMs: number): Timer => ({
    id: `shop/${dueAtMs}`,
    service: 'shop',
    dueAtMs,
    command: 'Remind',
    data: '{}',
    meta: '{}',
  })
  for (const dueAtMs of dues) await write({ timers: [{ kind: 'set', ...timerAt(dueAtMs) }] })
  /** What happens between an answer of the table and the handler that waits for it. */
  const during: { answer: () => Promise<void> } = { answer: async () => undefined }
  const limits: number[] = []
  const timers = {
    ...store.timers,
    async due(service: string, nowMs: number, limit: number) {
      reads++
      limits.push(limit)
      const found = await store.timers.due(service, nowMs, limit)
      await during.answer()
      return found
    },
  }
  const handler = timerHandler({
    service: 'shop',
    store: { timers, now: () => store.now() },
    clock,
    log,
    wake,
    backstopMs,
    commit: async (_bucket, unit) => (await commit(unit)) ?? write(unit),
    messageOf,
  })
  const held = {} as Bucket
  const round = (bucket = held): Promise<boolean> => handler.aside!(bundleOf([bucket]), stop.signal)
  /** A unit of this process. */
  const here = async (unit: Unit): Promise<void> => {
    await write(unit)
    handler.note([unit])
  }
  const sent = async (): Promise<readonly string[]> => (await store.outbox.after(0, 1_000)).map(({ id }) => id)
  return { clock, wake, log, stop, round, sent, handler, reads: () => reads, limits, write, here, during, timerAt }
}

test('the loop is woken when the next timer is due, and looks at nothing before', async () => {
  const { clock, wake, round, sent, reads, stop } = await given([1_000, 2_000])
  assert.equal(await round(), false)
  const read = reads()
  await clock.advance(999)
  assert.deepEqual([wake.seen(), reads(), await sent()], [0, read, []])
  await clock.advance(1)
  assert.equal(wake.seen(), 1)
  assert.equal(await round(), true)
  assert.equal(await round(), false)
  assert.deepEqual(await sent(), ['shop/1000'])
  await clock.advance(1_000)
  assert.equal(wake.seen(), 2)
  stop.abort()
  assert.equal(clock.sleepers, 0)
})

test('between two times the table is not asked, however often the loop is woken', async () => {
  const { clock, round, sent, reads, here } = await given([1_000, 2_000])
  await round()
  assert.equal(reads(), 1)
  await here({ timers: [{ kind: 'remove', id: 'shop/2000' }] })
  for (let n = 0; n < 5; n++) {
    await clock.advance(199)
    assert.equal(await round(), false)
  }
  assert.equal(reads(), 1)
  await clock.advance(5)
  assert.deepEqual([await round(), await round(), await sent()], [true, false, ['shop/1000']])
  const read = reads()
  await clock.advance(1e9)
  assert.deepEqual([await round(), reads()], [false, read], 'none is left')
})

test('a timer that is set here to an earlier time is not slept through, and the table need not be asked', async () => {
  const { clock, wake, round, here, timerAt, reads, sent } = await given([5_000])
  await round()
  await here({ timers: [{ kind: 'set', ...timerAt(6_000) }] })
  await here({ timers: [{ kind: 'set', ...timerAt(1), service: 'other', id: 'other/1' }] })
  await here({ timers: [{ kind: 'set', ...timerAt(10) }] })
  const seen = wake.seen()
  assert.equal(await round(), false)
  assert.equal(reads(), 1)
  await clock.advance(9)
  assert.equal(wake.seen(), seen)
  await clock.advance(1)
  assert.equal(wake.seen(), seen + 1)
  assert.deepEqual([await round(), await sent()], [true, ['shop/10']])
})

test('a timer that is set while the table answers wakes the loop, which asks again', async () => {
  const { clock, wake, round, here, during, timerAt, sent } = await given([])
  during.answer = async () => {
    during.answer = async () => undefined
    await here({ timers: [{ kind: 'set', ...timerAt(10) }] })
  }
  const seen = wake.seen()
  assert.equal(await round(), false)
  assert.notEqual(wake.seen(), seen)
  assert.equal(await round(), false)
  await clock.advance(10)
  assert.deepEqual([await round(), await sent()], [true, ['shop/10']])
})

test('after a commit of others, and for a bucket that comes anew, the table is asked', async () => {
  const { clock, wake, round, handler, write, timerAt, sent } = await given([5_000])
  await round()
  await write({ timers: [{ kind: 'set', ...timerAt(10) }] })
  const seen = wake.seen()
  handler.askAnew()
  assert.equal(wake.seen(), seen + 1)
  await round()
  await clock.advance(10)
  assert.deepEqual([wake.seen(), await round(), await sent()], [seen + 2, true, ['shop/10']])
  await round()
  await write({ timers: [{ kind: 'set', ...timerAt(20) }] })
  const anew = {} as Bucket
  await round(anew)
  await clock.advance(10)
  assert.deepEqual([await round(anew), await sent()], [true, ['shop/10', 'shop/20']])
})

test('a timer that nobody has told of is found after the backstop', async () => {
  const { clock, round, write, timerAt, sent } = await given([5_000], undefined, 1_000)
  await round()
  await write({ timers: [{ kind: 'set', ...timerAt(10) }] })
  await clock.advance(999)
  assert.deepEqual([await round(), await sent()], [false, []])
  await clock.advance(1)
  assert.deepEqual([await round(), await sent()], [true, ['shop/10']])
})

test('a time that is farther away than a timer of Node.js reaches is slept for in parts', async () => {
  const { clock, wake, round, sent } = await given([2 ** 31 + 5])
  await round()
  await clock.advanceToNext()
  assert.deepEqual([wake.seen(), await round(), await sent()], [1, false, []])
  await clock.advanceToNext()
  assert.deepEqual([await round(), await sent()], [true, [`shop/${2 ** 31 + 5}`]])
})

test('more timers than a page holds are sent in the order of their times', async () => {
  const dues = Array.from({ length: 600 }, (_, n) => ((n * 7) % 600) + 1)
  const { clock, round, sent } = await given(dues)
  await clock.advance(1_000)
  let rounds = 0
  while (await round()) rounds++
  assert.equal(rounds, 3)
  assert.deepEqual(
    await sent(),
    dues.toSorted((a, b) => a - b).map((due) => `shop/${due}`),
  )
})

test('whoever has lost the ownership sends nothing, and the timer stays', async () => {
  const { clock, round, sent, handler } = await given([1], async () => ({
    ok: false,
    reason: 'owner',
    consumer: 'shop/timers',
    bucket: 0,
    position: 0,
  }))
  await clock.advance(1)
  await round()
  assert.deepEqual([await sent(), await handler.isQuiet()], [[], false])
})

test('a timer whose message the store refuses is left, and the others are sent', async () => {
  const { clock, round, sent, log, handler } = await given([1, 2, 3], async ({ timers }) => {
    const [write] = timers!
    if (write?.kind === 'fire' && write.timer.dueAtMs === 2) throw failure('EW_UNIT', 'too long')
    return undefined
  })
  await clock.advance(3)
  while (await round()) continue
  assert.deepEqual([await sent(), await handler.isQuiet()], [['shop/1', 'shop/3'], true])
  assert.deepEqual(log.said, ['error: a timer cannot be sent and is left alone'])
})

test('what fails for now is tried again by the loop', async () => {
  let broken = true
  const { clock, round, sent } = await given([1, 2], async () => {
    if (broken) throw failure('EW_STORE_BUSY', 'busy')
    return undefined
  })
  await clock.advance(2)
  await assert.rejects(round(), { code: 'EW_STORE_BUSY' })
  broken = false
  await round()
  assert.deepEqual(await sent(), ['shop/1', 'shop/2'])
})

test('whoever does not own the timers waits for none that cannot be sent', async () => {
  const dues = Array.from({ length: 300 }, (_, n) => n + 1)
  const unknown = (timer: Timer): OutboxMessage => {
    if (timer.dueAtMs <= 300) throw failure('EW_DESIGN', 'nobody knows it')
    return message(timer.id)
  }
  const { clock, handler, write, timerAt } = await given(dues, undefined, undefined, unknown)
  await clock.advance(1_000)
  assert.equal(await handler.isQuiet(), true)
  await write({ timers: [{ kind: 'set', ...timerAt(400) }] })
  assert.equal(await handler.isQuiet(), false)
})

test('a timer that was left alone and is gone is not remembered', async () => {
  const refused = async ({ timers }: Omit<Unit, 'positions'>): Promise<Outcome | undefined> => {
    const [write] = timers!
    if (write!.kind === 'fire' && write!.timer.dueAtMs === 1) throw failure('EW_TEXT', 'no text')
    return undefined
  }
  const { clock, round, here, limits } = await given([1, 1_000], refused)
  await clock.advance(1)
  while (await round()) continue
  assert.equal(limits.at(-1), 2)
  await here({ timers: [{ kind: 'remove', id: 'shop/1' }] })
  await clock.advance(1_000)
  while (await round()) continue
  assert.equal(limits.at(-1), 1)
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isEventwrightError } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../src/base/clock.ts'
import { signal } from '../../src/base/signal.ts'
import type { Store } from '../../src/ports/store.ts'
import { commitQueue } from '../../src/runtime/commits/queue.ts'
import { deadLetterOrders, parkedStore } from '../../src/runtime/parking/dead-letters.ts'
import { inspect } from '../../src/runtime/inspect.ts'
import { patientStore } from '../../src/runtime/loop/patient-store.ts'
import { chance } from '../fixtures/chance.ts'
import { startChild } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { patience } from '../fixtures/patience.ts'
import { depotOf, Pack } from '../runtime/dead-letters.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'
import { longTest } from '../fixtures/torture.ts'

const post = 'post/subscription:post'
const names = Array.from({ length: 40 }, (_, n) => `p${n}`)
const allowed = ['EW_PARKED', 'EW_REPLAYING', 'EW_REPLAY_VAIN'] as const

const rejects = (): never => {
  throw new Error('the printer is broken')
}

/** Every parcel parked by its first event, with two behind it. */
async function parkAll(t: Parameters<typeof running>[0], file: string): Promise<void> {
  const sick = await running(t, depotOf(rejects), { store: sqlite(file), stuckAfter: Infinity })
  for (const grams of [1, 2, 3])
    await Promise.all(names.map((parcel) => sick.execute(Pack({ parcel, grams }) as never)))
  assert.ok(await sick.caughtUp(patience))
  assert.equal((await sick.inspect.deadLetters.list({ consumer: post, limit: 100 })).length, names.length)
  await sick.stop()
}

longTest(
  'orders of operators and owners that are killed meanwhile: each message is handled once or discarded, in order',
  async (t) => {
    const file = join(folderFor(t), 'depot.db')
    await parkAll(t, file)
    const store = patientStore(await sqlite(file).open({ clock: systemClock }), systemClock, 10_000)
    t.after(() => store.close())
    const orders = deadLetterOrders(
      [parkedStore(store, commitQueue(store, systemClock))],
      depotOf(rejects).graph,
      signal(),
    )
    const { deadLetters } = inspect(store)
    const order = { who: 'ada', why: 'by chance' }

    const anything = async (): Promise<void> => {
      const letters = await deadLetters.list({ consumer: post, limit: 100 })
      const { key } = letters[Math.floor(chance() * letters.length)] ?? { key: 'p0' }
      const luck = chance()
      try {
        if (luck < 0.3) {
          // While its owner has it in hand, as often as not.
          if (luck > 0.1) await orders.replay(post, key)
          await sleep(chance() * 20)
          return await orders.discard(post, key, order)
        }
        if (luck > 0.5) return await orders.replay(post, key)
        const letter = await deadLetters.get(post, key)
        const { value } = (letter?.content ?? {}) as { value?: { parcel: string; grams: number } }
        if (value !== undefined && value.grams < 100)
          await orders.edit(post, key, { parcel: key, grams: value.grams + 100 }, order)
      } catch (error) {
        if (!allowed.some((code) => isEventwrightError(error, code))) throw error
      }
    }
    for (let round = 0; round < 5; round++) {
      const owner = startChild('mending-process', file)
      t.after(() => void owner.process.kill('SIGKILL'))
      await owner.until(1)
      for (let n = 0; n < 25; n++) {
        await anything()
        await sleep(chance() * 20)
      }
      owner.process.kill('SIGKILL')
      await owner.ended
    }
    const last = startChild('mending-process', file)
    t.after(() => void last.process.kill('SIGKILL'))
    await until(
      'nothing is parked',
      async () => {
        await orders.replayAll({ consumer: post, force: true })
        await sleep(50)
        return (await deadLetters.counts(post)).length === 0
      },
      60_000,
    )
    last.process.stdin!.end()
    assert.equal(await last.ended, 0)
    await assertEachOnce(store)
  },
)

async function assertEachOnce(store: Store): Promise<void> {
  const actions = await store.parked.actions({ kind: 'discarded', limit: 1_000 })
  assert.ok(actions.length > 0, 'something was discarded')
  for (const parcel of names) {
    const discarded = actions
      .filter(({ key }) => key === parcel)
      .map(({ raw }) => JSON.parse((JSON.parse(raw!) as { value: string }).value) as { grams: number })
    const events = await store.log.readStream({ stream: `Shelf/${parcel}`, limit: 100 })
    const labelled = events.map(({ data }) => Number((JSON.parse(data) as { text: string }).text) % 100)
    assert.deepEqual(labelled, [...labelled].sort(), `${parcel} in order`)
    assert.deepEqual([...labelled, ...discarded.map(({ grams }) => grams % 100)].sort(), [1, 2, 3], parcel)
  }
}

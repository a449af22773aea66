import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Running, StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import type { Store } from '../../src/ports/store.ts'
import { folderFor } from '../fixtures/folder.ts'
import { bookOf, Pack } from '../runtime/dead-letters.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'
import { altered } from '../runtime/stores.fixture.ts'
import { longTest } from '../fixtures/torture.ts'

const many = 10_000
const post = 'depot/subscription:post'
const book = 'view:book#1'

/** What a store was asked for, and the longest list that it gave. */
interface Asked {
  commits: number
  readonly calls: Map<string, number>
  longest: number
}

function counting(adapter: StoreAdapter, asked: Asked): StoreAdapter {
  const watched = (section: Store['parked']): Store['parked'] =>
    new Proxy(section, {
      get:
        (target, name: keyof Store['parked']) =>
        async (...args: never[]) => {
          asked.calls.set(name, (asked.calls.get(name) ?? 0) + 1)
          const answer: unknown = await (target[name] as (...args: never[]) => Promise<unknown>)(...args)
          if (Array.isArray(answer)) asked.longest = Math.max(asked.longest, answer.length)
          return answer
        },
    })
  return altered(adapter, (store) => ({
    parked: watched(store.parked),
    async commit(units) {
      asked.commits++
      return store.commit(units)
    },
  }))
}

const countOf = async (open: Pick<Running<any>, 'inspect'>, consumer: string): Promise<number> =>
  (await open.inspect.deadLetters.counts(consumer)).reduce((sum, { count }) => sum + count, 0)

longTest(
  `${many} dead letters are listed, counted, replayed and discarded in steps that do not grow with them`,
  async (t) => {
    const file = join(folderFor(t), 'depot.db')
    const sick = await running(
      t,
      bookOf(() => true),
      { store: sqlite(file), stuckAfter: Infinity },
    )
    for (let from = 0; from < many; from += 500) {
      const some = Array.from({ length: 500 }, (_, n) => Pack({ parcel: `p${from + n}`, grams: 1 }))
      await Promise.all(some.map((pack) => sick.execute(pack)))
    }
    assert.ok(await sick.caughtUp({ timeoutMs: 120_000 }))
    assert.deepEqual([await countOf(sick, post), await countOf(sick, book)], [many, many])
    await sick.stop()

    const asked: Asked = { commits: 0, calls: new Map(), longest: 0 }
    const handled: string[] = []
    const open = await running(
      t,
      bookOf(() => false, handled),
      { store: counting(sqlite(file), asked) },
    )
    const begin = (): void => {
      asked.commits = 0
      asked.calls.clear()
    }
    const seen = new Set<string>()
    let after: { consumer: string; key: string } | undefined
    for (;;) {
      const page = await open.inspect.deadLetters.list({ consumer: post, limit: 500, ...(after && { after }) })
      for (const { key } of page) seen.add(key)
      if (page.length < 500) break
      after = { consumer: post, key: page.at(-1)!.key }
    }
    assert.equal(seen.size, many)

    begin()
    const shown: number[] = []
    const onProgress = (done: number): void => void shown.push(done)
    const replayed = await open.operate.deadLetters.replayAll({ consumer: post, onProgress })
    assert.deepEqual(replayed, { marked: many, inVain: 0 })
    await until('all are replayed', async () => (await countOf(open, post)) === 0, 120_000)
    assert.deepEqual([handled.length, new Set(handled).size], [many, many])
    assert.ok(shown.length >= 10 && shown.at(-1) === many, `progress was told ${shown.length} times`)
    t.diagnostic(`replay: ${asked.commits} commits, ${JSON.stringify([...asked.calls])}, lists of ${asked.longest}`)
    assert.ok(asked.commits <= many / 10, `${asked.commits} commits`)
    assert.ok(asked.calls.get('resume')! <= many / 100, `${asked.calls.get('resume')} calls of resume`)

    begin()
    const order = { who: 'ada', why: 'never weighed' }
    assert.equal(await open.operate.deadLetters.discardAll({ consumer: book }, order), many)
    await until('all are gone', async () => (await countOf(open, book)) === 0, 120_000)
    t.diagnostic(`discard: ${asked.commits} commits, ${JSON.stringify([...asked.calls])}`)
    assert.ok(asked.commits <= many / 10, `${asked.commits} commits`)
    assert.ok(asked.calls.get('discard')! <= many / 100, `${asked.calls.get('discard')} calls of discard`)
    const page = await open.inspect.deadLetters.actions({ kind: 'discarded', limit: 100 })
    assert.deepEqual([page.length, page[0]?.why], [100, order.why])
    assert.ok(asked.longest <= 1_000, `a list of ${asked.longest}`)
  },
)

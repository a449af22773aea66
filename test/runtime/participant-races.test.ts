import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { startChild } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { participating, Release, Reserve, Stock, type Participating } from './participant.fixture.ts'
import { altered, overStores } from './stores.fixture.ts'

const shelves = 10
const shelfOf = (order: number): string => `sku ${order % shelves}`

async function fill({ ask }: Participating): Promise<void> {
  for (let i = 0; i < shelves; i++) await ask(Stock({ sku: shelfOf(i), count: 1_000 }), { key: `stock ${i}` })
}

/** A store whose looks into the inbox take a random number of turns. */
function unsteady(adapter: StoreAdapter, pause: () => Promise<void>): StoreAdapter {
  return altered(adapter, ({ inbox }) => ({
    inbox: {
      ...inbox,
      async get(service, consumer, key) {
        await pause()
        const entry = await inbox.get(service, consumer, key)
        await pause()
        return entry
      },
    },
  }))
}

/** What came of an order: `done then undone`, or why it was refused. Anything else breaks the promise. */
function fateOf(events: readonly string[], steps: ReadonlySet<string>, undos: ReadonlySet<string>, order: string) {
  const seen = `order ${order}: ${events.join()}; steps ${[...steps].join()}; undos ${[...undos].join()}`
  assert.deepEqual([...undos], ['done'], seen)
  assert.equal(steps.size, 1, seen)
  const [step] = steps
  assert.deepEqual(events, step === 'done' ? ['Reserved', 'Released'] : [], seen)
  return step!
}

overStores('in 1,000 races of steps and undos each order ends done and undone, or neither', async (t, adapter) => {
  const seed = 20_260_000
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const pause = async (): Promise<void> => {
    for (let turns = below(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
  }
  const parties = [await participating(t, unsteady(adapter, pause)), await participating(t, unsteady(adapter, pause))]
  await fill(parties[0]!)
  const fates = new Map<string, number>()
  const race = async (i: number): Promise<void> => {
    const [sku, order] = [shelfOf(i), `${i}`]
    const [steps, undos] = [new Set<string>(), new Set<string>()]
    const deadlineAtMs = below(10) === 0 ? 0 : null
    const step = async (): Promise<void> => {
      const request = { key: `${i}/do`, deadlineAtMs, finalRefusals: [] }
      const answer = await parties[below(2)]!.ask(Reserve({ sku, order, count: 1 }), request)
      steps.add(answer.status === 'done' ? 'done' : answer.code)
    }
    const undo = async (): Promise<void> => {
      const request = { key: `${i}/undo`, undoes: `${i}/do` }
      const { status } = await parties[below(2)]!.ask(Release({ sku, order, note: `${random()}` }), request)
      undos.add(status)
    }
    const asked = [step, undo, ...[step, undo, step].slice(0, below(4))]
    await Promise.all(
      asked.map(async (ask) => {
        await pause()
        await ask()
      }),
    )
    const fate = fateOf(await parties[0]!.ledger(sku, order), steps, undos, `${order}, seed ${seed}`)
    fates.set(fate, (fates.get(fate) ?? 0) + 1)
  }
  for (let i = 0; i < 1_000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => race(i + k)))
  // Both have won often, or it was no race.
  for (const fate of ['done', 'undone', 'expired']) assert.ok((fates.get(fate) ?? 0) > 20, JSON.stringify([...fates]))
})

test('a step and its undo in two processes on one file: done and undone, or neither', async (t) => {
  const [file, count] = [join(folderFor(t), 'depot.db'), 300]
  const open = await participating(t, sqlite(file))
  await fill(open)
  const children = ['do', 'undo'].map((role) => startChild('../runtime/participant-process', file, role, `${count}`))
  t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
  await Promise.all(children.map((child) => child.until(1)))
  for (const child of children) child.process.stdin!.end()
  assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0])
  const [steps, undos] = children.map((child) => JSON.parse(child.lines[1]!) as string[])
  assert.deepEqual([steps!.length, undos!.length], [count, count])
  for (let i = 0; i < count; i++) {
    const events = await open.ledger(shelfOf(i), `${i}`)
    fateOf(events, new Set([steps![i]!]), new Set([undos![i]!]), `${i}`)
  }
})

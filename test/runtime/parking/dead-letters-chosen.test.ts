import assert from 'node:assert/strict'
import { patience } from '../../fixtures/patience.ts'
import { depotOf, Pack } from '../dead-letters.fixture.ts'
import { running, until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const consumer = 'post/subscription:post'
const order = { who: 'ada', why: 'the scale was broken' }

overStores('orders about chosen letters leave all others alone, and heads that are others by now', async (t, store) => {
  let broken = true
  const depot = depotOf(() => {
    if (broken) throw new Error('the scale is broken')
  })
  const open = await running(t, depot, { store })
  for (const parcel of ['a', 'b', 'c', 'd']) await open.execute(Pack({ parcel, grams: 1 }) as never)
  assert.ok(await open.caughtUp(patience))
  const { deadLetters: letters } = open.inspect
  const parked = await letters.list({ consumer, limit: 9 })
  assert.deepEqual(
    parked.map(({ key }) => key),
    ['a', 'b', 'c', 'd'],
  )
  const only = new Map(parked.map(({ key, position }) => [key, position]))
  only.delete('d')
  only.set('c', only.get('c')! + 1)
  broken = false
  const told: number[] = []
  const replayed = await open.operate.deadLetters.replayAll({ consumer, only, onProgress: (done) => told.push(done) })
  assert.deepEqual([replayed, told], [{ marked: 2, inVain: 0 }, [4]])
  await until('two are left', async () => (await letters.list({ consumer, limit: 9 })).length === 2, 60_000)

  const gone = new AbortController()
  gone.abort()
  assert.equal(await open.operate.deadLetters.discardAll({ consumer, only: new Map(), signal: gone.signal }, order), 0)
  const rest = new Map(parked.slice(3).map(({ key, position }) => [key, position]))
  assert.equal(await open.operate.deadLetters.discardAll({ consumer, only: rest }, order), 1)
  await until('one is left', async () => (await letters.list({ consumer, limit: 9 })).length === 1, 60_000)
  assert.equal((await letters.list({ consumer, limit: 9 }))[0]?.key, 'c')
})

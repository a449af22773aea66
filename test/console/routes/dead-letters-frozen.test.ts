import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { memory } from 'eventwright'
import { hotelIn, enter, type Desk } from '../console.fixture.ts'
import type { FrozenLetters } from '../../../src/console/wire/dead-letters.ts'
import { running } from '../../runtime/running.fixture.ts'

const consumer = 'post/subscription:mails'

/** A console over so many dead letters, which says how many places of them were read. */
async function over(t: TestContext, letters: number): Promise<{ readonly desk: Desk; readonly read: () => number }> {
  const hotel = await running(t, hotelIn({ mailBroken: false, tillJammed: false }), { store: memory() })
  const all = Array.from({ length: letters }, (_, at) => {
    return { consumer, key: `b${String(at).padStart(9, '0')}`, position: at + 1 }
  })
  let read = 0
  const deadLetters: typeof hotel.inspect.deadLetters = {
    ...hotel.inspect.deadLetters,
    list: () => Promise.reject(new Error('The texts of letters are not needed.')),
    async places({ after, limit }) {
      const from = after === undefined ? 0 : Number(after.key.slice(1)) + 1
      const page = all.slice(from, from + limit)
      read += page.length
      return page
    },
  }
  const desk = await enter(t, { inspect: { ...hotel.inspect, deadLetters }, operate: hotel.operate })
  return { desk, read: () => read }
}

const freeze = `dead-letters/frozen?consumer=${encodeURIComponent(consumer)}`

test('a frozen set has every letter of a group, of which no more is read than where it stands', async (t) => {
  for (const many of [0, 1, 4_999, 5_000, 12_001]) {
    const { desk, read } = await over(t, many)
    assert.deepEqual([(await desk.get<FrozenLetters>(freeze)).letters, read()], [many, many])
  }
})

test('a set that is too large is refused, and not read to its end before', async (t) => {
  const { desk, read } = await over(t, 300_000)
  const answer = await desk.ask(freeze)
  assert.equal(answer.status, 413)
  assert.match(await answer.text(), /At most 200000/)
  assert.ok(read() > 200_000 && read() <= 210_000, String(read()))
})

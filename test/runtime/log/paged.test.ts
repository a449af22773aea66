import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paged } from '../../../src/runtime/log/paged.ts'

const pages = (...all: readonly (readonly number[])[]) => {
  let asked = 0
  return { next: async () => all[asked++], asked: () => asked }
}

test('items come in order, each page asked for when the one before has come, none twice', async () => {
  const source = pages([1, 2, 5, 6], [7], [])
  const items = paged(source.next, (item) => item)
  const asked: number[] = []
  for await (const _ of items) asked.push(source.asked())
  assert.deepEqual(asked, [2, 2, 2, 2, 3])
})

test('a page that fails ahead of its turn is told in its turn, and one that nobody wants fails unheard', async () => {
  const failing = () => {
    let asked = 0
    return paged(
      async () => (asked++ === 0 ? [1, 2] : Promise.reject(new Error('no page'))),
      (item: number) => item,
    )
  }
  const items = failing()
  assert.deepEqual([(await items.next()).value, (await items.next()).value], [1, 2])
  await assert.rejects(items.next(), /no page/)
  for await (const item of failing()) if (item === 2) break
  await new Promise((resolve) => setImmediate(resolve))
})

test('a page that has failed ahead of its turn is asked for again in its turn', async () => {
  let asked = 0
  const items = paged(
    async () => (++asked === 2 ? Promise.reject(new Error('it was away')) : asked < 4 ? [asked] : undefined),
    (item: number) => item,
  )
  const all: number[] = []
  for await (const item of items) all.push(item)
  assert.deepEqual(all, [1, 3])
})

test('items are opened one by one as they are taken', async () => {
  const source = pages([1, 2], [3])
  const items = paged(source.next, (item) => item * 10)
  assert.deepEqual(await items.next(), { done: false, value: 10 })
  assert.equal(source.asked(), 2)
  const rest: number[] = []
  for await (const item of items) rest.push(item)
  assert.deepEqual(rest, [20, 30])
  assert.deepEqual(await items.next(), { done: true, value: undefined })
})

test('calls that do not wait for each other are answered in their order', async () => {
  const items = paged(pages([1, 2], [3, 4]).next, (item) => item)
  const answers = await Promise.all(Array.from({ length: 6 }, () => items.next()))
  assert.deepEqual(
    answers.map(({ value }) => value),
    [1, 2, 3, 4, undefined, undefined],
  )
})

test('a loop that is left ends it, and a page that fails ends it with the error', async () => {
  const left = paged(pages([1, 2, 3]).next, (item) => item)
  for await (const item of left) if (item === 1) break
  assert.deepEqual(await left.next(), { done: true, value: undefined })
  const failing = paged(
    () => Promise.reject(new Error('no page')),
    (item) => item,
  )
  await assert.rejects(failing.next(), /no page/)
  assert.deepEqual(await failing.next(), { done: true, value: undefined })
})

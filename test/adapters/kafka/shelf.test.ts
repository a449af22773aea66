import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchBytes, type Fetched } from '../../../src/adapters/kafka/fetch.ts'
import { Shelf, type Kept } from '../../../src/adapters/kafka/shelf.ts'

function kept(bytes: number): Kept {
  return { from: 0, records: [], next: 0, bytes, atEnd: false, ahead: undefined }
}

test('of more than 32 MiB those lose theirs who have not read for the longest time, and never the newest', () => {
  const shelf = new Shelf()
  const lost: string[] = []
  const loses = (name: string) => (): void => void lost.push(name)
  const all = ['a', 'b', 'c', 'd'].map((name) => ({ name, kept: kept(10 << 20) }))
  for (const each of all.slice(0, 3)) shelf.add(each.kept, loses(each.name))
  shelf.take(all[0]!.kept, 1 << 20)
  assert.equal(lost.join(), '')
  shelf.add(all[3]!.kept, loses('d'))
  assert.equal(lost.join(), 'b')
  shelf.drop(all[2]!.kept)
  shelf.drop(all[2]!.kept)
  shelf.add(kept(12 << 20), () => undefined)
  assert.equal(lost.join(), 'b')
  shelf.add(kept(100 << 20), loses('large'))
  assert.ok(!lost.includes('large') && lost.includes('a') && lost.includes('d'))
})

test('nothing is fetched ahead while much is kept or on its way, and a fetch that fails is none', async () => {
  const shelf = new Shelf()
  let answer = (_: Fetched): void => undefined
  const slow = (): Promise<Fetched> => new Promise((resolve) => (answer = resolve))
  const flying = Array.from({ length: 100 }, () => shelf.ahead(slow)).filter((each) => each !== undefined)
  assert.equal(flying.length, (16 << 20) / fetchBytes + 1)
  answer({ records: [], next: 1, atEnd: true, bytes: 0 })
  assert.equal((await flying.at(-1))?.next, 1)
  assert.equal(await shelf.ahead(() => Promise.reject(new Error('a trial'))), undefined)
})

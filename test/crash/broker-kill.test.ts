import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Broker } from '../../src/ports/broker.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { startChild } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { torture } from '../fixtures/torture.ts'

const rounds = torture ? 100 : 6
const channel = 'killed'

test(`two processes that publish are killed ${rounds} times: every acknowledged message is there, in order`, async (t) => {
  const file = join(folderFor(t), 'store.db')
  const random = seededRandom(20_261_126)
  const acknowledged = new Set<string>()
  let first = 0
  for (let round = 0; round < rounds; round++) {
    const children = ['left', 'right'].map((name) =>
      startChild('publishing-process', file, channel, name, String(first)),
    )
    t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
    await Promise.all(children.map((child) => child.until(10 + Math.floor(random() * 200))))
    await new Promise((resolve) => setTimeout(resolve, random() * 4))
    for (const child of children) assert.equal(child.process.exitCode, null, 'a process ended by itself')
    for (const child of children) child.process.kill('SIGKILL')
    await Promise.all(children.map((child) => child.ended))
    for (const line of children.flatMap((child) => child.lines)) acknowledged.add(line)
    const store = await sqlite(file).open({ clock: systemClock })
    const published = await publishedOf(store.broker!)
    const there = new Set([...published].flatMap(([key, numbers]) => numbers.map((number) => `${key} ${number}`)))
    assert.deepEqual(
      [...acknowledged].filter((line) => !there.has(line)),
      [],
      'acknowledged messages are lost',
    )
    for (const [key, numbers] of published) assertWhole(key, numbers)
    first = 5 + Math.max(...[...published.values()].flat())
    assert.equal((await store.query('pragma integrity_check', []))[0]?.['integrity_check'], 'ok')
    await store.close()
  }
  assert.ok(acknowledged.size >= rounds * 20)
})

/** The numbers of each key in the order in which they are read; offsets must be dense. */
async function publishedOf(broker: Broker): Promise<ReadonlyMap<string, readonly number[]>> {
  const byKey = new Map<string, number[]>()
  const member = await broker.join(channel, 'check')
  for (const { partition, first, next } of await broker.bounds(channel)) {
    const messages = await member.read(partition, first, Number.MAX_SAFE_INTEGER)
    assert.deepEqual(
      messages.map(({ offset }) => offset),
      Array.from({ length: next }, (_, offset) => offset),
      'offsets are not dense',
    )
    for (const { key, value } of messages) byKey.set(key, [...(byKey.get(key) ?? []), Number(value)])
  }
  return byKey
}

/** Calls bring five messages each: whole calls, in order, each number once; a gap only before a call. */
function assertWhole(key: string, numbers: readonly number[]): void {
  assert.equal(numbers.length % 5, 0, `a call of ${key} is there by half`)
  numbers.forEach((number, index) => {
    if (index === 0) return
    const gap = number - numbers[index - 1]!
    assert.ok(gap === 1 || (gap > 1 && index % 5 === 0), `${key} has ${numbers[index - 1]} before ${number}`)
  })
}

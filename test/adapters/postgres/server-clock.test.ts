import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServerClock } from '../../../src/adapters/postgres/server-clock.ts'

test('the server is asked once in a while, and what is said between is never ahead of it', async () => {
  let asked = 0
  const began = performance.now()
  const serverNow = (): number => Math.floor(5_000 + performance.now() - began)
  const clock = new ServerClock(async () => (asked++, serverNow()), 60_000)
  for (let last = 0, n = 0; n < 1_000; n++) {
    const now = await clock.now()
    assert.ok(now >= last && now <= serverNow())
    last = now
  }
  assert.equal(asked, 1)
  clock.hear(9_000)
  assert.ok((await clock.now()) >= 9_000)
})

test('with no trust the server is asked every time', async () => {
  let asked = 0
  const clock = new ServerClock(async () => ++asked, 0)
  assert.deepEqual([await clock.now(), await clock.now(), await clock.now()], [1, 2, 3])
})

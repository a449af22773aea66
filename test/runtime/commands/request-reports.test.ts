import assert from 'node:assert/strict'
import { Book, hotelIn, secret } from '../../console/console.fixture.ts'
import { patience } from '../../fixtures/patience.ts'
import { running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

overStores('an idempotency key leads to what its request has led to, without its reply', async (t, store) => {
  const open = await running(t, hotelIn({ mailBroken: false, tillJammed: false }), { store })
  const book = (bookingId: string, idempotencyKey: string) =>
    open.attempt(Book({ bookingId, guest: secret, nights: 2, room: '12' }), { idempotencyKey })
  const first = await book('b1', 'key-1')
  assert.ok(first.ok)
  assert.equal((await book('b1', 'key-1')).repeated, true)
  assert.equal((await book('b1', 'key-2')).ok, false)
  const [done] = await open.inspect.requests('key-1')
  const { atMs, ...told } = done!
  assert.ok(Math.abs(atMs - (await open.inspect.now())) < patience.timeoutMs)
  const events = first.events.map(({ id }) => id)
  assert.deepEqual(told, { key: 'key-1', service: 'rooms', kind: 'command', status: 'done', events })
  const refused = await open.inspect.requests('key-2')
  assert.deepEqual(
    refused.map(({ status, code, events: led }) => [status, code, led]),
    [['refused', 'booked', []]],
  )
  assert.deepEqual(await open.inspect.requests('key-3'), [])

  await open.caughtUp(patience)
  const [charge] = await open.inspect.requests('stay/b1/charge/do')
  assert.deepEqual([charge?.kind, charge?.service, charge?.events.length], ['step', 'rooms', 1])
  assert.doesNotMatch(JSON.stringify([done, refused, charge]), /secret/i)
})

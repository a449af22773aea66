import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { Order, OrderShipped, ShipOrder, shop } from '../../runtime/orders.fixture.ts'
import { by as byCode } from '../../runtime/streams/streams.fixture.ts'
import { line, lineWith, shopFolder } from '../line.fixture.ts'

const store = ['--store', 'shop.db']
const why = ['--reason', 'asked for', '--by', 'ann']

test('a stream is archived, listed so, reopened, and who did it can be read', async (t) => {
  const folder = await shopFolder(t)
  const archived = await line(folder, 'streams', 'archive', 'Order/a', ...store, ...why)
  assert.deepEqual(archived, { code: 0, out: 'Order/a (2 events): is now archived\n', err: '' })
  const again = await line(folder, 'streams', 'archive', 'Order/a', ...store, '--reason', 'again', '--json')
  assert.deepEqual(JSON.parse(again.out), { stream: 'Order/a', status: 'archived', version: 2, repeated: true })
  const listed = await line(folder, 'streams', 'list', ...store, '--category', 'Order')
  assert.match(listed.out, /^stream {3}version {2}status\nOrder\/a +2 {2}archived\nOrder\/b +2 {2}open\n$/)
  const some = await line(folder, 'streams', 'list', ...store, '--status', 'archived', '--json')
  assert.deepEqual(JSON.parse(some.out), [{ stream: 'Order/a', partition: 0, version: 2, status: 'archived' }])
  assert.equal((await line(folder, 'streams', 'list', ...store, '--status', 'shut')).code, 2)
  const reopened = await line(folder, 'streams', 'reopen', 'Order/a', ...store, '--reason', 'by\u001bmistake')
  assert.equal(reopened.out, 'Order/a (2 events): is now open\n')
  const told = await line(folder, 'streams', 'audit', ...store)
  assert.match(
    told.out,
    /^no +at +stream +what +by +why\n 2 {2}\S+ {2}Order\/a {2}reopened {2}operator {2}by\\u001bmistake\n/,
  )
  assert.match(told.out, /\n 1 {2}\S+ {2}Order\/a {2}archived {2}ann {7}asked for\n$/)
  const audit = await line(folder, 'streams', 'audit', 'Order/b', ...store, '--json')
  assert.deepEqual(JSON.parse(audit.out), [])
  const page = await line(folder, 'streams', 'audit', 'Order/a', ...store, '--before', '2', '--json')
  assert.deepEqual(
    (JSON.parse(page.out) as { what: string; who: string; why: string }[]).map((each) => [
      each.what,
      each.who,
      each.why,
    ]),
    [['archived', 'ann', 'asked for']],
  )
})

test('a stream is deleted beside a process that runs the system, and only when its name is said twice', async (t) => {
  const folder = await shopFolder(t)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  t.after(() => running.stop())
  const command = ['streams', 'delete', 'Order/a', ...store, ...why]
  for (const yes of [[], ['--yes', 'Order/b'], ['--yes', 'Order/a ']]) {
    const { code, err } = await line(folder, ...command, ...yes)
    assert.equal(code, 2)
    assert.match(err, /nothing brings a stream back/)
  }
  assert.equal((await running.attempt(ShipOrder({ orderId: 'a' }))).ok, true)
  const { code, out, err } = await line(folder, ...command, '--yes', 'Order/a')
  assert.deepEqual([code, out], [0, 'Order/a: deleted for ever: the data of 2 events, 0 snapshots, 0 parked copies\n'])
  assert.match(err, /^deleting Order\/a 100 % \(2 of 2\)\n$/)
  await assert.rejects(running.append(Order, 'a', [OrderShipped({ orderId: 'a' })]), byCode('EW_STREAM_DELETED'))
  const again = await line(folder, ...command, '--yes', 'Order/a', '--json')
  const told = { status: 'deleted', version: 2, repeated: true, events: 2, snapshots: 0, copies: 0 }
  assert.deepEqual([JSON.parse(again.out), again.err], [{ stream: 'Order/a', finished: true, ...told }, ''])
  assert.match((await line(folder, 'streams', 'list', ...store)).out, /Order\/a +2 {2}deleted\n/)
  const read = await line(folder, 'store', 'read', 'Order/a', ...store, '--json')
  const events = read.out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>)
  assert.deepEqual(
    events.map(({ data, deleted, meta }) => [data, deleted, meta]),
    Array(2).fill([null, true, {}]),
  )
  assert.match((await line(folder, 'store', 'read', 'Order/a', ...store)).out, /Order\/a@1 {2}OrderPlaced {2}deleted\n/)
  assert.equal((await line(folder, 'store', 'verify', ...store)).code, 0)
  for (const order of ['archive', 'reopen']) {
    const refused = await line(folder, 'streams', order, 'Order/a', ...store, ...why, '--json')
    assert.deepEqual([refused.code, JSON.parse(refused.err).error.code], [1, 'EW_STREAM_DELETED'])
  }
})

test('interrupted, a deletion has done nothing or can be gone on with', async (t) => {
  const folder = await shopFolder(t)
  const command = ['streams', 'delete', 'Order/a', ...store, ...why, '--yes', 'Order/a']
  const { code, out } = await lineWith({ folder, stop: AbortSignal.abort() }, ...command)
  assert.deepEqual([code, out], [1, 'Order/a: interrupted; the same once more goes on\n'])
  assert.equal((await line(folder, ...command)).code, 0)
})

test('what is no stream, and an order without a reason, is refused and nothing is made', async (t) => {
  const folder = await shopFolder(t)
  const codes = async (...argv: string[]): Promise<unknown> => {
    const { code, err } = await line(folder, ...argv, ...store, '--json')
    return code === 1 ? (JSON.parse(err) as { error: { code: string } }).error.code : code
  }
  for (const order of ['archive', 'reopen', 'delete']) {
    assert.equal(await codes('streams', order, 'Order/a', '--yes', 'Order/a'), 2)
    for (const [stream, code] of [
      ['Order/none', 'EW_STREAM_UNKNOWN'],
      ['ew.operator/actions', 'EW_STREAM_UNKNOWN'],
      ["Order/'; --", 'EW_STREAM_UNKNOWN'],
      ['Order', 'EW_STREAM_NAME'],
      ['Order/\u0007', 'EW_STREAM_NAME'],
      ['x'.repeat(100_000), 'EW_STREAM_NAME'],
    ] as const) {
      const yes = order === 'delete' ? ['--yes', stream] : []
      assert.equal(
        await codes('streams', order, stream, ...yes, '--reason', 'r'),
        code,
        `${order} ${stream.slice(0, 50)}`,
      )
    }
    const yes = order === 'delete' ? ['--yes', 'Order/a'] : []
    assert.equal(await codes('streams', order, 'Order/a', ...yes, '--reason', ' '), 'EW_TEXT')
  }
  assert.deepEqual(JSON.parse((await line(folder, 'streams', 'audit', ...store, '--json')).out), [])
  const nowhere = await line(folder, 'streams', 'archive', 'Order/a', '--store', 'no.db', '--reason', 'r')
  assert.equal(nowhere.code, 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { Connections } from '../../../src/adapters/postgres/connections.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'

const url = postgresUrl()

function opened(max: number): { readonly connections: Connections; readonly pool: pg.Pool } {
  const pool = new pg.Pool({ connectionString: url, max })
  return { connections: new Connections(pool), pool }
}

async function processOf(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query('select pg_backend_pid() as pid')
  return (rows as [{ pid: number }])[0].pid
}

if (url !== undefined) {
  test('the connection that was given back last is at hand at once, and two at a time are two', async (t) => {
    const { connections, pool } = opened(2)
    t.after(() => connections.close())
    const [one, other] = [await connections.take(), await connections.take()]
    assert.notEqual(await processOf(one), await processOf(other))
    connections.give(one)
    connections.give(other)
    assert.equal(connections.take(), other)
    assert.equal(connections.take(), one)
    assert.equal(pool.totalCount, 2)
    connections.give(one)
    connections.give(other)
  })

  test('whoever waits for one of a full pool gets the next that is given back', async (t) => {
    const { connections, pool } = opened(1)
    t.after(() => connections.close())
    const one = await connections.take()
    const waiting = [connections.take(), connections.take()]
    connections.give(one)
    assert.equal(pool.waitingCount, 1)
    const second = await waiting[0]!
    assert.equal(await processOf(second), await processOf(one))
    connections.give(second)
    connections.give(await waiting[1]!)
  })

  test('one that breaks while it is at hand is replaced, and one that broke in use is not given out again', async (t) => {
    const { connections, pool } = opened(1)
    t.after(() => connections.close())
    const admin = await connectTo(t, url)
    const first = await connections.take()
    const pid = await processOf(first)
    const isBroken = (client: pg.PoolClient): Promise<unknown> =>
      new Promise((resolve) => client.once('error', resolve))
    const firstBroken = isBroken(first)
    connections.give(first)
    await admin.query('select pg_terminate_backend($1)', [pid])
    await firstBroken
    assert.equal(pool.totalCount, 0)
    const second = await connections.take()
    const next = await processOf(second)
    assert.notEqual(next, pid)
    const secondBroken = isBroken(second)
    await admin.query('select pg_terminate_backend($1)', [next])
    await secondBroken
    connections.give(second)
    const third = await connections.take()
    const last = await processOf(third)
    assert.notEqual(last, next)
    connections.give(third, new Error('What it was doing has failed.'))
    const fourth = await connections.take()
    assert.notEqual(await processOf(fourth), last)
    connections.give(fourth)
  })

  test('what nobody has needed while others were used goes back to the pool', async (t) => {
    const { connections, pool } = opened(3)
    t.after(() => connections.close())
    const all = [await connections.take(), await connections.take(), await connections.take()]
    for (const each of all) connections.give(each)
    assert.equal(pool.idleCount, 0)
    for (let n = 0; n < 600; n++) connections.give(await connections.take())
    assert.equal(pool.idleCount, 2)
    const both = [await connections.take(), await connections.take()]
    assert.equal(pool.idleCount, 1)
    for (const each of both) connections.give(each)
  })

  test('closing waits for those that are taken, and takes those at hand along', async () => {
    const { connections, pool } = opened(2)
    const [one, other] = [await connections.take(), await connections.take()]
    connections.give(one)
    let isClosed = false
    const closing = connections.close().then(() => (isClosed = true))
    assert.equal(await processOf(other), await processOf(other))
    assert.equal(isClosed, false)
    connections.give(other)
    await closing
    assert.equal(pool.totalCount, 0)
  })
}

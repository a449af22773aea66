import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../../src/base/ids.ts'
import { patience } from '../../fixtures/patience.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'
import {
  Account,
  Count,
  Counter,
  Counted,
  Deposit,
  Deposited,
  Note,
  Open,
  Transfer,
  Withdraw,
} from '../bank.fixture.ts'
import { SendLetter } from '../messages.fixture.ts'
import { until } from '../running.fixture.ts'
import { CountRows, Insert, ownHouse, refused, Tell } from './within.fixture.ts'

const opened = { id: 'a', owner: 'ada', email: 'a@x' }

if (postgresUrl() !== undefined) {
  test('what the owner writes and what commands write is seen by nobody before his commit, and together after it', async (t) => {
    const { open, begun, notes, look } = await ownHouse(t)
    const client = await begun()
    const tx = open.withTransaction(client)
    await tx.execute(Open(opened), { idempotencyKey: 'k' })
    const { receipt, reply, events } = await tx.execute(Deposit({ id: 'a', amount: 5 }))
    await tx.execute(Tell({ to: 'bob', later: '24h' }))
    await tx.schedule(SendLetter({ to: 'eve', text: 'hi' }), '24h', { key: 'e' })
    assert.deepEqual([reply, events[0]?.version, events[0]?.position], [{ balance: 5 }, 2, 2])
    assert.equal(await open.views.accounts.get('a'), undefined)
    assert.deepEqual([await notes(), await look('select position::int from ew.ew_head where part = 0')], [0, [0]])
    await client.query('commit')
    assert.equal((await open.views.accounts.get('a'))?.balance, 5)
    assert.equal((await open.views.totals.get('all', { after: receipt, timeout: '1m' }))?.sum, 5)
    assert.equal(await notes(), 1)
    assert.deepEqual(await look('select id from ew.ew_timers order by id'), ['bank/bob', 'mail/e'])
    await until(
      'the letter came',
      async () => (await look("select 1 from ew.ew_events where stream = 'Mailbox/bob'")).length > 0,
    )
    const again = await open.execute(Open(opened), { idempotencyKey: 'k' })
    assert.deepEqual([again.repeated, again.events[0]?.position], [true, 1])
  })

  test('after a rollback nothing of a transaction has ever been, and nobody in the process believes in it', async (t) => {
    const { open, begun, notes, look } = await ownHouse(t)
    const client = await begun()
    const tx = open.withTransaction(client)
    await tx.execute(Open(opened), { idempotencyKey: 'k' })
    for (const amount of [1, 2, 3]) await tx.execute(Deposit({ id: 'a', amount }))
    await tx.execute(Tell({ to: 'bob', later: '24h' }))
    await tx.append(Counter, 'c', [Counted({ id: 'c' })])
    await tx.schedule(SendLetter({ to: 'eve', text: 'hi' }), '24h')
    await client.query('rollback')
    tx.committed()
    assert.ok(await open.caughtUp(patience))
    assert.equal(await notes(), 0)
    for (const table of ['events where part = 0', 'streams where part = 0', 'inbox', 'outbox', 'timers', 'snapshots'])
      assert.deepEqual(await look(`select count(*)::int from ew.ew_${table}`), [0], table)
    const { events, repeated } = await open.execute(Open(opened), { idempotencyKey: 'k' })
    assert.deepEqual([events[0]?.version, events[0]?.position, repeated], [1, 1, false])
    assert.deepEqual((await open.execute(Deposit({ id: 'a', amount: 4 }))).reply, { balance: 4 })
    assert.equal(
      (await open.views.totals.get('all', { after: (await open.execute(Deposit({ id: 'a', amount: 1 }))).receipt }))
        ?.sum,
      5,
    )
  })

  test('what is taken back to a savepoint of the owner is forgotten, and the transaction goes on without it', async (t) => {
    const { open, begun } = await ownHouse(t)
    const client = await begun()
    const tx = open.withTransaction(client)
    await tx.execute(Open(opened))
    await client.query('savepoint own')
    await tx.execute(Deposit({ id: 'a', amount: 100 }))
    await client.query('rollback to savepoint own')
    assert.deepEqual((await tx.execute(Deposit({ id: 'a', amount: 1 }))).reply, { balance: 1 })
    await client.query('commit')
    assert.equal((await open.views.accounts.get('a'))?.balance, 1)
    assert.equal((await open.execute(Deposit({ id: 'a', amount: 0 }))).reply.balance, 1)
  })

  test('one client serves one transaction after the other, and a refusal, an empty answer and what a handler throws leave no trace', async (t) => {
    const { open, client: connect, look } = await ownHouse(t)
    const client = await connect()
    const tx = open.withTransaction(client)
    assert.match(await refused(tx.execute(Open(opened)), 'EW_TRANSACTION'), /no open transaction/)
    await client.query('begin')
    await tx.execute(Open(opened))
    assert.deepEqual(await tx.attempt(Open(opened)), {
      ok: false,
      code: 'exists',
      repeated: false,
      detail: 'a is open',
    })
    await assert.rejects(tx.execute(Withdraw({ id: 'a', amount: 1 })), { name: 'Refused', code: 'too_little' })
    assert.equal((await tx.execute(Deposit({ id: 'a', amount: 0 }))).events.length, 0)
    await assert.rejects(tx.execute(Deposit({ id: 'a', amount: 666 })), /a bug in the handler/)
    await client.query('commit')
    assert.match(await refused(tx.execute(Deposit({ id: 'a', amount: 2 })), 'EW_TRANSACTION'), /no open transaction/)
    await client.query('begin')
    await tx.execute(Deposit({ id: 'a', amount: 2 }))
    await client.query('commit')
    assert.deepEqual(await look('select type from ew.ew_events where part = 0 order by position'), [
      'Opened',
      'Deposited',
    ])
  })

  test('calls that are begun at once on one client go one after the other', async (t) => {
    const { open, begun, look } = await ownHouse(t)
    const client = await begun()
    const [one, other] = [open.withTransaction(client), open.withTransaction(client)]
    const names = Array.from({ length: 12 }, (_, index) => `c${index}`)
    await Promise.all(
      names.map((id, index) =>
        index % 3 === 0
          ? refused(one.append(Counter, id, [Counted({ id })], { expected: 7 }), 'EW_CONCURRENCY')
          : (index % 2 === 0 ? one : other).execute(Count({ id })),
      ),
    )
    await client.query('commit')
    assert.deepEqual(await look('select count(*)::int from ew.ew_events where part = 0'), [8])
  })

  test('the same key answers the first outcome in the transaction, beside it and after it', async (t) => {
    const { open, begun, waiting } = await ownHouse(t)
    await open.execute(Open(opened))
    const [one, other] = [await begun(), await begun()]
    const key = { idempotencyKey: 'k' }
    const deposit = Deposit({ id: 'a', amount: 5 })
    const first = await open.withTransaction(one).execute(deposit, key)
    const again = await open.withTransaction(one).execute(deposit, key)
    assert.deepEqual([again.repeated, again.reply, again.events], [true, first.reply, first.events])
    await refused(open.withTransaction(one).execute(Deposit({ id: 'a', amount: 6 }), key), 'EW_KEY_REUSED')
    const [inOther, outside] = [open.withTransaction(other).execute(deposit, key), open.execute(deposit, key)]
    await waiting(2)
    await one.query('commit')
    const late = await Promise.all([inOther, outside])
    assert.deepEqual(
      late.map(({ repeated, events }) => [repeated, events[0]?.id]),
      [
        [true, first.events[0]?.id],
        [true, first.events[0]?.id],
      ],
    )
    await other.query('commit')
    assert.equal((await open.views.accounts.get('a'))?.balance, 5)
  })

  test('appends take expectations and event ids, and ids that are stored answer as the first time', async (t) => {
    const { open, begun, look } = await ownHouse(t)
    const client = await begun()
    const tx = open.withTransaction(client)
    await tx.execute(Open(opened))
    const ids = { eventIds: [newId()] }
    const deposited = [Deposited({ id: 'a', amount: 3 })]
    const first = await tx.append(Account, 'a', deposited, { expected: 1, ...ids })
    assert.deepEqual([first.version, first.repeated], [2, false])
    for (const expected of [1, 'any'] as const) {
      const again = await tx.append(Account, 'a', deposited, { expected, ...ids })
      assert.deepEqual([again.version, again.repeated], [2, true])
    }
    await refused(tx.append(Counter, 'c', [Counted({ id: 'c' })], ids), 'EW_IDS')
    await refused(tx.append(Account, 'a', deposited, { expected: 1 }), 'EW_CONCURRENCY')
    await tx.execute(Note({ id: 'c', times: 3 }))
    await client.query('commit')
    assert.deepEqual(await look('select count(*)::int from ew.ew_events where part = 0'), [5])
    assert.equal((await open.views.accounts.get('a'))?.balance, 3)
  })

  test('SQL that handlers record or ask for runs in the transaction, and only as what it is', async (t) => {
    const { open, begun, notes } = await ownHouse(t)
    const client = await begun()
    const tx = open.withTransaction(client)
    const rows = async (sql: string): Promise<number> => (await tx.execute(CountRows({ sql }))).reply.rows
    assert.equal(await rows('select * from notes'), 1)
    await tx.execute(Insert({ sql: 'insert into notes values (2)' }))
    assert.equal(await rows('select * from notes'), 2)
    await refused(tx.execute(CountRows({ sql: 'insert into notes values (3) returning id' })), 'EW_SQL')
    await refused(tx.execute(CountRows({ sql: 'select * from nowhere' })), 'EW_SQL')
    await refused(tx.execute(Insert({ sql: 'insert into nowhere values (3)' })), 'EW_SQL')
    await client.query('insert into notes values (4)')
    await client.query('commit')
    assert.equal(await notes(), 3)
  })

  test('a unique value that is taken, also by the transaction itself, is refused and leaves it usable', async (t) => {
    const { open, begun } = await ownHouse(t)
    await open.execute(Open(opened))
    const client = await begun()
    const tx = open.withTransaction(client)
    await tx.execute(Open({ id: 'b', owner: 'bob', email: 'b@x' }))
    for (const email of ['a@x', 'b@x']) await refused(tx.execute(Open({ id: 'c', owner: 'eve', email })), 'EW_UNIQUE')
    await tx.execute(Deposit({ id: 'a', amount: 2 }))
    await tx.execute(Transfer({ from: 'a', to: 'b', amount: 1 }))
    await client.query('commit')
    assert.deepEqual(
      (await open.views.accounts.find()).map(({ id, balance }) => [id, balance]),
      [
        ['a', 1],
        ['b', 1],
      ],
    )
  })
}

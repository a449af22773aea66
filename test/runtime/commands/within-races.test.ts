import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { isEventwrightError } from 'eventwright'
import { postgresUrl } from '../../fixtures/postgres.ts'
import { Account, Count, Deposit, Deposited, during, Open, Transfer } from '../bank.fixture.ts'
import { until } from '../running.fixture.ts'
import { CountRows, ownHouse, refused, Tell, type OwnHouse } from './within.fixture.ts'

const accounts = [
  { id: 'a', owner: 'ada', email: 'a@x' },
  { id: 'b', owner: 'bob', email: 'b@x' },
]
const count = (id: string) => Count({ id })
const ofEvents = 'select count(*)::int from ew.ew_events where part = 0'

async function ownBank(t: TestContext, ...options: [Parameters<typeof ownHouse>[1]?, Parameters<typeof ownHouse>[2]?]) {
  const own = await ownHouse(t, ...options)
  for (const account of accounts) await own.open.execute(Open(account))
  await own.open.execute(Deposit({ id: 'a', amount: 10 }))
  return own
}

if (postgresUrl() !== undefined) {
  test('a conflict is not tried again and leaves the transaction usable', async (t) => {
    const { open, begun, notes } = await ownBank(t)
    const client = await begun()
    const tx = open.withTransaction(client)
    let lost = 0
    t.after(() => (during.transfer = () => undefined))
    during.transfer = async () => {
      during.transfer = () => void lost++
      await open.execute(Deposit({ id: 'a', amount: 1 }))
    }
    const error = await tx.execute(Transfer({ from: 'a', to: 'b', amount: 5 })).catch((reason: unknown) => reason)
    assert.ok(isEventwrightError(error, 'EW_CONCURRENCY') && error.retryable)
    assert.deepEqual(error.details, { stream: 'Account/a', currentVersion: 3, attempts: 1 })
    assert.equal(lost, 0)
    await refused(tx.execute(Deposit({ id: 'a', amount: 1 }), { expectedVersion: 2 }), 'EW_CONCURRENCY')
    await client.query('insert into notes values (2)')
    // Who has lost holds nothing on which others would wait.
    await open.execute(Deposit({ id: 'a', amount: 1 }))
    assert.deepEqual((await tx.execute(Transfer({ from: 'a', to: 'b', amount: 5 }))).reply, { left: 7 })
    await client.query('commit')
    assert.equal(await notes(), 2)
    assert.equal((await open.views.accounts.get('b'))?.balance, 5)
  })

  test('of two transactions on one stream the second waits for the first, loses to its commit and not to its rollback', async (t) => {
    const { open, begun, waiting } = await ownBank(t)
    for (const end of ['commit', 'rollback']) {
      const [one, other] = [await begun(), await begun()]
      await open.withTransaction(one).execute(Deposit({ id: 'a', amount: 1 }))
      const tx = open.withTransaction(other)
      const second = tx.execute(Deposit({ id: 'a', amount: 2 })).catch((error: unknown) => error)
      await waiting(1)
      await one.query(end)
      const answer = await second
      assert.equal(isEventwrightError(answer, 'EW_CONCURRENCY'), end === 'commit')
      if (end === 'commit') await tx.execute(Deposit({ id: 'a', amount: 2 }))
      await other.query('commit')
    }
    assert.equal((await open.views.accounts.get('a'))?.balance, 10 + 1 + 2 + 2)
  })

  test('every other append waits for the end of the transaction, reads and other work do not, and nothing is lost', async (t) => {
    const { open, begun, waiting, look } = await ownBank(t)
    const client = await begun()
    await open.withTransaction(client).execute(count('mine'))
    let answered = 0
    const others = Array.from({ length: 30 }, (_, index) => open.execute(count(`c${index}`)).then(() => answered++))
    await waiting(1)
    assert.equal((await open.views.accounts.get('a'))?.balance, 10)
    assert.equal((await open.execute(Deposit({ id: 'a', amount: 0 }))).reply.balance, 10)
    assert.equal(answered, 0)
    await client.query('commit')
    await Promise.all(others)
    assert.deepEqual(await look(ofEvents), [3 + 1 + 30])
    const positions = await look('select position::int from ew.ew_events where part = 0 order by position')
    assert.deepEqual(
      positions,
      positions.map((_, index) => index + 1),
    )
    assert.deepEqual(await look("select position::int from ew.ew_events where stream = 'Counter/mine'"), [4])
  })

  test('a transaction needs no other connection, so it ends also where all of them wait for it', async (t) => {
    const patient = { poolSize: 1, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000, connectTimeoutMs: 60_000 }
    const { open, begun, waiting, look } = await ownBank(t, {}, patient)
    const client = await begun()
    const tx = open.withTransaction(client)
    await tx.execute(count('mine'))
    const other = open.execute(count('theirs'))
    await waiting(1)
    let isDone = false
    const all = async (): Promise<void> => {
      await tx.execute(Deposit({ id: 'a', amount: 1 }), { idempotencyKey: 'k' })
      await tx.execute(Deposit({ id: 'a', amount: 1 }), { idempotencyKey: 'k' })
      await tx.execute(Transfer({ from: 'a', to: 'b', amount: 1 }))
      await tx.append(Account, 'a', [Deposited({ id: 'a', amount: 1 })])
      await tx.execute(Tell({ to: 'eve', later: '24h' }))
      await tx.execute(CountRows({ sql: 'select * from notes' }))
      await client.query('commit')
      isDone = true
    }
    await Promise.all([all(), until('the transaction is over', () => isDone)])
    await other
    assert.deepEqual(await look(ofEvents), [3 + 1 + 1 + 2 + 1 + 1])
  })

  test('whoever waits longer than he may gets an error that says to try again, and can when the transaction is over', async (t) => {
    const { open, begun, look } = await ownBank(t, { limits: { busyDeadlineMs: 2_000 } }, { lockTimeoutMs: 1_000 })
    const client = await begun()
    await open.withTransaction(client).execute(count('mine'))
    const error = await open.execute(count('theirs')).catch((reason: unknown) => reason)
    assert.ok(isEventwrightError(error, 'EW_STORE_BUSY') && error.retryable)
    const limited = await begun("begin; set local lock_timeout = '1s'")
    await refused(open.withTransaction(limited).execute(count('theirs')), 'EW_STORE_BUSY')
    await client.query('rollback')
    await open.withTransaction(limited).execute(count('theirs'))
    await limited.query('commit')
    await open.execute(count('theirs'))
    assert.deepEqual(await look(ofEvents), [3 + 2])
  })

  for (const [victim, patience] of [
    ['the transaction', '10ms'],
    ['the commit queue', '1h'],
  ])
    test(`a deadlock with the commit queue is broken by ${victim}, and both go on`, async (t) => {
      const { open, begun, waiting, look } = await ownBank(t)
      const client = await begun(`begin; set local deadlock_timeout = '${patience}'`)
      const tx = open.withTransaction(client)
      await tx.execute(count('mine'))
      const other = open.execute(count('theirs'))
      await waiting(1)
      const second = await tx.execute(count('theirs')).catch((error: unknown) => error)
      const failed = second instanceof Error
      if (failed) assert.ok(isEventwrightError(second, 'EW_STORE_BUSY') && second.retryable, String(second))
      if (victim === 'the transaction') assert.ok(failed, 'no deadlock was found')
      await client.query('insert into notes values (2)')
      await client.query('commit')
      await other
      assert.deepEqual(await look(ofEvents), [3 + 1 + 1 + (failed ? 0 : 1)])
    })

  for (const [end, breakOff] of [
    [
      'is cut off by the server',
      async (own: OwnHouse, pid: number) => void (await own.look(`select pg_terminate_backend(${pid})`)),
    ],
    ['loses its process', async (_: OwnHouse, __: number, socket: { destroy(): void }) => socket.destroy()],
  ] as const)
    test(`of a transaction that ${end} nothing is stored, and whoever waited for it goes on`, async (t) => {
      const own = await ownBank(t)
      const { open, begun, waiting, look, notes } = own
      const client = await begun()
      const { pid } = (await client.query('select pg_backend_pid() as pid')).rows[0] as { pid: number }
      const socket = (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
      const tx = open.withTransaction(client)
      await tx.execute(Deposit({ id: 'a', amount: 7 }))
      const [same, another] = [open.execute(Deposit({ id: 'a', amount: 1 })), open.execute(count('c'))]
      await waiting(1)
      await breakOff(own, pid, socket)
      assert.match(await refused(tx.execute(count('mine')), 'EW_STORE_UNREACHABLE'), /nothing of it is stored/)
      assert.deepEqual([(await same).reply, (await another).events.length], [{ balance: 11 }, 1])
      assert.deepEqual([await look(ofEvents), await notes()], [[3 + 2], 0])
    })

  test('a call that waits for a lock is broken off with its connection', async (t) => {
    const { open, begun, waiting, look } = await ownBank(t)
    const [one, other] = [await begun(), await begun()]
    await open.withTransaction(one).execute(count('c'))
    const { pid } = (await other.query('select pg_backend_pid() as pid')).rows[0] as { pid: number }
    const broken = refused(open.withTransaction(other).execute(count('c')), 'EW_STORE_UNREACHABLE')
    await waiting(1)
    await look(`select pg_terminate_backend(${pid})`)
    await broken
    await one.query('commit')
    assert.deepEqual(await look(ofEvents), [3 + 1])
  })

  for (const isolation of ['repeatable read', 'serializable'])
    test(`in a ${isolation} transaction a command is stored, or says that others have committed meanwhile`, async (t) => {
      const { open, begun, notes, look } = await ownBank(t)
      const begin = `begin isolation level ${isolation}`
      const quiet = await begun(begin)
      await open.withTransaction(quiet).execute(Deposit({ id: 'a', amount: 1 }), { idempotencyKey: 'q' })
      await open.withTransaction(quiet).execute(count('c'))
      await quiet.query('commit')
      const late = await begun(begin)
      await open.execute(Deposit({ id: 'b', amount: 1 }), { idempotencyKey: 'l' })
      const tx = open.withTransaction(late)
      for (const attempt of [
        () => tx.execute(Deposit({ id: 'a', amount: 1 })),
        () => tx.execute(count('new')),
        () => tx.execute(Deposit({ id: 'b', amount: 1 }), { idempotencyKey: 'l' }),
        () => tx.execute(Transfer({ from: 'a', to: 'b', amount: 1 })),
      ])
        assert.match(await refused(attempt(), 'EW_STORE_BUSY'), /begin it anew|has just taken/)
      await late.query('select count(*) from notes')
      await late.query('rollback')
      assert.deepEqual([await look(ofEvents), await notes()], [[3 + 2 + 1], 1])
    })
}

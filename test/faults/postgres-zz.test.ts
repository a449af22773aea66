import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgres } from 'eventwright/postgres'
import { hasPostgres, privatePostgres } from '../fixtures/private-postgres.ts'
import { torture } from '../fixtures/torture.ts'
import { bank, Deposit, Open } from '../runtime/bank.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'

const rounds = torture ? 20 : 3
const patienceMs = 10_000

if (hasPostgres)
  // Rows and positions are not waited for on the disk, so a crash takes the newest ones back from a process that knows
  // better.
  test('views that a crash of the server has set back are whole again, without a restart and a new event', async (t) => {
    const server = await privatePostgres(t)
    const app = await running(t, bank, { store: postgres(server.url), log: {info: console.log, warn: console.log, error: console.log} })
    await app.execute(Open({ id: 'ada', owner: 'Ada', email: 'ada@example.org' }))
    let sum = 0
    const deposit = async (): Promise<void> => {
      await app.execute(Deposit({ id: 'ada', amount: 1 }))
      sum++
    }
    const isWhole = async (): Promise<boolean> => (await app.views.totals.get('ada'))?.sum === sum
    for (let round = 0; round < rounds; round++) {
      await deposit()
      await until('the view shows it', isWhole, patienceMs)
      console.log(Date.now()%1e6,'shown', round); await server.break('SIGQUIT')
      await server.start()
      console.log(Date.now()%1e6,'started', (await app.views.totals.get('ada'))?.sum, sum); await until('the view shows it again', isWhole, patienceMs)
      console.log(Date.now()%1e6,'again');await Promise.all(Array.from({ length: 10 }, deposit))
    }
    await until('the view shows all', isWhole, patienceMs)
    const total = await app.views.totals.get('ada')
    assert.deepEqual([total?.sum, total?.count], [sum, sum])
    assert.equal(await app.caughtUp(), true)
  })

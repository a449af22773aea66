import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { hasPostgres, privatePostgres } from '../fixtures/private-postgres.ts'
import { roundsOf } from '../fixtures/torture.ts'
import { bank, Deposit, Open } from '../runtime/bank.fixture.ts'
import { until } from '../runtime/running.fixture.ts'

const rounds = roundsOf(3, 20)
const patienceMs = 60_000

if (hasPostgres)
  // Rows and positions are not waited for on the disk, so a crash takes the newest ones back from a process that knows
  // better.
  test('views that a crash of the server has set back are whole again, without a restart and a new event', async (t) => {
    const server = await privatePostgres(t)
    const app = await start(bank, { store: postgres(server.url), leaseMs: 1_000 })
    try {
      await app.execute(Open({ id: 'ada', owner: 'Ada', email: 'ada@example.org' }))
      let sum = 0
      const deposit = async (): Promise<void> => {
        await app.execute(Deposit({ id: 'ada', amount: 1 }))
        sum++
      }
      const total = (): Promise<{ sum: number; count: number } | undefined> => app.views.totals.get('ada')
      const isWhole = async (): Promise<boolean> => (await total())?.sum === sum
      for (let round = 0; round < rounds; round++) {
        await deposit()
        await until('the view shows it', isWhole, patienceMs)
        await server.break('SIGQUIT')
        await server.start()
        await until('the view shows it again', isWhole, patienceMs)
        for (let n = 0; n < 10; n++) await deposit()
      }
      await until('the view shows all', isWhole, patienceMs)
      assert.deepEqual([(await total())?.count, await app.caughtUp({ timeoutMs: patienceMs })], [sum, true])
    } finally {
      // Before the server, for which it would wait.
      await app.stop()
    }
  })

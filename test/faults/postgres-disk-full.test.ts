import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isEventwrightError, systemClock } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import type { Store } from '../../src/ports/store.ts'
import type { Unit } from '../../src/ports/unit-of-work.ts'
import { commitLimits } from '../../src/runtime/commits/limits.ts'
import { commitQueue, type CommitQueue } from '../../src/runtime/commits/queue.ts'
import { append, event, won } from '../../src/testing/contracts/store-case.ts'
import { assertAcknowledged } from '../fixtures/acknowledged.ts'
import { hasSmallDisks, smallDisks } from '../fixtures/postgres-small-disk.ts'
import { bank, Deposit, Open } from '../runtime/bank.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'

/** Appends to a stream one event after the other, and knows what was acknowledged. */
class Writer {
  readonly lines: string[] = []
  readonly #queue: CommitQueue
  #next: Unit | undefined

  constructor(queue: CommitQueue) {
    this.#queue = queue
  }

  /** The same event again until it is acknowledged. */
  async one(): Promise<void> {
    this.#next ??= {
      appends: [append('Some/1', 'any', [event({ data: JSON.stringify(randomBytes(24_576).toString('base64')) })])],
    }
    const unit = this.#next
    const { version, position } = won(await this.#queue.commit(unit)).appends[0]!
    this.#next = undefined
    this.lines.push(JSON.stringify(['Some/1', version, position, unit.appends![0]!.events[0]!.id]))
  }

  /** Writes until it fails, and answers how. */
  async untilRefused(): Promise<unknown> {
    for (let tries = 0; tries < 10_000; tries++) {
      try {
        await this.one()
      } catch (error) {
        return error
      }
    }
    return assert.fail('there was room for all')
  }
}

if (!hasSmallDisks) {
  console.log('not run: PostgreSQL on a full disk (it is absent, or no small disk can be made on this system)')
} else {
  test('while the disk of the tables is full commits say so, reads go on, and with room the same process does too', async (t) => {
    const server = await smallDisks(t)
    const store = await postgres(server.url).open({ clock: systemClock })
    t.after(() => store.close())
    const queue = commitQueue(store, systemClock)
    const writer = new Writer(queue)
    for (let count = 0; count < 50; count++) await writer.one()
    for (let round = 0; round < 3; round++) {
      await server.fill('tables')
      const error = await writer.untilRefused()
      assert.ok(isEventwrightError(error, 'EW_STORE_FULL') && error.retryable, String(error))
      assert.equal((error.cause as { code?: string }).code, '53100')
      await assert.rejects(writer.one(), { code: 'EW_STORE_FULL' })
      await assertAcknowledged(store, writer.lines)
      await server.free('tables')
      for (let count = 0; count < 20; count++) await writer.one()
    }
    await assertAcknowledged(store, writer.lines)
    await queue.close()
  })

  test('a system whose disk is full refuses commands by a typed error, and its views catch up when there is room', async (t) => {
    const server = await smallDisks(t)
    const open = await running(t, bank, { store: postgres(server.url) })
    try {
      await open.execute(Open({ id: 'a', owner: 'ada', email: 'a@x' }))
      await server.fill('tables')
      let deposited = 0
      const deposit = async (): Promise<boolean> => {
        const deposits = Array.from({ length: 100 }, () => open.execute(Deposit({ id: 'a', amount: 1 })))
        const answers = await Promise.allSettled(deposits)
        const failed = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []))
        deposited += answers.length - failed.length
        for (const error of failed) assert.ok(isEventwrightError(error, 'EW_STORE_FULL'), String(error))
        return failed.length > 0
      }
      await until('a command was refused', deposit, 60_000)
      await server.free('tables')
      await until('all are stored again', async () => !(await deposit()), 60_000)
      assert.ok(await open.caughtUp({ timeoutMs: 60_000 }))
      assert.equal((await open.views.accounts.get('a'))?.balance, deposited)
      assert.deepEqual(
        [(await open.views.totals.get('a'))?.sum, (await open.views.totals.get('all'))?.count],
        [deposited, deposited],
      )
    } finally {
      // Before the server ends, for which a system would wait.
      await open.stop()
    }
  })

  test('a server that crashes because its log cannot grow loses nothing acknowledged, and nobody starts the process again', async (t) => {
    const server = await smallDisks(t)
    const store = await postgres(server.url).open({ clock: systemClock })
    t.after(() => store.close())
    const writer = new Writer(commitQueue(store, systemClock, { ...commitLimits, busyDeadlineMs: 2_000 }))
    const panics = (): number => server.said().split('PANIC:').length - 1
    const more = async (): Promise<boolean> => {
      const error = await writer.one().catch((reason: unknown) => reason)
      // It may be stored, so nobody may say that the disk was full and nothing is.
      if (error !== undefined) assert.ok(isEventwrightError(error, 'EW_STORE_UNREACHABLE'), String(error))
      return error === undefined
    }
    for (let round = 0; round < 3; round++) {
      const before = panics()
      await server.fill('log')
      await until('the server has crashed', async () => (await more(), panics() > before), 60_000)
      await server.free('log')
      const moreOnceItRuns = async (): Promise<boolean> => {
        // It may end only when it has tried to recover.
        if (!server.isRunning()) await server.start()
        return more()
      }
      for (let count = 0; count < 20; count++) await until('a commit was acknowledged', moreOnceItRuns, 60_000)
    }
    assert.match(server.said(), /PANIC: .*No space left on device/)
    await assertAcknowledged(store, writer.lines)
  })
}

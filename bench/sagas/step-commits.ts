import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Variant } from '../variant.ts'
import { countCommits } from './commit-count.ts'
import { perSaga } from './per-saga.ts'
import { order } from './shop.ts'

const steps = ['reserve', 'charge', 'ship'] as const

/**
 * A stand-in, written by hand, for a durable workflow that keeps a row for itself and one for each step: five
 * transactions, each of its own. A step's effect commits with its record. It is not DBOS, which does more.
 */
export async function open(folder: string, options: { callers: number }): Promise<Variant> {
  const commits = countCommits()
  const workflows = new Workflows(join(folder, 'workflows.db'))
  let placed = 0
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const run = async (): Promise<void> => {
    const data = order(placed++)
    workflows.begin(data)
    for (const step of steps) {
      await turn()
      workflows.did(data.orderId, step)
    }
    await turn()
    workflows.end(data.orderId)
  }
  return {
    measure: (forMs) => perSaga(options.callers, forMs, commits, run),
    async close() {
      workflows.close(placed)
    },
  }
}

const tables = `
  pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000;
  create table workflows (
    id text primary key, name text not null, status text not null, input text not null, output text,
    created_at integer not null, updated_at integer not null) without rowid, strict;
  create table steps (
    workflow text not null, no integer not null, name text not null, output text not null, at integer not null,
    primary key (workflow, no)) without rowid, strict;
  create table effects (id text primary key, data text not null) without rowid, strict;`

class Workflows {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #add: StatementSync
  readonly #addEffect: StatementSync
  readonly #addStep: StatementSync
  readonly #end: StatementSync

  constructor(file: string) {
    const database = (this.#database = new DatabaseSync(file))
    database.exec(tables)
    this.#begin = database.prepare('begin immediate')
    this.#commit = database.prepare('commit')
    this.#add = database.prepare(`insert into workflows values (?, 'fulfilment', 'running', ?, null, ?, ?)`)
    this.#addEffect = database.prepare('insert into effects values (?, ?)')
    this.#addStep = database.prepare('insert into steps values (?, ?, ?, ?, ?)')
    this.#end = database.prepare(`update workflows set status = 'done', output = '{}', updated_at = ? where id = ?`)
  }

  begin(data: ReturnType<typeof order>): void {
    this.#transaction(() => this.#add.run(data.orderId, JSON.stringify(data), Date.now(), Date.now()))
  }

  did(id: string, step: (typeof steps)[number]): void {
    this.#transaction(() => {
      this.#addEffect.run(`${id}/${step}`, JSON.stringify({ orderId: id }))
      const output = JSON.stringify({ paymentId: `payment-${id}` })
      this.#addStep.run(id, steps.indexOf(step), step, output, Date.now())
    })
  }

  end(id: string): void {
    this.#transaction(() => this.#end.run(Date.now(), id))
  }

  /** Throws unless so many workflows are done, each with its effects. */
  close(workflows: number): void {
    const count = (what: string): unknown =>
      this.#database.prepare(`select count(*) as count from ${what}`).get()!['count']
    const found = [count(`workflows where status = 'done'`), count('steps'), count('effects')]
    this.#database.close()
    if (found.join() !== [workflows, 3 * workflows, 3 * workflows].join())
      throw new Error(`${workflows} workflows are done, and the file holds ${found.join(', ')}.`)
  }

  #transaction(write: () => unknown): void {
    this.#begin.run()
    write()
    this.#commit.run()
  }
}

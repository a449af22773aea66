import assert from 'node:assert/strict'
import type pg from 'pg'
import { recordedTables } from './works.fixture.ts'

/** Where the works keep everything, and who may read it. */
export interface Books {
  readonly client: pg.Client
  readonly schema: string
  /** The schema of the tables that recorded SQL writes. */
  readonly beside: string
}

/** What processes have told somebody outside the database. */
export interface Told {
  /** The jobs that were acknowledged. */
  readonly taken: readonly string[]
  /** `what jobId key` of each effect outside, repeats among them. */
  readonly effects: readonly string[]
}

/** Makes the tables of recorded SQL. */
export async function makeRecordedTables({ client, beside }: Books): Promise<void> {
  for (const table of recordedTables) await client.query(`create table ${beside}.${table} (id text not null)`)
}

/** What was applied twice, as plain SQL finds it: whatever kind of consumer has done it, and for which job. */
export async function appliedTwice(books: Books): Promise<readonly string[]> {
  const { schema, beside } = books
  const tables = recordedTables.map((table) => `select '${table}' as what, id as of from ${beside}.${table}`)
  const events = `select type as what, data->>'jobId' as of from ${schema}.ew_events where part = 0`
  const sagas = `select concat_ws(' ', type, data->>'step') as what, stream as of from ${schema}.ew_events
    where part = 1 and type = any ('{${onceInSagas.join(',')}}')`
  const all = [...tables, events, sagas].join(' union all ')
  return texts(
    books,
    `select concat(what, ' of ', of, ' ', count(*), ' times') as id from (${all}) applied
      group by what, of having count(*) > 1`,
  )
}

/**
 * Compares what was applied, as plain SQL finds it, with the jobs that were taken: each of them once in everything that
 * any kind of consumer has done. Answers how many there were, and how often a channel or effects outside were repeated.
 */
export async function assertEachJobOnce(books: Books, told: Told): Promise<{ jobs: number; repeats: object }> {
  assert.deepEqual(await appliedTwice(books), [])
  const jobs = await storedJobs(books)
  const stored = new Set(jobs)
  for (const jobId of told.taken) assert.ok(stored.has(jobId), `${jobId} was acknowledged`)
  const sorted = jobs.toSorted()
  for (const table of recordedTables)
    assert.deepEqual((await texts(books, `select id from ${books.beside}.${table}`)).toSorted(), sorted, table)
  for (const type of ['Reminded', 'Stamped', 'Closed']) assert.deepEqual(await jobsOf(books, type), sorted, type)
  await assertTallied(books)
  await assertSagas(books, sorted)
  const brought = await assertChannel(books)
  await assertNothingLeft(books)
  return { jobs: jobs.length, repeats: { channel: brought - jobs.length, effects: assertEffects(told, sorted) } }
}

const onceInSagas = ['ew.SagaStarted', 'ew.StepRequested', 'ew.StepSucceeded', 'ew.SagaCompleted']

async function texts({ client }: Books, sql: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(sql)
  return rows.map(({ id }) => id)
}

/** In the order of the log. */
function storedJobs(books: Books): Promise<string[]> {
  return texts(
    books,
    `select data->>'jobId' as id from ${books.schema}.ew_events where type = 'JobTaken' order by position`,
  )
}

async function jobsOf(books: Books, type: string): Promise<string[]> {
  const sql = `select data->>'jobId' as id from ${books.schema}.ew_events where part = 0 and type = '${type}'`
  return (await texts(books, sql)).toSorted()
}

/** The view has counted each job, and nothing twice. */
async function assertTallied({ client, schema }: Books): Promise<void> {
  const active = `select generation from ${schema}.ew_views where view = 'tally' and state = 'active'`
  const { rows: generations } = await client.query<{ generation: number }>(active)
  const table = `${schema}.view_tally_${generations[0]!.generation}`
  const { rows: shown } = await client.query(`select customer, jobs::int as jobs from ${table} order by customer`)
  const { rows: counted } = await client.query(
    `select data->>'customer' as customer, count(*)::int as jobs from ${schema}.ew_events where type = 'JobTaken'
      group by 1 order by 1`,
  )
  assert.deepEqual(shown, counted, 'the view equals what its events say')
}

/** Each instance is completed: it has its start, four steps and its end. */
async function assertSagas({ client, schema }: Books, jobs: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ stream: string; count: number }>(
    `select stream, count(*)::int as count from ${schema}.ew_events
      where part = 1 and type = any ('{${onceInSagas.join(',')}}') group by 1`,
  )
  const expected = jobs.map((jobId) => ({ stream: `working/${jobId}`, count: 10 }))
  const byStream = (a: { stream: string }, b: { stream: string }): number => (a.stream < b.stream ? -1 : 1)
  assert.deepEqual(rows.toSorted(byStream), expected.toSorted(byStream))
}

/** What a channel brings first stands in the order of the log, whatever it repeats. Answers how much it has brought. */
async function assertChannel({ client, schema }: Books): Promise<number> {
  const { rows: brought } = await client.query<{ key: string; id: string }>(
    `select m.key, m.value::json->>'jobId' as id from ${schema}.ew_messages m
      join ${schema}.ew_channels c on c.no = m.channel where c.name = 'jobs' order by m.partition, m."offset"`,
  )
  const { rows: logged } = await client.query<{ key: string; id: string }>(
    `select data->>'customer' as key, data->>'jobId' as id from ${schema}.ew_events where type = 'JobTaken'
      order by position`,
  )
  const orderOf = (rows: readonly { key: string; id: string }[]): object =>
    Object.fromEntries(
      [...Map.groupBy(rows, ({ key }) => key)].map(([key, of]) => [key, [...new Set(ids(of))]]).toSorted(),
    )
  assert.deepEqual(orderOf(brought), orderOf(logged), 'the channel has each job, in the order of the log')
  return brought.length
}

function ids(rows: readonly { id: string }[]): string[] {
  return rows.map(({ id }) => id)
}

/** Outside the database each effect was done at least once, and always under one key. Answers how many were repeats. */
function assertEffects({ effects }: Told, jobs: readonly string[]): number {
  const keys = new Set(effects)
  const byKind = Map.groupBy(keys, (effect) => effect.split(' ')[0]!)
  assert.deepEqual([...byKind.keys()].toSorted(), ['booking', 'delivering', 'fetch'])
  for (const [kind, of] of byKind)
    assert.deepEqual(of.map((effect) => effect.split(' ')[1]!).toSorted(), jobs, `${kind} has one key for each job`)
  return effects.length - keys.size
}

async function assertNothingLeft({ client, schema }: Books): Promise<void> {
  for (const what of ['ew_parked_keys', 'ew_timers', 'ew_sagas where closed = 0', 'ew_mail where body is not null']) {
    const { rows } = await client.query(`select count(*)::int as count from ${schema}.${what}`)
    assert.deepEqual(rows, [{ count: 0 }], what)
  }
}

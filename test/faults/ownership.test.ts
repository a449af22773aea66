import assert from 'node:assert/strict'
import { describe, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from 'eventwright'
import type { Unit } from '../../src/ports/unit-of-work.ts'
import { chance } from '../fixtures/chance.ts'
import { startChild, type Child } from '../fixtures/child.ts'
import type { Fault, Place } from '../fixtures/held-store.ts'
import { connectTo } from '../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { longTest, roundsOf, torture } from '../fixtures/torture.ts'
import { until } from '../runtime/running.fixture.ts'
import { appliedTwice, assertEachJobOnce, makeRecordedTables, type Books, type Told } from './works-ledger.ts'

const rounds = roundsOf(3, 50)
const patienceMs = 120_000
const moreEachRound = 5

/** A kind of consumer, where its owner is stopped, and what has to be taken away for that to do harm. */
interface Kind {
  readonly what: string
  readonly consumer: string
  readonly place: Place
  /** What becomes of the work that it was at. */
  readonly becomes: RegExp
  readonly guards: readonly Fault[]
  /** What is applied twice without them. */
  readonly twice: string
  /** Where that shows, unless at `place`. */
  readonly shows?: Place
}

const before = (consumer: string, work: keyof Unit): Pick<Kind, 'place' | 'consumer' | 'becomes'> => ({
  consumer,
  place: { consumer, work },
  becomes: /^became owner( owner)*$/,
})

const kinds: readonly Kind[] = [
  { what: 'projections', ...before('view:tally#', 'rows'), guards: ['fence'], twice: 'tallied' },
  { what: 'subscriptions', ...before('office/subscription:booking', 'statements'), guards: ['fence'], twice: 'booked' },
  {
    what: 'sagas',
    ...before('office/saga:working', 'appends'),
    guards: ['fence'],
    twice: 'ew.',
    // What begins in the commit of its event is not begun by anybody else while that has not been committed.
    shows: { consumer: 'office/saga:working', work: 'statements' },
  },
  // What they send has a constant key, by which whoever receives it twice does it once.
  { what: 'timers', ...before('office/timers', 'timers'), guards: ['fence', 'inbox'], twice: 'Reminded' },
  {
    what: 'relays',
    consumer: 'office/relay:jobs',
    place: { channel: 'jobs' },
    // A broker takes whatever it is given; behind the channel a repeat is recognised.
    becomes: /^became published$/,
    guards: ['inbox'],
    twice: 'delivered',
  },
]

interface Works {
  readonly books: Books
  readonly children: readonly Child[]
}

async function startWorks(t: TestContext, faults: readonly Fault[]): Promise<Works> {
  const { url, schema, adapter } = freshPostgres()
  await (await adapter.open({ clock: systemClock })).close()
  const books = { client: await connectTo(t, url), schema, beside: `${schema}_beside` }
  await makeRecordedTables(books)
  const children = ['a', 'b'].map((name) => startChild('owning-process', url, schema, name, '15', ...faults))
  t.after(() => Promise.all(children.map(({ process, ended }) => (process.kill('SIGKILL'), ended))))
  for (const child of children) await says(child, /^ready$/, 0)
  return { books, children }
}

/** Waits until one of its lines from a number on is like that. */
async function says(child: Child, pattern: RegExp, from: number): Promise<RegExpExecArray> {
  let found: RegExpExecArray | undefined
  const look = (): boolean => {
    found = match(child, pattern, from)
    assert.ok(found !== undefined || child.process.exitCode === null, 'it still runs')
    return found !== undefined
  }
  await until(`a process says ${pattern}`, look, patienceMs)
  return found!
}

function match({ lines }: Child, pattern: RegExp, from: number): RegExpExecArray | undefined {
  for (const line of lines.slice(from)) {
    const found = pattern.exec(line)
    if (found !== null) return found
  }
  return undefined
}

/** Asks both processes to wait there; answers the one that came first, and where its lines stood before. */
async function heldAt({ children }: Works, place: Place): Promise<{ victim: Child; from: number; at: number[] }> {
  const starts = children.map(({ lines }) => lines.length)
  for (const { process } of children) process.stdin!.write(`hold ${JSON.stringify(place)}\n`)
  const held = (n: number): RegExpExecArray | undefined => match(children[n]!, /^held (.*)$/, starts[n]!)
  let first = -1
  const look = (): boolean => (first = children.findIndex((_, n) => held(n) !== undefined)) >= 0
  await until('a process is held', look, patienceMs)
  for (const [n, { process }] of children.entries()) if (n !== first) process.stdin!.write('go\n')
  return { victim: children[first]!, from: starts[first]!, at: JSON.parse(held(first)![1]!) as number[] }
}

interface Held {
  readonly consumer: string
  readonly source: string
  readonly bucket: number
  readonly epoch: string
  readonly position: string
  readonly moved_at: string
}

async function heldBy({ books }: Works, owner: string, consumer: string): Promise<readonly Held[]> {
  const sql = `select consumer, source, bucket, epoch, position, moved_at from ${books.schema}.ew_ownership
    where owner = $1 and starts_with(consumer, $2)`
  return (await books.client.query<Held>(sql, [owner, consumer])).rows
}

/** Waits until all of it is in other hands, which have gone on with these buckets of it, or with any. */
async function takenOver({ books }: Works, held: readonly Held[], at: readonly number[]): Promise<void> {
  const sql = `select o.consumer, o.bucket, o.epoch > h.epoch as taken,
      o.epoch > h.epoch and (o.position > h.position or o.moved_at > h.moved_at) as moved
    from ${books.schema}.ew_ownership o join json_to_recordset($1)
      as h(consumer text, source text, bucket int, epoch bigint, position bigint, moved_at bigint)
      on (o.consumer, o.source, o.bucket) = (h.consumer, h.source, h.bucket)`
  const isOver = async (): Promise<string | undefined> => {
    const { rows } = await books.client.query<Taken>(sql, [JSON.stringify(held)])
    const left = rows.filter(({ taken }) => !taken).map(({ consumer, bucket }) => `${consumer} ${bucket}`)
    if (left.length > 0) return `nobody has taken ${left.slice(0, 5).join(', ')}`
    const moved = rows.filter((row) => row.moved)
    const isMoved = at.length === 0 ? moved.length > 0 : at.every((n) => moved.some(({ bucket }) => bucket === n))
    const shown = (of: readonly Taken[]): string => of.map(({ consumer, bucket }) => `${consumer} ${bucket}`).join(', ')
    return isMoved ? undefined : `of ${shown(rows.slice(0, 20))} only ${shown(moved)} have moved`
  }
  let why: string | undefined
  await until(
    'another process has taken over and gone on',
    async () => (why = await isOver()) === undefined,
    patienceMs,
  ).catch((error: unknown) => assert.fail(`${String(error)} ${why}`))
}

interface Taken {
  readonly consumer: string
  readonly bucket: number
  readonly taken: boolean
  readonly moved: boolean
}

const ownerOf = async (child: Child): Promise<string> => (await says(child, /^owner (.*)$/, 0))[1]!

/** Stops the owner when it has worked something out and not committed it yet, and lets it do so when it is replaced. */
async function stopAtWork(works: Works, { place, consumer }: Kind): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { victim, from, at } = await heldAt(works, place)
    const owner = await ownerOf(victim)
    victim.process.kill('SIGSTOP')
    const held = await heldBy(works, owner, consumer)
    // On a busy machine its lease may be over before anybody has asked what it owns.
    const isOwner = held.length > 0 && at.every((n) => held.some(({ bucket }) => bucket === n))
    if (isOwner) await takenOver(works, held, at)
    victim.process.kill('SIGCONT')
    victim.process.stdin!.write('go\n')
    const [became] = await says(victim, /^became .*$/, from)
    if (isOwner) return became
    assert.ok(attempt < 10, 'it owns what it is at work on')
    await takesMore(works.children)
  }
}

/** Stops a process at any moment, whatever it is at. */
async function stopAnywhere(works: Works, victim: Child): Promise<void> {
  const owner = await ownerOf(victim)
  // Some channels and partitions have no messages at all: whoever takes these over has nothing to go on with.
  const worked = async (): Promise<readonly Held[]> =>
    (await heldBy(works, owner, '')).filter(({ position }) => position !== '0')
  await until('it owns something that is worked on', async () => (await worked()).length > 0, patienceMs)
  await sleep(chance() * 300)
  victim.process.kill('SIGSTOP')
  const held = await worked()
  if (held.length > 0) await takenOver(works, held, [])
  victim.process.kill('SIGCONT')
}

async function takesMore(children: readonly Child[]): Promise<void> {
  const taken = ({ lines }: Child): number => lines.filter((line) => line.startsWith('taken ')).length
  const goals = children.map((child) => taken(child) + moreEachRound)
  const look = (): boolean => {
    for (const { process } of children) assert.equal(process.exitCode, null, 'it still runs')
    return children.every((child, n) => taken(child) >= goals[n]!)
  }
  await until('both processes take more jobs', look, patienceMs)
}

async function end({ children }: Works): Promise<Told> {
  for (const { process } of children) process.stdin!.end()
  assert.deepEqual(await Promise.all(children.map(({ ended }) => ended)), [0, 0])
  const after = (word: string): string[] =>
    children.flatMap(({ lines }) => lines.flatMap((line) => (line.startsWith(word) ? [line.slice(word.length)] : [])))
  return { taken: after('taken '), effects: after('told ') }
}

async function replaceAgain(t: TestContext, kind: Kind): Promise<void> {
  const works = await startWorks(t, [])
  await takesMore(works.children)
  for (let round = 0; round < rounds; round++) {
    if (round % 3 === 2) await stopAnywhere(works, works.children[round % 2]!)
    else assert.match(await stopAtWork(works, kind), kind.becomes, 'what it had worked out is refused')
    await takesMore(works.children)
    if (torture) console.log(`${kind.what}: round ${round + 1} of ${rounds}`)
  }
  const { jobs, repeats } = await assertEachJobOnce(works.books, await end(works))
  t.diagnostic(`${jobs} jobs, repeats that were recognised: ${JSON.stringify(repeats)}`)
}

async function replaceUnguarded(t: TestContext, kind: Kind): Promise<void> {
  const works = await startWorks(t, kind.guards)
  await takesMore(works.children)
  const isSeen = async (): Promise<boolean> =>
    (await appliedTwice(works.books)).some((what) => what.startsWith(kind.twice))
  // Work such as a note that an attempt has failed may stand there twice and not be applied twice.
  for (let attempt = 1; !(await isSeen()); attempt++) {
    assert.ok(attempt <= 10, `nothing is applied twice: ${kind.twice}`)
    await stopAtWork(works, { ...kind, place: kind.shows ?? kind.place })
    await takesMore(works.children)
  }
}

// Most of the time is the lease, which they wait for together.
if (postgresUrl() !== undefined)
  describe('processes of one service group on PostgreSQL', { concurrency: 3 }, () => {
    for (const kind of kinds) {
      longTest(
        `an owner of ${kind.what} stopped past its lease and replaced applies nothing twice when it goes on`,
        (t) => replaceAgain(t, kind),
      )
      longTest(
        `without ${kind.guards.join(' and ')} an owner of ${kind.what} that goes on applies something twice`,
        (t) => replaceUnguarded(t, kind),
      )
    }
  })

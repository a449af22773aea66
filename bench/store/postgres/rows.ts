import { compare, type Comparison } from '../../paired.ts'
import { installPeers, withVersion } from '../../peers/install.ts'
import { notRun, type Bench, type Measure, type Row, type Words } from '../../suite.ts'
import type { VariantModule } from '../../variant.ts'
import { viewRows, viewWords } from '../append-to-view.ts'
import { fill } from '../filling.ts'
import { replayDetails } from '../memory-watch.ts'
import { type Databases, onServer } from './databases.ts'
import { pgbenchProblem } from './pgbench.ts'

/** A comparison on PostgreSQL. Each side gets a database of its own as its option `store`. */
export interface PostgresComparison extends Words, Pick<Comparison, 'details' | 'warmUps'> {
  readonly ours: VariantModule
  readonly theirs: VariantModule
  /** The package that `theirs` measures; its name stands in `peer`. */
  readonly package?: string
  /** Why `theirs` cannot run here. */
  problem?(): string | undefined
  /** What our database holds before; the sides get it as `streams` and `events`, and its URL as `filled`. */
  filled?(bench: Bench): { readonly streams: number; readonly events: number }
  /** For pieces of work of a fixed size. */
  readonly fixed?: true
}

const orderedInsert =
  'hand-written SQL through pg: same tables and checks, one transaction of one round trip per append'

function appends(callers: number, peer: Partial<PostgresComparison>): PostgresComparison {
  return {
    id: `pg-append-${callers}`,
    what: `${callers} append${callers === 1 ? '' : 's'} in flight, each 1 event of 250 B (made before) to a new stream`,
    unit: 'appends/s',
    peer: callers > 1 ? `${orderedInsert}, 20 connections` : orderedInsert,
    target: null,
    ours: { file: 'store/append-ours.ts', options: { callers } },
    theirs: { file: 'store/postgres/append-raw.ts', options: { callers } },
    ...peer,
  }
}

const streamsOfThousand = { streams: 50, events: 1_000 }
const readOurs = {
  what: 'one stream of 1,000 events, decoded',
  unit: 'events/s',
  ours: { file: 'store/read-ours.ts' },
  filled: () => streamsOfThousand,
} as const

const comparisons: readonly PostgresComparison[] = [
  // Some 3,000 calls a second: the compiler is through with them after about 15 s.
  appends(1, { target: '>= 0.9', warmUps: 6 }),
  appends(16, {
    peer: 'pgbench: INSERT of the same row into the same table, -n -M prepared -c 16 -j 2',
    target: '>= 0.9',
    theirs: { file: 'store/postgres/pgbench.ts', options: { callers: 16 } },
    problem: pgbenchProblem,
  }),
  appends(512, { target: '>= 12' }),
  appends(512, {
    id: 'pg-append-512-bare',
    peer: 'a bare INSERT into the same table through pg, 20 connections: no stream, no head, so readers may miss events',
    theirs: { file: 'store/postgres/append-raw.ts', options: { callers: 512, bare: true } },
  }),
  appends(512, {
    id: 'pg-append-512-emmett',
    peer: '@event-driven-io/emmett-postgresql, pool of 20',
    // Wanted were 30; docs/decisions/0006 says why not.
    target: '>= 15',
    theirs: { file: 'peers/emmett-postgres.ts', options: { callers: 512 } },
    package: '@event-driven-io/emmett-postgresql',
  }),
  appends(512, {
    id: 'pg-append-512-message-db',
    peer: 'SQL of @eventide/message-db through pg, pool of 20, all streams of one category',
    theirs: { file: 'peers/message-db.ts', options: { callers: 512 } },
    package: '@eventide/message-db',
  }),
  appends(512, {
    id: 'pg-append-512-4',
    what: 'the same appends from 4 processes, 128 in flight each',
    peer: `${orderedInsert}, 4 processes with 5 connections each`,
    ours: { file: 'store/together.ts', options: { file: 'store/append-ours.ts', processes: 4, callers: 128 } },
    theirs: {
      file: 'store/together.ts',
      options: { file: 'store/postgres/append-raw.ts', processes: 4, callers: 128, poolSize: 5 },
    },
  }),
  {
    id: 'pg-units-10-streams',
    what: '64 commands in flight, each 10 events in 10 of 3,000 streams',
    unit: 'commands/s',
    peer: 'hand-written SQL through pg: same tables, one transaction of one round trip per unit, 20 connections',
    target: '>= 2.5',
    ours: { file: 'store/postgres/units-ours.ts', options: { callers: 64 } },
    theirs: { file: 'store/postgres/units-raw.ts', options: { callers: 64 } },
  },
  {
    id: 'pg-units-10-streams-together',
    what: '64 commands in flight, each 10 events in 10 of 3,000 streams',
    unit: 'commands/s',
    peer: 'hand-written SQL through pg: 240 events in 240 streams by one statement, as 24 units, one after the other',
    target: '>= 0.9',
    ours: { file: 'store/postgres/units-ours.ts', options: { callers: 64 } },
    theirs: { file: 'store/postgres/units-together.ts' },
  },
  {
    id: 'pg-bulk',
    what: '32 appends in flight, each 100 events of 250 B (made before) to a new stream',
    unit: 'events/s',
    peer: 'COPY of the same rows, 50 streams at a time, by pg-copy-streams',
    target: '>= 0.9',
    ours: { file: 'store/append-ours.ts', options: { callers: 32, events: 100 } },
    theirs: { file: 'peers/copy.ts', options: { events: 100 } },
    package: 'pg-copy-streams',
  },
  {
    ...readOurs,
    id: 'pg-read-stream',
    peer: 'one prepared statement through pg, rows as arrays, JSON.parse',
    target: '>= 0.9',
    theirs: { file: 'store/postgres/read-raw.ts' },
  },
  {
    ...readOurs,
    id: 'pg-read-stream-emmett',
    peer: 'readStream of @event-driven-io/emmett-postgresql',
    target: '>= 3',
    theirs: { file: 'peers/emmett-postgres.ts', options: streamsOfThousand },
    package: '@event-driven-io/emmett-postgresql',
  },
  {
    id: 'pg-replay',
    what: 'a log of ten-event streams into a new view of 7,200 rows',
    unit: 'events/s',
    peer: 'pages of arrays through pg, JSON.parse and a Map: nothing written',
    target: null,
    ours: { file: 'store/replay-ours.ts', flags: ['--expose-gc'] },
    theirs: { file: 'store/postgres/replay-raw.ts', flags: ['--expose-gc'] },
    filled: ({ quick }) => ({ streams: quick ? 20_000 : 100_000, events: 10 }),
    fixed: true,
    details: replayDetails,
  },
]

/** The rows on the server of `EVENTWRIGHT_POSTGRES_URL`. */
export const postgresMeasures: readonly Measure[] = [
  ...comparisons.map((comparison) => ({
    id: comparison.id,
    run: (bench: Bench) => onServer([comparison], async (databases) => [await row(comparison, databases, bench)]),
  })),
  {
    id: 'pg-append-to-view',
    run: (bench) =>
      onServer(viewWords('pg-append-to-view'), async (databases) =>
        viewRows('pg-append-to-view', { store: await databases.create('view') }, bench),
      ),
  },
]

async function row(comparison: PostgresComparison, databases: Databases, bench: Bench): Promise<Row> {
  const { package: peer, filled, fixed } = comparison
  const problem = comparison.problem?.() ?? (peer === undefined ? undefined : await installPeers())
  if (problem !== undefined) return notRun(comparison, problem)
  const [mine, other] = [
    await databases.create(`${comparison.id}-ours`),
    await databases.create(`${comparison.id}-theirs`),
  ]
  const log = filled?.(bench)
  if (log !== undefined) await fill({ store: mine, ...log }, bench)
  const side = (module: VariantModule, store: string): VariantModule => {
    const options = log && { ...log, events: fixed ? log.streams * log.events : log.events, filled: mine }
    return { ...module, options: { ...options, ...module.options, store } }
  }
  return await compare(
    {
      ...comparison,
      peer: peer === undefined ? comparison.peer : withVersion(comparison.peer, peer),
      ours: side(comparison.ours, mine),
      theirs: side(comparison.theirs, other),
      forMs: bench.quick ? 1_000 : 2_000,
      repetitions: bench.quick ? (comparison.target === null ? 3 : 5) : fixed ? 5 : 11,
    },
    bench,
  )
}

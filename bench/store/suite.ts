import { join } from 'node:path'
import { installPeers, peerVersion } from '../peers/install.ts'
import { compare } from '../paired.ts'
import { notRun, type Bench, type Row, type Suite } from '../suite.ts'
import { viewRows } from './append-to-view.ts'
import { fill } from './filling.ts'
import { importRow } from './import-rows.ts'
import { replayDetails } from './memory-watch.ts'
import { postgresMeasures } from './postgres/rows.ts'

/** The event store on SQLite and PostgreSQL: appends, reads, replay, the way to a view, a large import. */
export function storeSuite(): Suite {
  return {
    name: 'store',
    what: 'the event store on SQLite and PostgreSQL',
    measures: [
      { id: 'sqlite-append-64', run: append },
      { id: 'sqlite-append-64-raw', run: appendRaw },
      { id: 'sqlite-read-stream', run: readStream },
      { id: 'sqlite-replay', run: replay },
      { id: 'append-to-view', run: appendToView },
      { id: 'sqlite-emmett', run: emmett },
      { id: 'import-541909', run: imported },
      ...postgresMeasures,
    ],
  }
}

const appendForMs = ({ quick }: Bench): number => (quick ? 1_200 : 2_000)
const timesOf = ({ quick }: Bench): number => (quick ? 5 : 11)
const ours = { file: 'store/append-ours.ts' }

async function append(bench: Bench): Promise<Row[]> {
  return [
    await compare(
      {
        id: 'sqlite-append-64',
        what: '64 appends in flight, each 1 event of 250 B (made before) to a new stream',
        unit: 'appends/s',
        peer: 'hand-written node:sqlite, same tables and checks, one transaction per append',
        target: '>= 12',
        restsOnFsync: true,
        ours,
        theirs: { file: 'store/append-raw.ts', options: { batched: false } },
        forMs: appendForMs(bench),
        repetitions: timesOf(bench),
      },
      bench,
    ),
  ]
}

async function appendRaw(bench: Bench): Promise<Row[]> {
  return [
    await compare(
      {
        id: 'sqlite-append-64-raw',
        what: 'the same appends',
        unit: 'appends/s',
        peer: 'hand-written node:sqlite, same tables and checks, what waits in one transaction',
        target: '>= 0.8',
        ours,
        theirs: { file: 'store/append-raw.ts', options: { batched: true } },
        forMs: appendForMs(bench),
        repetitions: timesOf(bench),
      },
      bench,
    ),
  ]
}

async function readStream(bench: Bench): Promise<Row[]> {
  const log = { store: join(bench.folder, 'streams.db'), streams: 50, events: 1_000 }
  await fill(log, bench)
  return [
    await compare(
      {
        id: 'sqlite-read-stream',
        what: 'one stream of 1,000 events, decoded',
        unit: 'events/s',
        peer: 'node:sqlite rows as arrays and JSON.parse',
        target: '>= 0.8',
        ours: { file: 'store/read-ours.ts', options: log },
        theirs: { file: 'store/read-raw.ts', options: log },
        forMs: bench.quick ? 700 : 1_500,
        repetitions: timesOf(bench),
      },
      bench,
    ),
  ]
}

async function replay(bench: Bench): Promise<Row[]> {
  const streams = bench.quick ? 20_000 : 100_000
  const log = { store: join(bench.folder, 'log.db'), streams, events: 10 }
  await fill(log, bench)
  const options = { store: log.store, events: streams * log.events }
  return [
    await compare(
      {
        id: 'sqlite-replay',
        what: `${options.events.toLocaleString('en-GB')} events into a new view of 7,200 rows`,
        unit: 'events/s',
        peer: 'pages of node:sqlite arrays, JSON.parse and a Map: nothing written',
        target: null,
        ours: { file: 'store/replay-ours.ts', options, flags: ['--expose-gc'] },
        theirs: { file: 'store/replay-raw.ts', options, flags: ['--expose-gc'] },
        forMs: 0,
        repetitions: bench.quick ? 3 : 5,
        details: replayDetails,
      },
      bench,
    ),
  ]
}

async function appendToView(bench: Bench): Promise<readonly Row[]> {
  return viewRows('append-to-view', undefined, bench)
}

async function emmett(bench: Bench): Promise<Row[]> {
  const words = {
    id: 'sqlite-emmett',
    what: '64 appends in flight, beside Emmett',
    unit: 'appends/s',
    target: '>= 15',
    peer: "Emmett's SQLite store on one connection, appends in line",
  }
  bench.progress.begin('installing Emmett', 1)
  const problem = await installPeers()
  bench.progress.step()
  if (problem !== undefined) return [notRun(words, problem)]
  const version = peerVersion('@event-driven-io/emmett-sqlite')
  return [
    await compare(
      {
        ...words,
        peer: `@event-driven-io/emmett-sqlite ${version} on one connection, appends in line`,
        restsOnFsync: true,
        ours,
        theirs: { file: 'peers/emmett-sqlite.ts' },
        forMs: appendForMs(bench),
        repetitions: timesOf(bench),
        details: (_, theirs) => theirs.at(-1)!.details,
        note:
          'on connections of its own (its default) all but one of 64 concurrent appends fail by SQLITE_BUSY; concurrent appends on ' +
          'one connection share a transaction and are acknowledged before it is committed, so neither is a comparison',
      },
      bench,
    ),
  ]
}

async function imported(bench: Bench): Promise<Row[]> {
  return [await importRow(bench)]
}

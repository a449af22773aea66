import { join } from 'node:path'
import { installPeers, peerVersion } from '../peers/install.ts'
import { compare, rowOf } from '../paired.ts'
import type { Bench, Row, Suite } from '../suite.ts'
import { VariantProcess, type Measured } from '../variant.ts'
import { importRow } from './import-rows.ts'

/** The event store on SQLite: appends, reads, replay, the way to a view, Emmett beside it, a large import. */
export function storeSuite(): Suite {
  return {
    name: 'store',
    what: 'the event store on SQLite',
    async run(bench) {
      const rows: Row[] = []
      for (const measure of [append, appendRaw, readStream, replay, appendToView, emmett, imported])
        rows.push(...(await measure(bench)))
      return rows
    },
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
  const log = { file: join(bench.folder, 'streams.db'), streams: 50, events: 1_000 }
  await build(log, bench)
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
  const log = { file: join(bench.folder, 'log.db'), streams, events: 10 }
  await build(log, bench)
  const options = { file: log.file, events: streams * log.events }
  const highest = (all: readonly Measured[]): number =>
    Math.max(...all.map(({ details }) => Number(details?.['highest resident MiB'])))
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
        details: (mine, theirs) => ({
          ...mine.at(-1)!.details,
          'highest resident MiB': highest(mine),
          'theirs, resident MiB': highest(theirs),
        }),
      },
      bench,
    ),
  ]
}

async function build(
  log: { readonly file: string; readonly streams: number; readonly events: number },
  { folder, progress }: Bench,
): Promise<void> {
  progress.begin(`filling a file with ${(log.streams * log.events).toLocaleString('en-GB')} events`, 1)
  const filling = await VariantProcess.open({ file: 'store/build-streams.ts', options: log }, 'filling', folder)
  try {
    await filling.measure(0)
    await filling.close()
    progress.step()
  } finally {
    filling.kill()
  }
}

/** Two rows of one run: the times until the acknowledgement and until the view shows it belong to the same appends. */
async function appendToView(bench: Bench): Promise<Row[]> {
  const times = timesOf(bench)
  bench.progress.begin('append-to-view', times + 1)
  const variant = await VariantProcess.open({ file: 'store/view-latency.ts' }, 'append-to-view', bench.folder)
  const all: Record<string, number>[] = []
  try {
    for (let run = 0; run <= times; run++) {
      const { details } = await variant.measure(bench.quick ? 1_500 : 3_000)
      if (run > 0) all.push(details as Record<string, number>)
      bench.progress.step()
    }
    await variant.close()
  } finally {
    variant.kill()
  }
  return [viewRow(all, 50), viewRow(all, 99)]
}

function viewRow(all: readonly Record<string, number>[], percent: 50 | 99): Row {
  const pairs = all.map((each) => ({ ours: each[`visible${percent}`]!, theirs: each[`ack${percent}`]! }))
  const row = rowOf({
    id: `append-to-view-p${percent}`,
    what: `one command at a time until its view shows it, p${percent}`,
    unit: 'ms',
    peer: 'the acknowledgement of the same commands',
    target: null,
    pairs,
  })
  if (percent === 99) return row
  const isMet = row.ours! <= row.theirs! * 1.3 + 2
  return {
    ...row,
    target: '<= ack * 1.3 + 2 ms',
    verdict: isMet ? 'met' : 'missed',
    details: { 'samples a repetition': all.at(-1)!['samples']! },
  }
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
  if (problem !== undefined)
    return [{ ...words, ratio: null, ours: null, theirs: null, repetitions: [], verdict: 'not run', note: problem }]
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

import type { Bench, Row, Suite, Words } from '../suite.ts'
import { onServer } from '../store/postgres/databases.ts'
import { longRun } from './parts.ts'
import { relationSizes } from './sizes.ts'

const runs = [
  {
    id: 'pg-large-append',
    what: 'streams of ten events of 250 B, 64 appends of five in flight',
    file: 'large/append-many.ts',
  },
  { id: 'pg-large-read', what: 'the whole log, decoded, page by page', file: 'large/read-all.ts' },
  { id: 'pg-large-replay', what: 'the whole log into a new view of 7,200 rows', file: 'large/replay-all.ts' },
] as const

const sizes = {
  id: 'pg-large-sizes',
  what: 'tables and indexes',
  unit: 'B/event',
  peer: 'the data of the events',
  target: null,
}

/** A log of many events on PostgreSQL: whether speed and memory stay what they were, and how large it gets. */
export function largeSuite(): Suite {
  return {
    name: 'large',
    what: 'a log of 10 million events on PostgreSQL',
    takesEvents: true,
    measures: [{ id: 'pg-large', run: large }],
  }
}

async function large(bench: Bench): Promise<readonly Row[]> {
  const events = bench.events ?? (bench.quick ? 200_000 : 10_000_000)
  const words = runs.flatMap(({ id, what }): Words[] => {
    const of = { what, peer: 'the first tenth of the events' }
    return [
      { ...of, id, unit: 'events/s', target: null },
      { ...of, id: `${id}-resident`, unit: 'MiB', target: '<= 1.1' },
      { ...of, id: `${id}-heap`, unit: 'MiB', target: '<= 1.1' },
    ]
  })
  return onServer([...words, sizes], async (databases) => {
    const store = await databases.create('large')
    const rows: Row[] = []
    for (const run of runs) rows.push(...(await longRun({ ...run, store, events }, bench)))
    return [...rows, await sizesRow(store, events)]
  })
}

async function sizesRow(store: string, events: number): Promise<Row> {
  const relations = await relationSizes(store)
  const total = relations.reduce((sum, { bytes }) => sum + bytes, 0)
  const large = relations.filter(({ bytes }) => bytes > total / 100)
  const details = Object.fromEntries(large.map(({ name, bytes }) => [`${name} MiB`, bytes / 2 ** 20]))
  const [ours, theirs] = [total / events, 250]
  return {
    ...sizes,
    ratio: ours / theirs,
    ours,
    theirs,
    repetitions: [],
    verdict: 'no target',
    details: { events, 'all MiB': total / 2 ** 20, ...details },
  }
}

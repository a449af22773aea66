import { measurePairs, rowOf, type Pair } from '../../paired.ts'
import { installPeers, withVersion } from '../../peers/install.ts'
import { type Databases, onServer } from '../../store/postgres/databases.ts'
import { median, notRun, type Bench, type Measure, type Repetition, type Row, type Words } from '../../suite.ts'
import { VariantProcess, type VariantModule } from '../../variant.ts'
import { recoveryMeasure } from './recovery.ts'
import { walSyncs } from './wal-syncs.ts'

const dbos = '@dbos-inc/dbos-sdk'
const fsyncsOfSaga = 0.2

interface SagaComparison extends Words {
  readonly callers: number
  readonly theirs: 'peers/dbos.ts' | 'sagas/postgres/step-commits.ts'
}

function sagas(callers: number, target: string | null): SagaComparison {
  return {
    id: `pg-sagas-${callers}`,
    what: `saga of three local steps on PostgreSQL, ${callers} in flight`,
    unit: 'sagas/s',
    peer: `${dbos}: a workflow of three steps that do nothing, pool of 20`,
    target,
    callers,
    theirs: 'peers/dbos.ts',
  }
}

const comparisons: readonly SagaComparison[] = [
  sagas(1, '>= 3'),
  sagas(64, '>= 10'),
  {
    ...sagas(64, null),
    id: 'pg-sagas-64-raw',
    peer: 'hand-written stand-in through pg: five transactions each, one for the start, each step and the end, 20 connections',
    theirs: 'sagas/postgres/step-commits.ts',
  },
]

const fsyncs: SagaComparison = {
  ...sagas(64, `<= ${fsyncsOfSaga} a saga`),
  id: 'pg-sagas-64-fsyncs',
  what: 'the same, how often the server syncs its write-ahead log',
  unit: 'fsyncs/saga',
}

/** Sagas on the server of `EVENTWRIGHT_POSTGRES_URL`, beside DBOS and by hand. */
export const postgresMeasures: readonly Measure[] = [
  ...comparisons.map((comparison) => measure(comparison, rateRow)),
  measure(fsyncs, fsyncRow),
  recoveryMeasure,
]

type RowOf = (comparison: SagaComparison, databases: Databases, bench: Bench) => Promise<Row>

function measure(comparison: SagaComparison, rowOf: RowOf): Measure {
  return {
    id: comparison.id,
    run: (bench) =>
      onServer([comparison], async (databases) => {
        if (comparison.theirs !== 'peers/dbos.ts') return [await rowOf(comparison, databases, bench)]
        const problem = await installPeers()
        if (problem !== undefined) return [notRun(comparison, problem)]
        return [await rowOf({ ...comparison, peer: withVersion(comparison.peer, dbos) }, databases, bench)]
      }),
  }
}

async function rateRow(comparison: SagaComparison, databases: Databases, bench: Bench): Promise<Row> {
  const sides = {
    ours: ours(comparison, await databases.create(`${comparison.id}-ours`)),
    theirs: theirs(comparison, await databases.create(`${comparison.id}-theirs`)),
  }
  // A saga runs through more code than an append, and less often.
  const timing = { forMs: forMs(bench), repetitions: bench.quick ? 3 : 11, warmUps: 4 }
  const pairs = await measurePairs({ id: comparison.id, ...sides, ...timing }, bench)
  const { id, what, unit, peer, target } = comparison
  const rates = pairs.map(({ ours, theirs }) => ({ ours: ours.value, theirs: theirs.value }))
  return {
    ...rowOf({ id, what, unit, peer, target, pairs: rates }),
    details: { ...seen(pairs, 'ours', ''), ...seen(pairs, 'theirs', 'theirs, ') },
  }
}

/** Medians over the repetitions. */
function seen(pairs: readonly Pair[], side: keyof Pair, before: string): Record<string, number> {
  const names = { p50Ms: 'p50 ms', p99Ms: 'p99 ms', cpuMs: 'CPU ms a saga in Node' }
  return Object.fromEntries(
    Object.entries(names).map(([name, words]) => [
      `${before}${words}`,
      median(pairs.map((pair) => Number(pair[side].details![name]))),
    ]),
  )
}

/** Each repetition opens both sides anew, since connections tell what they have synced when they end. */
async function fsyncRow(comparison: SagaComparison, databases: Databases, bench: Bench): Promise<Row> {
  const times = bench.quick ? 3 : 5
  bench.progress.begin(comparison.id, 2 * times)
  const perSaga = async (side: 'ours' | 'theirs'): Promise<number> => {
    const url = await databases.create(`${comparison.id}-${side}`)
    const before = await walSyncs(url)
    const variant = await VariantProcess.open({ ours, theirs }[side](comparison, url), comparison.id, bench.folder)
    try {
      const { details } = await variant.measure(forMs(bench))
      await variant.close()
      bench.progress.step()
      return ((await walSyncs(url)) - before) / Number(details!['sagas'])
    } finally {
      variant.kill()
    }
  }
  const repetitions: Repetition[] = []
  for (let run = 0; run < times; run++) {
    const [mine, other] = [await perSaga('ours'), await perSaga('theirs')]
    repetitions.push({ ours: mine, theirs: other, ratio: mine / other })
  }
  const { id, what, unit, peer, target } = comparison
  const mine = median(repetitions.map((each) => each.ours))
  return {
    ...{ id, what, unit, peer, target, repetitions },
    ratio: median(repetitions.map((each) => each.ratio!)),
    ours: mine,
    theirs: median(repetitions.map((each) => each.theirs!)),
    verdict: mine <= fsyncsOfSaga ? 'met' : 'missed',
    note: 'with those of the start, which makes the tables; whatever else writes on the server is counted too',
  }
}

const forMs = ({ quick }: Bench): number => (quick ? 1_500 : 3_000)

function ours({ callers }: SagaComparison, store: string): VariantModule {
  return { file: 'sagas/saga-ours.ts', options: { callers, local: true, store } }
}

function theirs({ callers, theirs: file }: SagaComparison, store: string): VariantModule {
  return { file, options: { callers, store } }
}

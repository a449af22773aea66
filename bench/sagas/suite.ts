import { measurePairs, rowOf, type Pair } from '../paired.ts'
import type { Bench, Row, Suite } from '../suite.ts'
import type { VariantModule } from '../variant.ts'
import { postgresMeasures } from './postgres/rows.ts'

/**
 * Sagas and messages on SQLite, every side with `synchronous = FULL`, everything in one process and one file; sagas on
 * PostgreSQL.
 */
export function sagasSuite(): Suite {
  return {
    name: 'sagas',
    what: 'sagas and messages on SQLite, sagas on PostgreSQL',
    measures: [
      ...[...[1, 16, 64].map(overChannels), ...[1, 16, 64].map(local), localRaw(64)].map((comparison) => {
        return { id: comparison.id, run: (bench: Bench) => sagaRows(bench, comparison) }
      }),
      ...[true, false].map((sent) => {
        return { id: sent ? 'message-send' : 'message-event', run: (bench: Bench) => messageRows(bench, sent) }
      }),
      ...postgresMeasures,
    ],
  }
}

interface SagaComparison {
  readonly id: string
  readonly what: string
  readonly peer: string
  readonly ours: VariantModule
  readonly theirs: VariantModule
}

const rawLimit =
  'hand-written node:sqlite that writes the same rows and reads nothing; all that waits for a stage commits at once'
const standIn =
  'hand-written stand-in for durable workflows: five transactions each, one for the start, each step and the end'

const inFlight = (callers: number): string => `${callers} in flight`

function overChannels(callers: number): SagaComparison {
  const options = { callers, local: false }
  return {
    id: `saga-${callers}`,
    what: `3-step saga over channels to three services, ${inFlight(callers)}`,
    peer: rawLimit,
    ours: { file: 'sagas/saga-ours.ts', options },
    theirs: { file: 'sagas/saga-raw.ts', options },
  }
}

function local(callers: number): SagaComparison {
  return {
    id: `saga-local-${callers}`,
    what: `saga of three local steps, ${inFlight(callers)}`,
    peer: standIn,
    ours: { file: 'sagas/saga-ours.ts', options: { callers, local: true } },
    theirs: { file: 'sagas/step-commits.ts', options: { callers } },
  }
}

function localRaw(callers: number): SagaComparison {
  return {
    ...local(callers),
    id: `saga-local-${callers}-raw`,
    peer: rawLimit,
    theirs: { file: 'sagas/saga-raw.ts', options: { callers, local: true } },
  }
}

/** Rate, latencies and fsyncs of the same runs. */
async function sagaRows(bench: Bench, comparison: SagaComparison): Promise<readonly Row[]> {
  const { id, what, peer } = comparison
  const timing = { forMs: bench.quick ? 1_200 : 2_000, repetitions: bench.quick ? 3 : 11 }
  const pairs = await measurePairs({ ...comparison, ...timing }, bench)
  const words = { peer: `that of ${id}`, target: null }
  const last = (side: keyof Pair, name: string): number => Number(pairs.at(-1)![side].details![name])
  const rates = pairs.map(({ ours, theirs }) => ({ ours: ours.value, theirs: theirs.value }))
  return [
    {
      ...rowOf({ id, what, unit: 'sagas/s', peer, target: null, pairs: rates }),
      details: { 'CPU ms a saga': last('ours', 'cpuMs'), 'theirs, CPU ms a saga': last('theirs', 'cpuMs') },
    },
    ...[50, 99].map((percent) =>
      rowOf({
        ...words,
        id: `${id}-p${percent}`,
        what: `the same, from the command to the end, p${percent}`,
        unit: 'ms',
        pairs: detail(pairs, `p${percent}Ms`),
      }),
    ),
    {
      ...rowOf({
        ...words,
        id: `${id}-fsyncs`,
        what: 'the same, commits that wait for the disk',
        unit: 'fsyncs/saga',
        pairs: detail(pairs, 'fsyncs'),
      }),
      details: { 'commits that do not wait, a saga': last('ours', 'relaxed') },
      note: 'runs of `commit` with synchronous = FULL; checkpoints are not counted',
    },
  ]
}

/** From the acknowledged commit to the call of the handler: both percentiles belong to the same messages. */
async function messageRows(bench: Bench, sent: boolean): Promise<readonly Row[]> {
  const id = sent ? 'message-send' : 'message-event'
  const way = sent ? 'send: outbox, relay, channel, command handler' : 'event: log, relay, channel, subscription'
  const peer = 'by hand in one process: read the outbox, publish in a transaction, read the channel, call'
  const pairs = await measurePairs(
    {
      id,
      ours: { file: 'sagas/message-ours.ts', options: { sent } },
      theirs: { file: 'sagas/message-raw.ts' },
      forMs: bench.quick ? 1_500 : 3_000,
      repetitions: bench.quick ? 3 : 11,
    },
    bench,
  )
  const samples = Number(pairs.at(-1)!.ours.details!['samples'])
  return [50, 99].map((percent) => ({
    ...rowOf({
      id: `${id}-p${percent}`,
      what: `one message at a time, from its commit to its handler (${way}), p${percent}`,
      unit: 'ms',
      peer,
      target: null,
      pairs: detail(pairs, `p${percent}Ms`),
    }),
    details: { 'samples a repetition': samples },
  }))
}

function detail(pairs: readonly Pair[], name: string): { readonly ours: number; readonly theirs: number }[] {
  return pairs.map(({ ours, theirs }) => ({
    ours: Number(ours.details![name]),
    theirs: Number(theirs.details![name]),
  }))
}

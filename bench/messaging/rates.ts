import { measurePairs, rowOf, type Comparison, type Pair } from '../paired.ts'
import { median, type Bench, type Row } from '../suite.ts'

/** The row of two rates, with what a message has cost both processes. */
export async function rateRow(comparison: Omit<Comparison, 'forMs' | 'repetitions'>, bench: Bench): Promise<Row> {
  const few = comparison.target === null ? 2 : 3
  const timing = { forMs: bench.quick ? 1_000 : 2_000, repetitions: bench.quick ? few : 11 }
  const pairs = await measurePairs({ ...comparison, ...timing }, bench)
  const { id, what, unit, peer, target, note } = comparison
  const rates = pairs.map(({ ours, theirs }) => ({ ours: ours.value, theirs: theirs.value }))
  const [ours, theirs] = [cpu(pairs, 'ours'), cpu(pairs, 'theirs')]
  return {
    ...rowOf({ id, what, unit, peer, target, pairs: rates }),
    details: { 'CPU µs a message': ours, 'theirs, CPU µs a message': theirs },
    ...(note !== undefined && { note }),
  }
}

function cpu(pairs: readonly Pair[], side: keyof Pair): number {
  return median(pairs.map((pair) => Number(pair[side].details!['cpuUs'])))
}

import { rowOf } from '../paired.ts'
import type { Bench, Row, Words } from '../suite.ts'
import { VariantProcess, type VariantModule } from '../variant.ts'

const percentiles = [50, 99] as const

/** The two rows of the way from a command to its view. */
export function viewWords(id: string): readonly Words[] {
  return percentiles.map((percent) => ({
    id: `${id}-p${percent}`,
    what: `one command at a time until its view shows it, p${percent}`,
    unit: 'ms',
    peer: 'the acknowledgement of the same commands',
    target: percent === 50 ? '<= ack * 1.3 + 2 ms' : null,
  }))
}

/** Two rows of one run: the times until the acknowledgement and until the view shows it belong to the same appends. */
export async function viewRows(id: string, options: VariantModule['options'], bench: Bench): Promise<readonly Row[]> {
  const times = bench.quick ? 5 : 11
  bench.progress.begin(id, times + 1)
  const module = { file: 'store/view-latency.ts', ...(options && { options }) }
  const variant = await VariantProcess.open(module, id, bench.folder)
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
  return viewWords(id).map((words, index) => viewRow(all, percentiles[index]!, words))
}

function viewRow(all: readonly Record<string, number>[], percent: 50 | 99, words: Words): Row {
  const pairs = all.map((each) => ({ ours: each[`visible${percent}`]!, theirs: each[`ack${percent}`]! }))
  const row = rowOf({ ...words, target: null, pairs })
  if (percent === 99) return row
  const isMet = row.ours! <= row.theirs! * 1.3 + 2
  return {
    ...row,
    target: words.target,
    verdict: isMet ? 'met' : 'missed',
    details: { 'samples a repetition': all.at(-1)!['samples']! },
  }
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const sample = 'examples/orders/sample/online-retail-sample.csv'

/**
 * Writes the sample several times over, so that an import takes long enough to be hit; answers the path. Each copy has
 * invoices and products of its own, so that there are new rows to the end, which an owner that goes on after a stop
 * does not know from before. The sample's own invoices come last.
 */
export function longerSample(folder: string, copies: number): string {
  const [header, ...lines] = readFileSync(sample, 'utf8').trimEnd().split('\n')
  const numbers = Array.from({ length: copies }, (_, index) => copies - 1 - index)
  const file = join(folder, 'longer.csv')
  writeFileSync(
    file,
    [header, ...numbers.flatMap((copy) => lines.map((line) => renumbered(line, copy)))].join('\n') + '\n',
  )
  return file
}

function renumbered(line: string, copy: number): string {
  if (copy === 0) return line
  const [start, credit, number, product] = /^(C?)(\d{6}),([^,]+)/.exec(line) as unknown as [
    string,
    string,
    string,
    string,
  ]
  return `${credit}${Number(number) + copy * 1_000},${product}-${copy}${line.slice(start.length)}`
}

import type { Row } from './suite.ts'

const headings = ['id', 'what', 'unit', 'ours', 'theirs', 'ratio', 'target', 'verdict'] as const
const onTheRight: ReadonlySet<string> = new Set(['ours', 'theirs', 'ratio'])

/** The rows as an aligned table, with what must be known about a row on lines of its own below. */
export function table(rows: readonly Row[]): string {
  const cells = [headings as readonly string[], ...rows.map(cellsOf)]
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        onTheRight.has(headings[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  const remarks = rows.flatMap((row) => remarksOf(row).map((remark) => `${row.id}: ${remark}`))
  return [lines[0]!, rule, ...lines.slice(1), ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n')
}

/** A number with as many digits as one can read: 72400 → `72,400`, 0.8312 → `0.83`. */
export function shown(value: number | null): string {
  if (value === null) return '–'
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3
  return value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function cellsOf(row: Row): readonly string[] {
  return [
    row.id,
    row.what,
    row.unit,
    shown(row.ours),
    shown(row.theirs),
    shown(row.ratio),
    row.target ?? '–',
    row.verdict,
  ]
}

function remarksOf({ peer, note, details }: Row): readonly string[] {
  const seen = Object.entries(details ?? {}).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? shown(value) : value}`,
  )
  return [`theirs = ${peer}`, ...(seen.length > 0 ? [seen.join(', ')] : []), ...(note === undefined ? [] : [note])]
}

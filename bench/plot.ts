import type { Results } from './result-file.ts'
import type { Row } from './suite.ts'
import { shown } from './table.ts'

const width = 760
const left = 210
const right = 150
const rowHeight = 26
const top = 44

/**
 * The ratios of all rows on one logarithmic axis: a dot for each repetition, a bar at the median, a mark at the target.
 */
export function plot({ suite, environment, rows }: Results): string {
  const compared = rows.filter((row) => row.ratio !== null)
  const marks = compared.flatMap((row) => [...row.repetitions.flatMap(({ ratio }) => ratio ?? []), targetOf(row) ?? 1])
  const [low, high] = [Math.min(0.5, ...marks) * 0.8, Math.max(2, ...marks) * 1.25]
  const x = (ratio: number): number =>
    left + ((width - left - right) * (Math.log(ratio) - Math.log(low))) / (Math.log(high) - Math.log(low))
  const height = top + compared.length * rowHeight + 16
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].filter((tick) => tick > low && tick < high)
  return (
    [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
      `<rect width="${width}" height="${height}" fill="#fff"/>`,
      `<text x="12" y="20" font-weight="bold">${escaped(suite)}: ours / theirs</text>`,
      `<text x="${width - 12}" y="20" text-anchor="end" fill="#666">${escaped(`${environment.cpu}, Node ${environment.node}`)}</text>`,
      ...ticks.flatMap((tick) => axisMark(x(tick), tick, height)),
      ...compared.flatMap((row, index) => rowMarks(row, top + (index + 0.5) * rowHeight, x)),
      '</svg>',
    ].join('\n') + '\n'
  )
}

function axisMark(at: number, tick: number, height: number): readonly string[] {
  return [
    `<line x1="${at}" y1="${top - 8}" x2="${at}" y2="${height - 12}" stroke="${tick === 1 ? '#999' : '#e5e5e5'}"/>`,
    `<text x="${at}" y="${top - 12}" text-anchor="middle" fill="#666" font-size="10">${tick}</text>`,
  ]
}

function rowMarks(row: Row, y: number, x: (ratio: number) => number): readonly string[] {
  const target = targetOf(row)
  const colour = row.verdict === 'met' ? '#1a7f37' : row.verdict === 'missed' ? '#c62828' : '#555'
  return [
    `<text x="12" y="${y + 4}">${escaped(row.id)}</text>`,
    ...(target === undefined
      ? []
      : [`<line x1="${x(target)}" y1="${y - 9}" x2="${x(target)}" y2="${y + 9}" stroke="#1565c0" stroke-width="2"/>`]),
    ...row.repetitions.flatMap(({ ratio }) =>
      ratio === null ? [] : [`<circle cx="${x(ratio)}" cy="${y}" r="3" fill="${colour}" fill-opacity="0.45"/>`],
    ),
    `<line x1="${x(row.ratio!)}" y1="${y - 6}" x2="${x(row.ratio!)}" y2="${y + 6}" stroke="${colour}" stroke-width="3"/>`,
    `<text x="${width - 12}" y="${y + 4}" text-anchor="end" fill="${colour}">${escaped(`${shown(row.ratio)} (${row.target ?? row.verdict})`)}</text>`,
  ]
}

function targetOf({ target }: Row): number | undefined {
  const bound = /^[<>]= ([\d.]+)$/.exec(target ?? '')?.[1]
  return bound === undefined ? undefined : Number(bound)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

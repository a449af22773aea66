import { encodeBase64 } from '../base/base64.ts'
import type { Io, Run } from './io.ts'
import { paintFor } from './paint.ts'
import { printable, widthOf } from './printable.ts'

/** One column of a table for people. */
export interface Column<R> {
  readonly title: string
  readonly right?: boolean
  text(row: R): string | number
}

/** Prints a JSON document. */
export function printJson({ stdout }: Io, value: unknown): Promise<void> {
  return stdout.write(`${JSON.stringify(value, plain, 2)}\n`)
}

/** Prints one line of JSON, for results that come one by one. */
export function printJsonLine({ stdout }: Io, value: unknown): Promise<void> {
  return stdout.write(`${jsonText(value)}\n`)
}

/** A value as one line of JSON. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, plain)
}

/** Prints lines of text. */
export function printLines({ stdout }: Io, ...lines: readonly string[]): Promise<void> {
  return stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/** Prints rows in columns that stand below each other, or `none` where there are no rows. */
export function printTable<R>(io: Io, columns: readonly Column<R>[], rows: readonly R[], none: string): Promise<void> {
  return rows.length === 0 ? printLines(io, none) : printLines(io, ...tableLines(io, columns, rows))
}

/** The lines of a table; `widths` grows, so that a table that comes in parts keeps its columns. */
export function tableLines<R>(
  io: Io,
  columns: readonly Column<R>[],
  rows: readonly R[],
  { header = true, widths = [] }: TableOptions = {},
): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => printable(String(column.text(row)))))
  columns.forEach(({ title }, at) => {
    widths[at] = Math.max(widths[at] ?? 0, header ? title.length : 0, ...cells.map((row) => widthOf(row[at]!)))
  })
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) => {
        const gap = ' '.repeat(Math.max(0, widths[at]! - widthOf(text)))
        if (columns[at]!.right) return gap + text
        return at === columns.length - 1 ? text : text + gap
      })
      .join('  ')
  const { bold } = paintFor(io.stdout, io.env)
  return [...(header ? [bold(line(columns.map(({ title }) => title)).trimEnd())] : []), ...cells.map(line)]
}

/** How the lines of a table are made. */
export interface TableOptions {
  readonly header?: boolean
  /** The widths that were used before, changed in place. */
  readonly widths?: number[]
}

/** Says something besides the result: to people on the terminal, never into a pipe of JSON. */
export function say({ io, json }: Run, text: string): Promise<void> {
  return json ? Promise.resolve() : io.stderr.write(`${printable(text, { lines: true })}\n`)
}

/** Values that JSON does not know in the form in which they are stored: long as text, bytes as base64. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? encodeBase64(value) : value
}

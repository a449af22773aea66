import { isEventwrightError } from '../base/errors.ts'
import { jsonLog, type Log } from '../base/log.ts'
import { timestampOf } from '../base/clock.ts'
import type { Run } from './io.ts'
import { paintFor } from './paint.ts'
import { printable } from './printable.ts'
import { progressBar, type ProgressBar } from './progress-bar.ts'

/** What a running system says on stderr: a line for people each, a bar while a view is built; with `--json` JSON lines. */
export function logFor(run: Run): Log {
  const { io } = run
  const now = (): string => timestampOf(io.clock.now())
  if (run.json) return jsonLog((line) => void io.stderr.write(line), now)
  const { dim, red, bold } = paintFor(io.stderr, io.env)
  const bars = new Map<string, ProgressBar>()
  const line =
    (level: (text: string) => string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      for (const bar of bars.values()) bar.end()
      const { error, ...rest } = fields
      const values = Object.entries(rest).map(([name, value]) => `${name}=${shown(value)}`)
      const text = printable([message, ...values].join('  '), { limit: 4_000 })
      const why = error === undefined ? '' : `\n${printable(told(error), { lines: true, limit: 8_000 })}`
      void io.stderr.write(`${dim(now().slice(11, 19))} ${level(text)}${why}\n`)
    }
  const info = line((text) => text)
  return {
    info(message, fields) {
      const { view, position, of } = fields ?? {}
      if (message !== 'building a view' || typeof position !== 'number' || typeof of !== 'number') {
        return info(message, fields)
      }
      const name = String(view)
      const bar = bars.get(name) ?? progressBar(run, `building ${printable(name)}`)
      bars.set(name, bar)
      bar.show(position, of)
    },
    warn: line(bold),
    error: line(red),
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}

/** Errors of the user's own code with their stack, which says where to look. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return isEventwrightError(error) ? error.message : (error.stack ?? error.message)
}

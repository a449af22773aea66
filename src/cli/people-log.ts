import { isEventwrightError } from '../base/errors.ts'
import { jsonLog, type Log } from '../base/log.ts'
import { timestampOf } from '../base/clock.ts'
import type { BuildProgress } from '../runtime/views/keeper.ts'
import type { Run } from './io.ts'
import { paintFor } from './paint.ts'
import { printable } from './printable.ts'
import { progressBar, type ProgressBar } from './progress-bar.ts'

/** Where a running system says things. */
export interface Telling {
  readonly log: Log
  /** Absent where the log says it. */
  onProgress?(progress: BuildProgress): void
  /** Takes bars away that are still there. */
  end(): void
}

/** What a running system says on stderr: a line for people each, a bar while a view is built; with `--json` JSON lines. */
export function tellingOf(run: Run): Telling {
  const { io } = run
  const now = (): string => timestampOf(io.clock.now())
  if (run.json) return { log: jsonLog((line) => void io.stderr.write(line), now), end() {} }
  const { dim, red, bold } = paintFor(io.stderr, io.env)
  const bars = new Map<string, ProgressBar>()
  const end = (): void => bars.forEach((bar) => bar.end())
  const line =
    (level: (text: string) => string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      end()
      const { error, ...rest } = fields
      const values = Object.entries(rest).map(([name, value]) => `${name}=${shown(value)}`)
      const text = printable([message, ...values].join('  '), { limit: 4_000 })
      const why = error === undefined ? '' : `\n${printable(told(error), { lines: true, limit: 8_000 })}`
      void io.stderr.write(`${dim(now().slice(11, 19))} ${level(text)}${why}\n`)
    }
  return {
    log: { info: line((text) => text), warn: line(bold), error: line(red) },
    onProgress({ view, position, of }) {
      const bar = bars.get(view) ?? progressBar(run, `building ${printable(view)}`)
      bars.set(view, bar)
      bar.show(position, of)
      if (position >= of) bar.end()
    },
    end,
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

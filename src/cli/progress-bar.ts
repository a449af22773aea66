import type { Run } from './io.ts'
import { paintFor } from './paint.ts'
import { TimeLeft } from './time-left.ts'
import { timeSpan } from './time-span.ts'

/** Shows how far something is, and how long it takes yet. */
export interface ProgressBar {
  show(done: number, of: number): void
  /** Takes the bar away, so that the result stands alone. */
  end(): void
}

const cells = 30

/**
 * A bar on a terminal, else a line for every tenth; with `--json` only a bar on a terminal. All of it goes to stderr.
 */
export function progressBar({ io, json }: Run, label: string): ProgressBar {
  const { stderr, env, clock } = io
  const timeLeft = new TimeLeft()
  const left = (done: number, of: number): string => {
    const ms = timeLeft.after(done, of, clock.now())
    return ms === undefined ? '' : `, ${timeSpan(Math.max(1_000, ms))} left`
  }
  if (!stderr.isTerminal) return json ? { show() {}, end() {} } : lines(label, left, (text) => void stderr.write(text))
  const { green, dim } = paintFor(stderr, env)
  let shown = ''
  return {
    show(done, of) {
      const share = shareOf(done, of)
      const full = Math.round(share * cells)
      const bar = green('━'.repeat(full)) + dim('━'.repeat(cells - full))
      const text = `${label} ${bar} ${percent(share)} ${done}/${Math.max(done, of)}${left(done, of)}`
      if (text === shown) return
      shown = text
      void stderr.write(`\r\u001b[K${text}`)
    },
    end() {
      if (shown !== '') void stderr.write('\r\u001b[K')
      shown = ''
    },
  }
}

function lines(label: string, left: (done: number, of: number) => string, write: (text: string) => void): ProgressBar {
  let tenth = -1
  return {
    show(done, of) {
      const now = Math.floor(shareOf(done, of) * 10)
      const yet = left(done, of)
      if (now <= tenth) return
      tenth = now
      write(`${label} ${percent(now / 10)} (${done} of ${Math.max(done, of)}${yet})\n`)
    },
    end() {},
  }
}

function shareOf(done: number, of: number): number {
  return of <= 0 ? 1 : Math.min(1, done / of)
}

/** A share from 0 to 1 in per cent, never rounded up to the whole. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}

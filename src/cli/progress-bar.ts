import type { Run } from './io.ts'
import { paintFor } from './paint.ts'

/** Shows how far something is. */
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
  const { stderr, env } = io
  if (!stderr.isTerminal) return json ? { show() {}, end() {} } : lines(label, (text) => void stderr.write(text))
  const { green, dim } = paintFor(stderr, env)
  let shown = ''
  return {
    show(done, of) {
      const share = shareOf(done, of)
      const full = Math.round(share * cells)
      const bar = green('━'.repeat(full)) + dim('━'.repeat(cells - full))
      const text = `${label} ${bar} ${percent(share)} ${done}/${Math.max(done, of)}`
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

function lines(label: string, write: (text: string) => void): ProgressBar {
  let tenth = -1
  return {
    show(done, of) {
      const now = Math.floor(shareOf(done, of) * 10)
      if (now <= tenth) return
      tenth = now
      write(`${label} ${percent(now / 10)} (${done} of ${Math.max(done, of)})\n`)
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

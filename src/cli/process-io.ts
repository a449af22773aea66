import { systemClock } from '../base/clock.ts'
import type { Io, Output } from './io.ts'

/** The process as commands see it. A second signal ends it at once, for whoever does not want to wait. */
export function processIo(): Io {
  const stop = new AbortController()
  const end = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  return {
    stdout: outputOf(process.stdout, () => stop.abort()),
    stderr: outputOf(process.stderr, () => undefined),
    env: process.env,
    folder: process.cwd(),
    clock: systemClock,
    stop: stop.signal,
  }
}

function outputOf(stream: NodeJS.WriteStream, gone: () => void): Output {
  let open = true
  stream.on('error', () => {
    open = false
    gone()
  })
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 100
    },
    write: (text) =>
      new Promise((resolve) => {
        if (!open) return resolve()
        stream.write(text, () => resolve())
      }),
  }
}

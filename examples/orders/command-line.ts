/** The arguments of a command are wrong; its usage is shown. */
export class WrongUse extends Error {
  readonly code = 'wrong_use'
}

/** Aborts at the first SIGINT or SIGTERM; at the second the process ends at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort()
    })
  }
  return stop.signal
}

/**
 * Runs a command of the example. An error with a code is told in one line and ends the process with 1, a wrong use with
 * 2; any other error is told with its stack.
 */
export async function runCommand(command: () => Promise<void>, usage: string): Promise<void> {
  try {
    await command()
  } catch (error) {
    const { code, message, stack } = error as { code?: unknown; message: string; stack?: string }
    const isWrongUse = error instanceof WrongUse || String(code).startsWith('ERR_PARSE_ARGS')
    if (isWrongUse) console.error(`${message}\n${usage}`)
    else if (typeof code === 'string') console.error(message.includes(code) ? message : `${code}: ${message}`)
    else console.error(stack ?? error)
    process.exitCode = isWrongUse ? 2 : 1
  }
}

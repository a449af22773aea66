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

/** Runs a command of the example. What goes wrong is told in one line, with its code, and ends the process with 1; a wrong use with 2. */
export async function toldAndEnded(command: () => Promise<void>, usage: string): Promise<void> {
  try {
    await command()
  } catch (error) {
    const { code, message } = error as { code?: unknown, message: string }
    const isUsage = error instanceof TypeError && (code === undefined || String(code).startsWith('ERR_PARSE_ARGS'))
    if (isUsage) console.error(`${message}\n${usage}`)
    else console.error(typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message)
    process.exitCode = isUsage ? 2 : 1
  }
}

import type { Log } from 'eventwright'

/** Warnings and errors of the runtime, a line each on standard error: a stuck saga, a message that is set aside. */
export const shopLog: Log = {
  info: () => undefined,
  warn: (message, fields) => tell('warning', message, fields),
  error: (message, fields) => tell('error', message, fields),
}

function tell(level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const facts = Object.entries(fields).map(
    ([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`,
  )
  console.error([`${level}: ${message}`, ...facts].join(' '))
}

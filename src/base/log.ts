/**
 * Where the runtime says what an operator should know. Any logger with these methods fits, pino among them through a
 * one-line adapter.
 */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** A log that says nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} }

/** One JSON line an entry, written by `write`; errors are written as name, message, code and stack. */
export function jsonLog(write: (line: string) => void, timestamp: () => string): Log {
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      write(`${JSON.stringify({ time: timestamp(), level, message, ...fields }, plain)}\n`)
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (!(value instanceof Error)) return value
  return { name: value.name, message: value.message, code: (value as { code?: unknown }).code, stack: value.stack }
}

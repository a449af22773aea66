/**
 * Where the runtime says what an operator should know: `jsonLog`, a logger such as pino by `pinoLog`, or whatever has
 * these methods. What is said of a message or an instance names its `correlationId`, and its `traceId` where it has
 * one; what goes on within a span of telemetry names that.
 */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** A log that says nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} }

/**
 * One JSON line an entry, written by `write`; errors are written as name, message, code and stack. Fields that cannot
 * be written are left out, and the line says so.
 */
export function jsonLog(write: (line: string) => void, timestamp: () => string): Log {
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      write(`${written({ time: timestamp(), level, message }, fields)}\n`)
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

/** What a logger of the kind of pino has: fields first, and then the message. */
export interface FieldsFirst {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A log by pino, or by a logger that is called as it is. Errors are given as name, message, code and stack. */
export function pinoLog(logger: FieldsFirst): Log {
  const given = (fields: Readonly<Record<string, unknown>> = {}): object =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(name, value)]))
  return {
    info: (message, fields) => logger.info(given(fields), message),
    warn: (message, fields) => logger.warn(given(fields), message),
    error: (message, fields) => logger.error(given(fields), message),
  }
}

/** Whoever says something must not fail by it. */
function written(line: object, fields: object): string {
  try {
    // What a field is called says nothing of the line itself.
    return JSON.stringify({ ...line, ...fields, ...line }, plain)
  } catch {
    return JSON.stringify({ ...line, problem: `these fields cannot be written: ${Object.keys(fields).join(', ')}` })
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (!(value instanceof Error)) return value
  return { name: value.name, message: value.message, code: (value as { code?: unknown }).code, stack: value.stack }
}

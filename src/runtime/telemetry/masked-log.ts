import type { Log } from '../../base/log.ts'
import { masked } from './personal-texts.ts'

/** Facts that every line of a log has. */
export type LineFacts = Readonly<Record<string, string | undefined>>

/** A log whose lines have these facts, and none of the texts that are personal. */
export function maskedLog(log: Log, personal: readonly string[], facts: LineFacts): Log {
  const told = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  const line =
    (write: Log['info']): Log['info'] =>
    (message, fields = {}) =>
      write(message, { ...(without(fields, personal) as typeof fields), ...told })
  return {
    info: line((...given) => log.info(...given)),
    warn: line((...given) => log.warn(...given)),
    error: line((...given) => log.error(...given)),
  }
}

/** The id of a trace, as lines name it. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split('-')[1]
}

function without(value: unknown, personal: readonly string[]): unknown {
  if (personal.length === 0) return value
  if (typeof value === 'string') return masked(value, personal)
  if (typeof value === 'number') return personal.includes(String(value)) ? masked(String(value), personal) : value
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return withoutIn(value, personal)
  if (Array.isArray(value)) return value.map((each) => without(each, personal))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, without(each, personal)]))
}

/** An error as far as lines tell of it; the error itself stays what it is. */
function withoutIn(error: Error, personal: readonly string[]): Error {
  const { code } = error as { readonly code?: unknown }
  const told = new Error(masked(error.message, personal))
  told.name = error.name
  told.stack = masked(error.stack ?? '', personal)
  return code === undefined ? told : Object.assign(told, { code })
}

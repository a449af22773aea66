import { isEventwrightError } from '../base/errors.ts'
import type { Run } from './io.ts'
import { paintFor } from './paint.ts'
import { printable } from './printable.ts'

const longest = 20_000

/**
 * Says on stderr why a command failed: an error of Eventwright by its code and message, any other (it comes from the
 * system's own code) with its stack. With `--json` it is one JSON document.
 */
export async function tellFailure({ io, json }: Run, error: unknown): Promise<void> {
  if (json) return io.stderr.write(`${JSON.stringify({ error: described(error) }, undefined, 2)}\n`)
  const { red } = paintFor(io.stderr, io.env)
  const text = printable(told(error).trimEnd(), { lines: true, limit: longest })
  return io.stderr.write(`${red('error')} ${text}\n`)
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = isEventwrightError(error) ? error.message : (error.stack ?? `${error.name}: ${error.message}`)
  const cause = isEventwrightError(error) ? error.cause : undefined
  return cause === undefined ? text : `${text}\ncause: ${told(cause)}`
}

function described(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message } = error
  if (!isEventwrightError(error)) return { name, message, stack: error.stack }
  const { code, details, cause } = error
  return {
    name,
    code,
    message,
    details: plainDetails(details),
    ...(cause !== undefined && { cause: described(cause) }),
  }
}

function plainDetails(details: unknown): unknown {
  try {
    return JSON.parse(
      JSON.stringify(details, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    )
  } catch {
    return String(details)
  }
}

import { distrustOf } from '../../base/distrust.ts'
import { failure, isEventwrightError, type EventwrightError } from '../../base/errors.ts'

/** What went wrong, as Kafka's protocol names it, anywhere in an error; none for a broken connection. */
export function codesOf(error: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  const walk = (each: unknown, depth: number): void => {
    if (typeof each !== 'object' || each === null || depth > 5) return
    const { apiId, errors, cause } = each as { apiId?: unknown; errors?: unknown; cause?: unknown }
    if (typeof apiId === 'string') found.add(apiId)
    if (Array.isArray(errors)) for (const inner of errors) walk(inner, depth + 1)
    walk(cause, depth + 1)
  }
  walk(error, 0)
  return found
}

/** What came with an error: a request for many partitions may fail for some of them. */
export function responseOf<T>(error: unknown): T | undefined {
  const { response } = (error ?? {}) as { response?: T }
  return response
}

const denials = /^(SASL_AUTHENTICATION_FAILED|ILLEGAL_SASL_STATE|UNSUPPORTED_SASL_MECHANISM|\w+_AUTHORIZATION_FAILED)$/
const wantsTls = 'Broker requires TLS'
const ended = /^(Connection closed|Client network socket disconnected)/

/** The error that is told outside: EW_BROKER_DENIED where the brokers say so, else EW_BROKER_FAILED. */
export function brokerFailed(name: string, what: string, cause: unknown): EventwrightError {
  if (isEventwrightError(cause)) return cause
  const codes = [...codesOf(cause)]
  const said = innermost(cause)
  const distrust = distrustOf(cause)
  const isDenied = distrust !== undefined || said === wantsTls || codes.some((code) => denials.test(code))
  const why = codes.length > 0 ? codes.join(', ') : distrust === undefined ? said : `TLS was not accepted: ${distrust}`
  // Brokers do not say more to whoever comes otherwise than they want.
  const perhaps =
    what === connecting && ended.test(why) ? '; if it stays so, the broker wants TLS, a login or a certificate' : ''
  const code = isDenied ? 'EW_BROKER_DENIED' : 'EW_BROKER_FAILED'
  return failure(code, `${name}: ${what} failed: ${why}${perhaps}.`, { details: { codes }, cause })
}

/** What is done at the opening. */
export const connecting = 'connecting'

/** Error: EW_CHANNEL_UNKNOWN. */
export function channelUnknown(channel: string, partition?: number): EventwrightError {
  const what = partition === undefined ? 'no such channel' : `no partition ${partition} of it`
  return failure('EW_CHANNEL_UNKNOWN', `The channel ${channel} was asked for, and the broker has ${what}.`, {
    details: partition === undefined ? { channel } : { channel, partition },
  })
}

function innermost(error: unknown): string {
  let at = error
  for (let depth = 0; depth < 8; depth++) {
    const { cause, errors } = (at ?? {}) as { cause?: unknown; errors?: readonly unknown[] }
    const next = cause ?? errors?.[0]
    if (next === undefined) break
    at = next
  }
  return (at instanceof Error ? at.message : String(at)).replace(/\.$/, '')
}

import { failure, type ErrorCode } from '../../base/errors.ts'

/** Where the management interface of a server is, and who asks. */
export interface ManagementPlace {
  /** For messages. Never a password. */
  readonly name: string
  readonly origin: string
  readonly authorization: string
  /** As a part of a path. */
  readonly vhost: string
}

const requestMs = 15_000
const longestAnswer = 300
/** Who asks is not known, or may not. */
const refusals: ReadonlySet<number> = new Set([401, 403])

/**
 * Where the management interface belongs that goes with the address of a broker: at `management`, else at the usual
 * place: 15672 beside 5672, 15671 beside 5671, and the next port beside any other. Error: EW_CONFIG.
 */
export function managementPlace(name: string, broker: string, management?: string): ManagementPlace {
  const amqp = new URL(broker)
  const origin = management === undefined ? new URL(usualOrigin(amqp)) : parsed(management)
  const user = origin.username === '' ? amqp : origin
  const login = [user.username || 'guest', user.password || 'guest'].map(decoded).join(':')
  const path = amqp.pathname.slice(1)
  return {
    name,
    origin: `${origin.protocol}//${origin.host}${origin.pathname.replace(/\/+$/, '')}`,
    authorization: `Basic ${Buffer.from(login).toString('base64')}`,
    vhost: encodeURIComponent(vhostOf(path)),
  }
}

/** The virtual host that the path of an address names. */
export function vhostOf(path: string): string {
  return path === '' ? '/' : decoded(path)
}

/** What is no encoding of anything is meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Asks; answers the JSON, undefined where there is none. What to delete may be gone. Errors: EW_BROKER_FAILED,
 * EW_BROKER_DENIED.
 */
export async function askManagement(
  { name, origin, authorization }: ManagementPlace,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  let response: Response
  let text: string
  try {
    response = await fetch(`${origin}/api/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(requestMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    text = await response.text()
  } catch (cause) {
    throw failed(`${name}: the management interface at ${origin} does not answer`, cause)
  }
  if (response.status === 404 && method === 'DELETE') return undefined
  if (!response.ok)
    throw failed(
      `${name}: ${method} ${path} was answered by ${response.status}: ${text.slice(0, longestAnswer)}`,
      undefined,
      refusals.has(response.status) ? 'EW_BROKER_DENIED' : 'EW_BROKER_FAILED',
    )
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch (cause) {
    throw failed(`${name}: ${origin} answers no JSON, so it is no management interface of RabbitMQ`, cause)
  }
}

function usualOrigin({ protocol, hostname, port }: URL): string {
  const isSecure = protocol === 'amqps:'
  const usual = isSecure ? '5671' : '5672'
  const at = port === '' || port === usual ? Number(`1${usual}`) : Number(port) + 1
  return `${isSecure ? 'https' : 'http'}://${hostname}:${at}`
}

function parsed(management: string): URL {
  const url = URL.parse(management)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  // A password may be in it, so that it is not shown.
  throw failure('EW_CONFIG', 'The management interface of RabbitMQ is at http://host:port or https://host:port.')
}

function failed(what: string, cause?: unknown, code: ErrorCode = 'EW_BROKER_FAILED'): Error {
  return failure(code, `${what}.`, cause === undefined ? {} : { cause })
}

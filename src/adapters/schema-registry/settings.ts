import { failure } from '../../base/errors.ts'
import { quoted } from '../../base/text.ts'
import type { SubjectNames } from './subjects.ts'

/** How a registry knows who asks. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  /** A bearer token, or what gets one before each request. */
  | { readonly token: string | (() => string | Promise<string>) }

/** Settings of a schema registry. */
export interface RegistryOptions {
  /** Default: the user and the password of the URL, if it has them. */
  readonly auth?: RegistryAuth
  /** How subjects are called; default `topic-record`. */
  readonly subjects?: SubjectNames
  /**
   * Whether schemas that are missing are registered at the start. Default: only where NODE_ENV is not `production`,
   * because there `eventwright schemas push` does it before the release.
   */
  readonly autoRegister?: boolean
  /** How long one request may take; default 10,000. */
  readonly timeoutMs?: number
}

/** What a client needs to know. */
export interface RegistrySettings {
  /** Without user and password, without a slash at its end. */
  readonly url: string
  readonly auth: RegistryAuth | undefined
  readonly timeoutMs: number
}

/** Error: EW_CONFIG, which names no password. */
export function settingsOf(url: string, { auth, timeoutMs = 10_000 }: RegistryOptions): RegistrySettings {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw failure('EW_CONFIG', 'The address of the schema registry is no URL, such as http://registry:8081.')
  }
  const { protocol, username, password, origin, pathname } = parsed
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw failure('EW_CONFIG', `The schema registry has the protocol ${quoted(protocol)}; it must be http or https.`)
  }
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) {
    throw failure('EW_CONFIG', `timeoutMs of the schema registry is ${timeoutMs}; it must be above 0, at most 600,000.`)
  }
  const inUrl = username === '' ? undefined : { username: decoded(username), password: decoded(password) }
  return { url: `${origin}${pathname}`.replace(/\/+$/, ''), auth: auth ?? inUrl, timeoutMs }
}

/** The header that says who asks; undefined where nobody does. */
export async function authorization(auth: RegistryAuth | undefined): Promise<string | undefined> {
  if (auth === undefined) return undefined
  if ('token' in auth) return `Bearer ${typeof auth.token === 'string' ? auth.token : await auth.token()}`
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

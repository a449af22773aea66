import { backoffMs } from '../../base/backoff.ts'
import { systemClock } from '../../base/clock.ts'
import { errorText } from '../../base/error-text.ts'
import { failure, type EventwrightError } from '../../base/errors.ts'
import { randomUnit } from '../../base/ids.ts'
import { isPlainObject, parseJson, type Json } from '../../base/json.ts'
import { authorization, type RegistrySettings } from './settings.ts'

/** What a registry answered, apart from an answer that is to be tried again. */
export type Answer =
  | { readonly ok: true; readonly json: Json }
  /** `code` as registries number it, or the HTTP status where there is none. */
  | { readonly ok: false; readonly status: number; readonly code: number; readonly said: string }

/** What is asked of a registry. */
export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** From the root of the registry, with its parts encoded. */
  readonly path: string
  readonly body?: Json
}

/** Asks a registry, again where that may help. Error: EW_REGISTRY_FAILED. */
export async function ask(settings: RegistrySettings, question: Question): Promise<Answer> {
  let answer = await once(settings, question)
  for (let attempt = 1; 'again' in answer && attempt < attempts; attempt++) {
    await systemClock.sleep(Math.max(answer.waitMs, backoffMs(backoff, attempt, randomUnit())))
    answer = await once(settings, question)
  }
  if ('again' in answer) throw answer.again
  return answer
}

/** Says that a registry has not done what was asked. */
export function registryFailed(
  { url }: RegistrySettings,
  { method, path }: Question,
  what: string,
  cause?: unknown,
): EventwrightError {
  return failure('EW_REGISTRY_FAILED', `The schema registry ${url} ${what} (${method} ${path.slice(0, 300)}).`, {
    details: { registry: url },
    ...(cause !== undefined && { cause }),
  })
}

const attempts = 4
const backoff = { firstMs: 100, factor: 3, maxMs: 2_000, jitter: 0.5 }
/** The longest wait that a registry may ask for. */
const longestWaitMs = 5_000
const largestBody = 4 * 1024 * 1024
const deepest = 200
const mediaType = 'application/vnd.schemaregistry.v1+json'

interface Again {
  readonly again: EventwrightError
  readonly waitMs: number
}

async function once(settings: RegistrySettings, question: Question): Promise<Answer | Again> {
  let response: Response
  let text: string | undefined
  try {
    response = await fetch(`${settings.url}${question.path}`, await requestOf(settings, question))
    text = await bodyOf(response)
  } catch (cause) {
    return { again: registryFailed(settings, question, `does not answer: ${reasonOf(cause)}`, cause), waitMs: 0 }
  }
  if (text === undefined) throw registryFailed(settings, question, 'answered more than 4 MiB')
  const { status } = response
  const json = jsonOf(text)
  if (response.ok && json !== undefined) return { ok: true, json }
  const said = json === undefined ? text : messageOf(json)
  const problem = registryFailed(settings, question, `answered ${status}: ${said.slice(0, 300)}`)
  if (status === 429 || status >= 500) return { again: problem, waitMs: waitOf(response) }
  // Neither is about what was asked for, and a token may be another one the next time.
  if (response.ok || status === 401 || status === 403 || status === 407 || status < 400) throw problem
  return { ok: false, status, code: codeOf(json) ?? status, said: said.slice(0, 2_000) }
}

async function requestOf(settings: RegistrySettings, { method, body }: Question): Promise<RequestInit> {
  const who = await authorization(settings.auth)
  return {
    method,
    headers: {
      accept: `${mediaType}, application/json`,
      ...(body !== undefined && { 'content-type': mediaType }),
      ...(who !== undefined && { authorization: who }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(settings.timeoutMs),
  }
}

/** Undefined when it is too large; then the rest is not read. */
async function bodyOf(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    // Leaving the loop cancels the body.
    if (size > largestBody) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text, deepest)
  } catch {
    return undefined
  }
}

function messageOf(json: Json): string {
  const message = isPlainObject(json) ? (json['message'] ?? json['detail']) : undefined
  return typeof message === 'string' ? message : JSON.stringify(json)
}

function codeOf(json: Json | undefined): number | undefined {
  const code = isPlainObject(json) ? json['error_code'] : undefined
  return typeof code === 'number' ? code : undefined
}

function waitOf(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? '0')
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, longestWaitMs) : 0
}

/** `fetch failed` alone tells nothing; its cause does. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined
  const told = errorText(inner ?? cause)
  return told === '' ? errorText(cause) : told
}

import { signal, type Signal } from '@preact/signals'

/** What the server refused or could not do, in words for whoever reads it. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  /** Fields of what was sent that are wrong, by their paths. */
  readonly issues: readonly Issue[]

  constructor(status: number, code: string, detail: string, issues: readonly Issue[] = []) {
    super(detail)
    this.status = status
    this.code = code
    this.issues = issues
  }
}

/** Whether the server knows this browser; false until its token is given again. */
export const isKnown: Signal<boolean> = signal(true)

const api = new URL('console/api/', new URL('.', location.href))

/** Asks for what is at a path of the interface. Errors: Refusal. */
export function ask<T>(path: string, signalOf?: AbortSignal): Promise<T> {
  return call<T>(path, { ...(signalOf !== undefined && { signal: signalOf }) })
}

/**
 * Orders something, once however often it is sent: repeated after a lost answer it has the same key. Errors: Refusal.
 */
export function order<T>(path: string, body: Readonly<Record<string, unknown>>, key: string): Promise<T> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  return call<T>(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The address of a live stream. */
export function streamAddress(path: string): string {
  return new URL(path, api).href
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(new URL(path, api), { ...init, credentials: 'same-origin' }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Refusal(0, 'unreachable', 'The server does not answer.')
  })
  const text = await response.text()
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T
  if (response.status === 401) isKnown.value = false
  throw refusalOf(response.status, text)
}

function refusalOf(status: number, text: string): Refusal {
  try {
    const { code, detail, title, issues } = JSON.parse(text) as Problem
    return new Refusal(status, code ?? String(status), detail ?? title ?? `The server answers ${status}.`, issues)
  } catch {
    return new Refusal(status, String(status), `The server answers ${status}.`)
  }
}

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly title?: string
  readonly issues?: readonly Issue[]
}

interface Issue {
  readonly path: string
  readonly message: string
}

import { parseJson } from '../base/json.ts'
import { isStorable } from '../base/text.ts'
import { RequestRefused } from './problem.ts'
import type { Json } from './wire.ts'

const mostBytes = 4 * 1024 * 1024
const longestReason = 1_000

/** The JSON object of a body. Refused where it is something else. */
export async function bodyOf(request: Request): Promise<{ readonly [name: string]: Json }> {
  if (!/^application\/json\b/.test(request.headers.get('content-type') ?? ''))
    throw new RequestRefused('bad_request', 'The body of an order is application/json.')
  const text = await textOf(request)
  let json: Json
  try {
    json = parseJson(text) as Json
  } catch {
    throw new RequestRefused('bad_request', 'The body is no JSON.')
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as { readonly [name: string]: Json }
  throw new RequestRefused('bad_request', 'The body of an order is a JSON object.')
}

/** The reason in a body, without which nothing is done. */
export function reasonIn({ reason }: { readonly reason?: Json }): string {
  if (typeof reason === 'string' && reason.trim() !== '' && reason.length <= longestReason && isStorable(reason))
    return reason.trim()
  throw new RequestRefused('bad_request', `An order says why: a reason of 1 to ${longestReason} characters.`)
}

/** Refuses texts that no store can have, before one of them becomes a question to it. */
export function assertStorable(texts: readonly string[]): void {
  if (texts.every(isStorable)) return
  throw new RequestRefused('bad_request', 'The address names a text that no store can hold.')
}

/** What cannot be taken back is confirmed by its name, as the member `name` of the body. */
export function nameOnceMore({ body }: { readonly body: { readonly name?: Json } }, wanted: string): void {
  if (body.name === wanted) return
  throw new RequestRefused('bad_request', `Nothing brings it back: say its name once more, ${wanted}.`)
}

/** The name of an order. */
export function orderKeyIn(headers: Headers): string {
  const key = headers.get('idempotency-key') ?? ''
  if (/^[\x21-\x7e]{8,200}$/.test(key)) return key
  throw new RequestRefused('bad_request', 'An order has a header idempotency-key of 8 to 200 characters of its own.')
}

async function textOf({ body }: Request): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body ?? []) {
    bytes += piece.byteLength
    if (bytes > mostBytes) throw new RequestRefused('too_large', `A body has at most ${mostBytes} bytes.`)
    pieces.push(piece)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch {
    throw new RequestRefused('bad_request', 'The body is no UTF-8.')
  }
}

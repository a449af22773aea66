import { invalid, Problem } from './problem.ts'

const mostBytes = 256 * 1024
const deepest = 16

/** A JSON object, its fields as they were sent. */
export type JsonObject = { readonly [name: string]: unknown }

/**
 * Reads the body as a JSON object, whatever its content type says. Refuses what is not UTF-8, larger than 256 KiB
 * (without reading on) or nested deeper than 16.
 */
export async function readJsonObject(request: Request): Promise<JsonObject> {
  const text = decode(await readBytes(request))
  if (isDeeperThan(text, deepest)) {
    throw new Problem('bad_json', `The body is nested deeper than ${deepest} levels; send a flat order.`)
  }
  const value = parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw invalid([{ path: '', message: 'expected an object' }])
}

/** The bytes of a body. Errors: `Problem` `too_large` above 256 KiB, `bad_request` when it is cut off. */
export async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length
      if (bytes > mostBytes) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    // Whoever sends it has gone away, or cuts it wrongly.
    throw error instanceof Problem ? error : new Problem('bad_request', 'The body ends too soon; send all of it.')
  }
  return Buffer.concat(chunks)
}

function tooLarge(): Problem {
  return new Problem('too_large', `The body may have at most ${mostBytes} bytes; send less at a time.`)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('bad_json', 'The body is not valid UTF-8; send JSON text in UTF-8, not compressed.')
  }
}

function parse(text: string): unknown {
  if (text.trim() === '') throw new Problem('bad_json', 'The body is empty; send a JSON object.')
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be parsed'
    throw new Problem('bad_json', `Send a JSON object; this body is none: ${why.toWellFormed()}.`)
  }
}

/** Counts brackets outside strings, so that nothing deep is ever built. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (inString && char === '\\') index++
    else if (char === '"') inString = !inString
    else if (inString) continue
    else if (char === '[' || char === '{') depth++
    else if (char === ']' || char === '}') depth--
    if (depth > limit) return true
  }
  return false
}

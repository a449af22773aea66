import { RequestRefused } from './problem.ts'
import type { Json, Page } from './wire.ts'

const mostItems = 500
const usualItems = 50

/** How many items a request wants. */
export function limitOf(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return usualItems
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostItems) return limit
  throw new RequestRefused('bad_request', `A page has 1 to ${mostItems} items.`)
}

/** The place behind which a page begins, as `pageOf` wrote it; undefined on the first page. */
export function cursorOf<C extends Json>(query: URLSearchParams, isOne: (json: Json) => json is C): C | undefined {
  const text = query.get('cursor')
  if (text === null) return undefined
  try {
    const json = JSON.parse(Buffer.from(text, 'base64url').toString()) as Json
    if (isOne(json)) return json
  } catch {
    // It is refused below.
  }
  throw new RequestRefused('bad_request', 'The cursor is none of this list; leave it out to begin with the first page.')
}

/** A page whose cursor is `next`; without one it is the last. */
export function pageOf<T>(items: readonly T[], next: Json | undefined, measuredAt: string): Page<T> {
  return {
    measuredAt,
    items,
    ...(next !== undefined && { next: Buffer.from(JSON.stringify(next)).toString('base64url') }),
  }
}

/** A cursor that is a number. */
export function isPlace(json: Json): json is number {
  return typeof json === 'number' && Number.isSafeInteger(json) && json >= 0
}

/** A cursor that is a text. */
export function isText(json: Json): json is string {
  return typeof json === 'string'
}

/** A cursor that is two texts. */
export function isTwoTexts(json: Json): json is readonly [string, string] {
  return Array.isArray(json) && json.length === 2 && json.every((each) => typeof each === 'string')
}

import { RequestRefused } from './problem.ts'

/** One path of the interface. */
export interface Route<Call> {
  readonly method: 'GET' | 'POST'
  /** Segments below the interface: `streams/:stream/events`. */
  readonly path: string
  answer(call: Call, names: Names): Promise<unknown>
}

/** What stood in the path for the names in it, decoded. */
export type Names = Readonly<Record<string, string>>

/** The route of a path. */
export interface Matched<Call> {
  readonly route: Route<Call>
  readonly names: Names
}

/** Finds routes by method and path: segments are decoded once, after they were told apart. Fixed ones go first. */
export class Router<Call> {
  readonly #routes: readonly { readonly route: Route<Call>; readonly segments: readonly string[] }[]

  constructor(routes: readonly Route<Call>[]) {
    const split = routes.map((route) => ({ route, segments: route.path.split('/') }))
    this.#routes = split.sort((a, b) => named(a.segments) - named(b.segments))
  }

  /** Refuses what has no route, and another method than those that the path has. */
  match(method: string, path: string): Matched<Call> {
    const given = path.split('/').map(decoded)
    const found = this.#routes.flatMap(({ route, segments }) => {
      const names = namesIn(segments, given)
      return names === undefined ? [] : [{ route, names }]
    })
    const asked = method === 'HEAD' ? 'GET' : method
    const matched = found.find(({ route }) => route.method === asked)
    if (matched !== undefined) return matched
    if (found.length === 0) throw new RequestRefused('not_found', 'No part of the console has this path.')
    throw new RequestRefused('method_not_allowed', `Use ${found.map(({ route }) => route.method).join(' or ')}.`)
  }
}

function named(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith(':')).length
}

function namesIn(segments: readonly string[], given: readonly string[]): Names | undefined {
  if (segments.length !== given.length) return undefined
  const names: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [index, segment] of segments.entries()) {
    const text = given[index]!
    if (segment.startsWith(':')) {
      if (text === '') return undefined
      names[segment.slice(1)] = text
    } else if (segment !== text) return undefined
  }
  return names
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new RequestRefused('bad_request', 'A % in the path begins no byte of UTF-8.')
  }
}

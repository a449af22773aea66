import type { Place } from '../wire.ts'
import { href } from './route.ts'

/** The address of what the server points at. */
export function placeHref({ page, parts = [], query = {} }: Place): string {
  return href(page, parts, query)
}

/** A path of the interface with a query; what is undefined or empty is left out. */
export function pathOf(path: string, query: Readonly<Record<string, string | number | null | undefined>> = {}): string {
  const named = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  )
  return named.length === 0 ? path : `${path}?${new URLSearchParams(named).toString()}`
}

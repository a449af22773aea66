import { computed, signal, type ReadonlySignal } from '@preact/signals'

/** Where the reader is: the page, what of it, and how it is filtered. All of it stands behind the # of the address. */
export interface Route {
  readonly page: string
  readonly parts: readonly string[]
  readonly query: URLSearchParams
}

const hash = signal(location.hash)
addEventListener('hashchange', () => (hash.value = location.hash))

/** The present place; the overview where the address names none. */
export const route: ReadonlySignal<Route> = computed(() => routeOf(hash.value))

function routeOf(text: string): Route {
  const [path = '', query = ''] = text.replace(/^#\/?/, '').split('?', 2)
  const [page = '', ...parts] = path.split('/').map(decoded)
  return { page: page === '' ? 'overview' : page, parts, query: new URLSearchParams(query) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a place; what is undefined or empty in the query is left out. */
export function href(page: string, parts: readonly string[] = [], query: Query = {}): string {
  const path = [page, ...parts].map(encodeURIComponent).join('/')
  const named = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return `#/${path}${named.length === 0 ? '' : `?${new URLSearchParams(named).toString()}`}`
}

/** Goes to a place; `instead` leaves no way back to the present one. */
export function go(to: string, { instead = false }: { readonly instead?: boolean } = {}): void {
  if (instead) location.replace(to)
  else location.hash = to
}

/** The present place with another query. */
export function filtered(query: Query): string {
  const { page, parts, query: present } = route.value
  return href(page, parts, { ...Object.fromEntries(present), ...query })
}

type Query = Readonly<Record<string, string | number | undefined>>

/**
 * The texts that stand at paths of personal data (`customerId`, `lines[].name`, `labels.*`), for whoever must not show
 * them. Never throws, whatever the data are.
 */
export function personalTexts(paths: readonly string[], data: unknown): readonly string[] {
  if (paths.length === 0) return []
  const found = new Set<string>()
  for (const path of paths) for (const value of valuesAt(data, path)) collect(value, found, deepest)
  // A longer one may hold a shorter one.
  return [...found].toSorted((a, b) => b.length - a.length)
}

/** A text without these texts in it. */
export function masked(text: string, personal: readonly string[]): string {
  return personal.reduce((left, each) => left.replaceAll(each, mask), text)
}

const mask = '***'
const deepest = 20

function valuesAt(data: unknown, path: string): readonly unknown[] {
  let values: readonly unknown[] = [data]
  for (const step of path === '' ? [] : path.split('.')) {
    const [, name = '', lists = ''] = /^(.*?)((?:\[\])*)$/.exec(step) ?? []
    values = values.flatMap((value) => (name === '' ? [value] : membersOf(value, name)))
    for (let depth = lists.length / 2; depth > 0; depth--)
      values = values.flatMap((value) => (Array.isArray(value) ? (value as readonly unknown[]) : []))
  }
  return values
}

function membersOf(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const members = value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value
  if (name === '*') return Object.values(members)
  return Object.hasOwn(members, name) ? [(members as Readonly<Record<string, unknown>>)[name]] : []
}

function collect(value: unknown, found: Set<string>, depth: number): void {
  if (depth === 0 || value === null || value === undefined || typeof value === 'boolean') return
  if (typeof value === 'object') {
    const inner = Object.values(value)
    if (inner.length === 0 || ArrayBuffer.isView(value)) return
    for (const each of inner) collect(each, found, depth - 1)
    return
  }
  const text = String(value)
  if (text !== '') found.add(text)
}

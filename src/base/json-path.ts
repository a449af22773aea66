import { isStorable, quoted } from './text.ts'

const plain = /^[A-Za-z_$][\w$]*$/

/** The place of a value inside a larger one as a person writes it: `items[2].unitPrice`, `meta["a b"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const key of path) text += step(key, text === '')
  return text
}

function step(key: PropertyKey, first: boolean): string {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key)
  if (name.length > 60 || !plain.test(name) || !isStorable(name)) return `[${quoted(name)}]`
  return first ? name : `.${name}`
}

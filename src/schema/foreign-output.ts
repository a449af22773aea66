import { formatPath } from '../base/json-path.ts'
import { describeValue } from '../base/json-value.ts'
import { isPlainObject, maxJsonDepth } from '../base/json.ts'

/**
 * What in the output of a foreign schema can never be JSON, with its place (`a Date at order.createdAt`); null when
 * nothing is. Texts that cannot be stored and nesting are faults of the input and not reported here.
 */
export function faultOfOutput(value: unknown): string | null {
  return value === undefined ? null : search(value, [])
}

function search(value: unknown, path: PropertyKey[]): string | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null
  if (typeof value === 'number') return Number.isFinite(value) ? null : at(value, path)
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return at(value, path)
  if (path.length > maxJsonDepth) return null
  return isList ? searchList(value, path) : searchObject(value, path)
}

function searchList(value: readonly unknown[], path: PropertyKey[]): string | null {
  for (let index = 0; index < value.length; index++) {
    const problem = search(value[index], [...path, index])
    if (problem !== null) return problem
  }
  return null
}

function searchObject(value: Readonly<Record<string, unknown>>, path: PropertyKey[]): string | null {
  for (const key of Object.keys(value)) {
    const problem = value[key] === undefined ? null : search(value[key], [...path, key])
    if (problem !== null) return problem
  }
  return null
}

function at(value: unknown, path: readonly PropertyKey[]): string {
  return path.length === 0 ? describeValue(value) : `${describeValue(value)} at ${formatPath(path)}`
}

/**
 * Freezes plain objects and arrays all the way down and returns the same value; bytes and other objects stay as they
 * are.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) {
    for (const item of value) freezeDeep(item)
    return Object.freeze(value)
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  for (const key in value) freezeDeep(value[key])
  return Object.freeze(value)
}

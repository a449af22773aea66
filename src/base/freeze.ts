/**
 * Freezes plain objects and arrays all the way down and returns the same value; bytes and other objects stay as they
 * are.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null) freezeObject(value)
  return value
}

// Members are looked at before the call: most are texts and numbers, and every decoded event comes through here.
function freezeObject(value: object): void {
  if (Object.isFrozen(value)) return
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (typeof item === 'object' && item !== null) freezeObject(item)
    }
  } else {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return
    for (const key in value) {
      const member: unknown = (value as Record<string, unknown>)[key]
      if (typeof member === 'object' && member !== null) freezeObject(member)
    }
  }
  Object.freeze(value)
}

import { quoted } from './text.ts'

/**
 * What a value is, in a few words for a message: `"3"`, `12`, `5n`, `null`, `nothing`, `an array of 2`, `an object`,
 * `a Date`. Never runs code of the value and never prints more than 60 characters of a text.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return value > -largest && value < largest ? `${value}n` : 'a very large bigint'
    case 'boolean':
      return String(value)
    case 'undefined':
      return 'nothing'
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    default:
      return value === null ? 'null' : describeObject(value as object)
  }
}

/** As `describeValue` for personal data: says of which kind the value is and keeps the value itself out. */
export function describeKind(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length === 1 ? 'a text of 1 character' : `a text of ${value.length} characters`
    case 'number':
      return 'a number'
    case 'bigint':
      return 'a bigint'
    case 'boolean':
      return 'a boolean'
    default:
      return describeValue(value)
  }
}

const largest = 10n ** 40n

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return 'an object'
  const own = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown
  const name = typeof own === 'function' && typeof own.name === 'string' ? own.name : ''
  if (name === '' || name === 'Object') return 'an object'
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name.slice(0, 60)}`
}

import type { Column } from './columns.ts'

/**
 * A text that a person or an address gives as a value of a column: the empty one is null where the column holds no
 * texts. Undefined where it is no value of the column.
 */
export function columnValue(kind: Column['kind'] | undefined, text: string): { readonly value: unknown } | undefined {
  if (text === '' && kind !== 'text') return { value: null }
  switch (kind) {
    case 'integer':
    case 'real': {
      const value = Number(text)
      return Number.isFinite(value) ? { value } : undefined
    }
    case 'long':
      return /^-?\d{1,19}$/.test(text) ? { value: BigInt(text) } : undefined
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : undefined
    case 'bytes':
      return { value: new Uint8Array(Buffer.from(text, 'base64')) }
    default:
      return { value: text }
  }
}

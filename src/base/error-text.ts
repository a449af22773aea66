import { describeValue } from './json-value.ts'

const longest = 2_000

/**
 * The message of anything that was thrown, as a text that can be stored and sent: well formed, and not too long. Never
 * throws itself.
 */
export function errorText(error: unknown): string {
  const plain = said(error).replaceAll('\u0000', '\ufffd').toWellFormed()
  return plain.length > longest ? `${plain.slice(0, longest).toWellFormed()}…` : plain
}

function said(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return describeValue(error)
  }
}

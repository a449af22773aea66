const longest = 2_000

/** The message of anything that was thrown, as a text that can be stored and sent: well formed, and not too long. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const plain = text.replaceAll('\u0000', '\ufffd').toWellFormed()
  return plain.length > longest ? `${plain.slice(0, longest).toWellFormed()}…` : plain
}

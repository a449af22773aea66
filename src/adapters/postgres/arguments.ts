/** A list of numbers as PostgreSQL writes an array: the driver would quote every one of them. */
export function list(numbers: readonly (number | null)[]): string {
  return `{${numbers.map((number) => number ?? 'null').join()}}`
}

/** A JSON array of texts that are JSON; null when there are none. */
export function array(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : `[${texts.join()}]`
}

/** A list of texts as PostgreSQL writes an array. */
export function textList(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join()}}`
}

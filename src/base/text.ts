/**
 * A string with a meaning: any string is accepted, it prints under its alias, and types can tell it from plain text.
 * The member exists in types alone.
 */
export type Flavour<Name extends string> = string & { readonly '~flavour'?: Name }

/**
 * Whether the text may be stored: no U+0000 and no lone surrogate.
 *
 * PostgreSQL refuses the first, UTF-8 cannot carry the second, so both are refused everywhere, at the edge.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** What is wrong with a text that `isStorable` refuses, to follow "a text with"; null when nothing is. */
export function textFault(text: string): string | null {
  const zero = text.indexOf('\u0000')
  if (zero >= 0) return `U+0000 at index ${zero}`
  if (text.isWellFormed()) return null
  return `a lone surrogate at index ${loneSurrogateIndex(text)}`
}

/** The text between quotes as JSON writes it, cut after `limit` characters: for messages that show foreign input. */
export function quoted(text: string, limit = 60): string {
  const whole = text.length <= limit
  return whole ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, limit))}… (${text.length} characters)`
}

function loneSurrogateIndex(text: string): number {
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) as number
    if (point >= 0xd800 && point <= 0xdfff) return index
    if (point > 0xffff) index++
  }
  return -1
}

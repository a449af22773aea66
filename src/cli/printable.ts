// Control characters, and characters that turn the direction of text or cannot be seen.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const unsafeInLines = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text from a store or a caller, made safe for a terminal: what could steer it is written as `\\u….` */
export function printable(text: string, { lines = false, limit = Infinity }: PrintableOptions = {}): string {
  const short = text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)\n` : text
  return short
    .toWellFormed()
    .replaceAll(
      lines ? unsafeInLines : unsafe,
      (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
    )
}

/** What is left as it is. */
export interface PrintableOptions {
  /** Keep line breaks. */
  readonly lines?: boolean
  /** Cut after so many characters. */
  readonly limit?: number
}

const segments = new Intl.Segmenter()
const wideRanges =
  '\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6'
const wide = new RegExp(`[${wideRanges}]|\\p{Emoji_Presentation}`, 'u')

/** How many columns of a terminal the text takes. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of segments.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

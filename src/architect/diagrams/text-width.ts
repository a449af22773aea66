/**
 * Hundredths of an em of the characters from space to tilde in DejaVu Sans, which is wider than the other fonts that a
 * page falls back on: what fits in it fits in all of them, and a picture needs no font to be laid out.
 */
const widths: readonly number[] = [
  32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
  84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61,
  69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59,
  82, 59, 59, 52, 64, 34, 64, 84,
]
/** What is not in the table may be a letter of any script, or a picture; those are hardly wider than high. */
const unknownWidth = 130
const boldFactor = 1.14

/** How large a text is drawn. */
export interface Font {
  /** In px. */
  readonly size: number
  readonly isBold?: boolean
}

/** How wide a text is at most, in px, rounded up. */
export function widthOfText(text: string, { size, isBold = false }: Font): number {
  let hundredths = 0
  for (const character of text) hundredths += widths[character.codePointAt(0)! - 32] ?? unknownWidth
  return Math.ceil((hundredths / 100) * size * (isBold ? boldFactor : 1))
}

/** The text, or as much of it as fits into so many px, with an ellipsis. */
export function fittingText(text: string, font: Font, width: number): string {
  if (widthOfText(text, font) <= width) return text
  const characters = [...text]
  while (characters.length > 1 && widthOfText(`${characters.join('')}…`, font) > width) characters.pop()
  return `${characters.join('')}…`
}

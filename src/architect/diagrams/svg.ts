import { boxInks, dashedLines, lineInks, paper, type Ink } from './palette.ts'
import { fontSizes, type Area, type Box, type Caption, type Line, type Picture } from './picture.ts'

/** What a picture says to those who do not see it. */
export interface Wording {
  readonly title: string
  /** The same as the picture, in sentences. */
  readonly description: string
}

const margin = 16

/**
 * A picture as an SVG file that stands alone: no script, no font, no other file. Colours are attributes, for programs
 * that know no style sheets; by night a style sheet takes their place. Every text is escaped, and characters that XML
 * cannot carry are replaced. The same picture gives the same bytes.
 */
export function svgOf(picture: Picture, { title, description }: Wording): string {
  const { areas, lines, boxes, captions } = picture
  const [width, height] = [Math.ceil(picture.width) + 2 * margin, Math.ceil(picture.height) + 2 * margin]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"` +
      ` role="img" aria-labelledby="title description" font-family="${font}">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${night()}</style>`,
    `<rect class="sheet" width="${width}" height="${height}" rx="10" fill="${paper.sheet[0]}"/>`,
    `<g transform="translate(${margin} ${margin})">`,
    ...areas.map(areaText),
    ...captions.map(captionText),
    ...lines.map(lineText),
    ...boxes.map(boxText),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

const font = 'Inter,ui-sans-serif,system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,DejaVu Sans,sans-serif'

function areaText({ x, y, width, height, label }: Area): string {
  const rect = `<rect class="area" x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${paper.area[0]}"/>`
  return [rect, ...label.map(captionText)].join('')
}

function captionText({ x, y, text, look, anchor }: Caption): string {
  const colour = look === 'small' ? 'quiet' : 'ink'
  const end = anchor === undefined ? '' : ` text-anchor="${anchor}"`
  const weight = look === 'strong' ? ' font-weight="600"' : ''
  const size = fontSizes[look]
  return `<text class="${colour}" x="${x}" y="${y}" font-size="${size}"${weight}${end} fill="${paper[colour][0]}">${escaped(text)}</text>`
}

function lineText({ kind, path, head }: Line): string {
  const name = classOf(kind)
  const dash = dashedLines.includes(kind) ? ' stroke-dasharray="4 3"' : ''
  const [colour] = lineInks[kind]
  const arrow = head === '' ? '' : `<path class="${name}-head" d="${head}" fill="${colour}"/>`
  return `<path class="${name}" d="${path}" fill="none" stroke="${colour}" stroke-width="1.3"${dash}/>${arrow}`
}

function boxText({ kind, x, y, outline, inner, texts, title }: Box): string {
  const { edge, fill } = boxInks[kind]
  const stroke = `stroke="${edge[0]}" stroke-width="1.3" stroke-linejoin="round"`
  const lines = inner === undefined ? '' : `<path class="${kind}-inner" d="${inner}" fill="none" ${stroke}/>`
  return (
    `<g transform="translate(${x} ${y})"><title>${escaped(title)}</title>` +
    `<path class="${kind}" d="${outline}" fill="${fill[0]}" ${stroke}/>${lines}${texts.map(captionText).join('')}</g>`
  )
}

function night(): string {
  const rules = [
    ...Object.entries(paper).map(([name, [, dark]]) => `.${name}{fill:${dark}}`),
    ...Object.entries(boxInks).map(
      ([kind, { edge, fill }]) => `.${kind}{fill:${fill[1]};stroke:${edge[1]}}.${kind}-inner{stroke:${edge[1]}}`,
    ),
    ...Object.entries(lineInks).map(([kind, [, dark]]: readonly [string, Ink]) => {
      const name = classOf(kind)
      return `.${name}{stroke:${dark}}.${name}-head{fill:${dark}}`
    }),
  ]
  return `@media (prefers-color-scheme:dark){${rules.join('')}}`
}

function classOf(kind: string): string {
  return kind.replaceAll(' ', '-')
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

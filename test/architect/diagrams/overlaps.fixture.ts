import { fontSizes, type Caption, type Picture } from '../../../src/architect/diagrams/picture.ts'
import { widthOfText } from '../../../src/architect/diagrams/text-width.ts'

interface Rect {
  readonly what: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A part of a line. */
export type Stretch = Omit<Rect, 'what'>

/** Everything in a picture that lies on what it should not lie on. */
export function overlapsOf(picture: Picture): readonly string[] {
  const boxes = picture.boxes.map(({ id, x, y, width, height }): Rect => ({ what: id, x, y, width, height }))
  const labels = [...picture.captions, ...picture.areas.flatMap(({ label }) => label)].map(textRect)
  const lines = picture.lines.flatMap((line) =>
    stretchesOf(line.path).map((rect) => ({ ...rect, what: line.id, touches: line.touches })),
  )
  const sheet: Rect = { what: 'sheet', x: 0, y: 0, width: picture.width, height: picture.height }
  return [
    ...pairs(boxes).flatMap(([one, other]) => (meet(one, other) ? [`${one.what} on ${other.what}`] : [])),
    ...pairs(labels).flatMap(([one, other]) => (meet(one, other) ? [`text ${one.what} on text ${other.what}`] : [])),
    ...boxes.flatMap((box) => labels.flatMap((label) => (meet(box, label) ? [`${label.what} on ${box.what}`] : []))),
    ...lines.flatMap((line) => labels.flatMap((label) => (meet(line, label) ? [`${line.what} on ${label.what}`] : []))),
    ...lines.flatMap((line) =>
      boxes.flatMap((box) => (meet(line, shrunk(box)) ? [`line ${line.what} through ${box.what}`] : [])),
    ),
    ...picture.boxes.flatMap((box) =>
      box.texts.flatMap((text) => {
        const { x, width } = textRect(text)
        return x >= 0 && x + width <= box.width ? [] : [`text ${text.text} out of ${box.id}`]
      }),
    ),
    ...[...boxes, ...labels, ...lines].flatMap((each) => (isIn(each, sheet) ? [] : [`${each.what} out of the sheet`])),
  ]
}

function textRect({ x, y, text, look, anchor = 'start' }: Caption): Rect {
  const size = fontSizes[look]
  const width = widthOfText(text, { size, isBold: look === 'strong' })
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2
  return { what: text, x: left, y: y - size * 0.75, width, height: size * 0.95 }
}

/** The straight stretches of a path, with the chords of its corners. */
export function stretchesOf(path: string): readonly Stretch[] {
  const points = [...path.matchAll(/([MLQ])([-\d.]+) ([-\d.]+)(?: ([-\d.]+) ([-\d.]+))?/g)].flatMap(
    ([, , x, y, cornerX, cornerY]) => [
      [Number(x), Number(y)] as const,
      ...(cornerX === undefined ? [] : [[Number(cornerX), Number(cornerY)] as const]),
    ],
  )
  return points.slice(1).map(([x, y], at) => {
    const [fromX, fromY] = points[at]!
    return {
      x: Math.min(x, fromX),
      y: Math.min(y, fromY),
      width: Math.abs(x - fromX),
      height: Math.abs(y - fromY),
    }
  })
}

/** Whether two stretches lie on each other for more than a point. */
export function runAlong(one: Stretch, other: Stretch): boolean {
  const shared = (start: number, size: number, otherStart: number, otherSize: number): number =>
    Math.min(start + size, otherStart + otherSize) - Math.max(start, otherStart)
  const isLevel = one.height === 0 && other.height === 0 && one.y === other.y
  const isUpright = one.width === 0 && other.width === 0 && one.x === other.x
  if (isLevel) return shared(one.x, one.width, other.x, other.width) > 1
  return isUpright && shared(one.y, one.height, other.y, other.height) > 1
}

function pairs<T>(of: readonly T[]): readonly (readonly [T, T])[] {
  return of.flatMap((one, at) => of.slice(at + 1).map((other) => [one, other] as const))
}

function meet(one: Rect | Stretch, other: Stretch): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  )
}

/** Lines end at the edge of a box, and at a slanting edge a little inside of it. */
function shrunk(box: Rect): Rect {
  return { ...box, x: box.x + 13, width: box.width - 26, y: box.y + 1, height: box.height - 2 }
}

function isIn({ x, y, width, height }: Stretch, sheet: Rect): boolean {
  return x >= 0 && y >= 0 && x + width <= sheet.width && y + height <= sheet.height
}

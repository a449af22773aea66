import type { BoxKind } from './picture.ts'

/** The shape of a box: each kind has one, so that colour is never needed to tell them apart. */
export interface Shape {
  readonly outline: string
  readonly inner?: string
  /** How much room its shape takes from texts, in px. */
  readonly left: number
  readonly right: number
}

/** The shape of a kind of box of that size. */
export function shapeOf(kind: BoxKind, width: number, height: number): Shape {
  switch (kind) {
    case 'command':
      return { outline: tag(width, height), left: 10, right: 14 }
    case 'event':
      return { ...note(width, height), left: 10, right: 12 }
    case 'channel':
      return { ...pipe(width, height), left: 14, right: 14 }
    case 'projection':
      return { outline: rounded(width, height, 3), inner: `M7 0V${height}`, left: 15, right: 8 }
    case 'subscription':
      return { outline: hexagon(width, height), left: 14, right: 14 }
    case 'saga':
    case 'process':
    case 'end':
      return { outline: rounded(width, height, height / 2), left: 14, right: 14 }
    case 'handler':
      return { outline: rounded(width, height, 6), inner: `M0 ${height - 4}H${width}`, left: 10, right: 10 }
    case 'wait':
      return { outline: hexagon(width, height), left: 16, right: 14 }
    case 'pivot':
      return {
        outline: rounded(width, height, 6),
        inner: `M4.5 0V${height}M${width - 4.5} 0V${height}`,
        left: 15,
        right: 12,
      }
    case 'aggregate':
    case 'step':
    case 'undo':
    case 'failed':
      return { outline: rounded(width, height, 6), left: 10, right: 10 }
  }
}

/** How far the shape's left edge is from the box's, at a height that is so far from its middle. */
export function insetOf(kind: BoxKind, height: number, fromMiddle: number): number {
  const half = height / 2
  const away = Math.min(half, Math.abs(fromMiddle))
  if (kind === 'subscription' || kind === 'wait') return (hexagonTip * away) / half
  if (kind === 'saga' || kind === 'process' || kind === 'end') return half - Math.sqrt(half * half - away * away)
  return 0
}

const hexagonTip = 8

function rounded(width: number, height: number, radius: number): string {
  const r = `a${radius} ${radius} 0 0 1 `
  const [across, down] = [width - 2 * radius, height - 2 * radius]
  return (
    `M${radius} 0h${across}${r}${radius} ${radius}v${down}${r}${-radius} ${radius}` +
    `h${-across}${r}${-radius} ${-radius}v${-down}${r}${radius} ${-radius}z`
  )
}

function tag(width: number, height: number): string {
  const tip = 8
  return `M3 0H${width - tip}L${width} ${height / 2}L${width - tip} ${height}H3a3 3 0 0 1 -3 -3V3a3 3 0 0 1 3 -3z`
}

function note(width: number, height: number): Pick<Shape, 'outline' | 'inner'> {
  const fold = 8
  return {
    outline: `M0 0H${width - fold}L${width} ${fold}V${height}H0z`,
    inner: `M${width - fold} 0V${fold}H${width}`,
  }
}

function pipe(width: number, height: number): Pick<Shape, 'outline' | 'inner'> {
  const [bend, half] = [5, height / 2]
  const end = `a${bend} ${half} 0 0 1 0 ${height}`
  return {
    outline: `M${bend} 0H${width - bend}${end}H${bend}a${bend} ${half} 0 0 1 0 ${-height}z`,
    inner: `M${width - bend} 0a${bend} ${half} 0 0 0 0 ${height}`,
  }
}

function hexagon(width: number, height: number): string {
  const [tip, half] = [hexagonTip, height / 2]
  return `M${tip} 0H${width - tip}L${width} ${half}L${width - tip} ${height}H${tip}L0 ${half}z`
}

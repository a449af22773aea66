import type { ComponentChildren, JSX } from 'preact'
import type { PictureBox, PictureLine, PictureText, PictureView } from '../../wire/pictures.ts'

interface DrawingProps {
  readonly picture: PictureView
  readonly name: string
  /** Classes of a line besides that of its kind. */
  readonly lineClass?: (line: PictureLine) => string
  /** The boxes, each as the page wants it. */
  readonly box: (box: PictureBox) => JSX.Element
}

/** A picture that came with an answer, as it was laid out; what is seen of it is the page's. */
export function Drawing({ picture, name, lineClass = () => '', box }: DrawingProps): JSX.Element {
  const { width, height, areas, lines, boxes, captions } = picture
  return (
    <svg class="drawing" viewBox={`-1 -1 ${width + 2} ${height + 2}`} width={width + 2} height={height + 2}>
      <title>{name}</title>
      {areas.map(({ x, y, width: wide, height: high, label }) => (
        <g key={y} class="area">
          <rect x={x} y={y} width={wide} height={high} rx="8" />
          <Texts of={label} />
        </g>
      ))}
      <Texts of={captions} />
      {lines.map((line) => (
        <g key={line.id} class={`line ${line.kind.replaceAll(' ', '-')} ${lineClass(line)}`}>
          <path d={line.path} />
          {line.head !== '' && <path class="head" d={line.head} />}
        </g>
      ))}
      {boxes.map(box)}
    </svg>
  )
}

interface BoxProps {
  readonly of: PictureBox
  /** Classes besides that of its kind. */
  readonly look?: string
  readonly texts?: readonly PictureText[]
  readonly children?: ComponentChildren
}

/** A box in its place; children are drawn over it, from its corner on. */
export function BoxShape({ of, look = '', texts = of.texts, children }: BoxProps): JSX.Element {
  const { kind, x, y, outline, inner, title } = of
  return (
    <g class={`part ${kind} ${look}`} transform={`translate(${x} ${y})`}>
      <title>{title}</title>
      <path class="shape" d={outline} />
      {inner !== undefined && <path class="inner" d={inner} />}
      <Texts of={texts} />
      {children}
    </g>
  )
}

function Texts({ of }: { readonly of: readonly PictureText[] }): JSX.Element {
  return (
    <>
      {of.map(({ x, y, text, look, anchor = 'start' }) => (
        <text key={`${x} ${y}`} class={look} x={x} y={y} text-anchor={anchor}>
          {text}
        </text>
      ))}
    </>
  )
}

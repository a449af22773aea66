import type { JSX } from 'preact'

interface Props {
  readonly values: readonly number[]
  /** What the line shows, for who does not see it. */
  readonly label: string
}

/** The course of a number, the newest at the right; its scale begins at zero. */
export function Spark({ values, label }: Props): JSX.Element {
  const top = Math.max(...values, 1)
  const step = 120 / Math.max(1, values.length - 1)
  const points = values.map((value, index) => `${(index * step).toFixed(1)},${(27 - (25 * value) / top).toFixed(1)}`)
  return (
    <svg class="spark" viewBox="0 0 120 28" preserveAspectRatio="none" role="img" aria-label={label}>
      {points.length > 1 && (
        <>
          <polygon points={`0,28 ${points.join(' ')} 120,28`} />
          <polyline points={points.join(' ')} />
        </>
      )}
    </svg>
  )
}

import type { JSX } from 'preact'

const whole = new Intl.NumberFormat('en-GB')
const short = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 })

/** A number with its unit; from ten thousand on in short, with the whole number for whoever asks. */
export function Quantity({ value, unit }: { readonly value: number | undefined; readonly unit: string }): JSX.Element {
  if (value === undefined) return <span class="quiet">–</span>
  const text = Math.abs(value) < 10_000 ? whole.format(Math.round(value * 10) / 10) : short.format(value)
  return (
    <span class="quantity" title={`${whole.format(value)} ${unit}`}>
      {text} <small>{unit}</small>
    </span>
  )
}

import type { JSX } from 'preact'

const whole = new Intl.NumberFormat('en-GB')
const short = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 })

const one: Readonly<Record<string, string>> = {
  events: 'event',
  keys: 'key',
  messages: 'message',
  processes: 'process',
}

/**
 * A number with its unit, which is named in the plural; from ten thousand on in short, with the whole number for
 * whoever asks.
 */
export function Quantity({ value, unit }: { readonly value: number | undefined; readonly unit: string }): JSX.Element {
  if (value === undefined) return <span class="quiet">–</span>
  const text = Math.abs(value) < 10_000 ? whole.format(Math.round(value * 10) / 10) : short.format(value)
  const named = value === 1 ? (one[unit] ?? unit) : unit
  return (
    <span class="quantity" title={`${whole.format(value)} ${named}`}>
      {text} <small>{named}</small>
    </span>
  )
}

import { failure } from './errors.ts'
import { quoted } from './text.ts'

/** A length of time as text: a number and a unit, for example `'250ms'`, `'5s'`, `'1m'`, `'1h'`, `'7d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
const pattern = /^(\d{1,16})(?:\.(\d{1,3}))?(ms|s|m|h|d)$/

/** Milliseconds of a duration; throws `EW_VALUE` when the text is not one or is not a whole number of milliseconds. */
export function durationMs(text: Duration): number {
  const ms = parseDuration(text)
  if (ms !== null) return ms
  const expected = `expected for example '250ms', '5s', '1m', '1h', '7d'`
  throw failure('EW_VALUE', `${quoted(String(text))} is not a duration: ${expected}.`)
}

/** Milliseconds of a duration text; null when it is not one or is not a whole number of milliseconds. */
export function parseDuration(text: string): number | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const unit = unitMs[match[3] as keyof typeof unitMs]
  const digits = match[2] ?? ''
  const fraction = digits === '' ? 0 : (Number(digits) * unit) / 10 ** digits.length
  const total = Number(match[1]) * unit + fraction
  return Number.isSafeInteger(fraction) && Number.isSafeInteger(total) ? total : null
}

/** The canonical text: the largest unit that divides exactly, so 60,000 is `1m` and 90,000 is `90s`; 0 is `0ms`. */
export function formatDuration(ms: number): Duration {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms > 0 && ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`
  }
  return `${ms}ms`
}

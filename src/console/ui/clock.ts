import { signal, type Signal } from '@preact/signals'

/** The time, once a second; ages on the page follow it. */
export const now: Signal<number> = signal(Date.now())
setInterval(() => (now.value = Date.now()), 1_000)

/** How times are shown: as the reader's clock has them, or in UTC. */
export const zone: Signal<'local' | 'UTC'> = signal(localStorage.getItem('zone') === 'UTC' ? 'UTC' : 'local')

/** Shows times the other way, from now on. */
export function turnZone(): void {
  zone.value = zone.value === 'UTC' ? 'local' : 'UTC'
  localStorage.setItem('zone', zone.value)
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const

/** A span in words: its two largest units, `1 h 5 min`; below ten seconds with a tenth. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const index = units.findIndex(([, size]) => seconds >= size)
  const [unit, size] = units[index]!
  const [smaller, smallerSize] = units[index + 1] ?? ['s', 1]
  const rest = Math.floor((seconds % size) / smallerSize)
  return `${Math.floor(seconds / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${smaller}`}`
}

/** A moment as text, to the millisecond where `exact`. */
export function timeText(at: string | number, exact: boolean = false): string {
  const date = new Date(at)
  if (zone.value === 'UTC')
    return date
      .toISOString()
      .replace('T', ' ')
      .slice(0, exact ? 23 : 19)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time}${exact ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : ''}`
}

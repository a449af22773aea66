import type { LengthBounds } from './node.ts'

/** A source of numbers from 0 up to 1, given from outside so that what is drawn can be drawn again. */
export type Random = () => number

/** A whole number between both bounds, which come more often than the rest. */
export function wholeWithin(min: number, max: number, random: Random): number {
  const place = random()
  if (place < 0.1) return min
  if (place > 0.9) return max
  return Math.min(max, Math.floor(min + ((place - 0.1) / 0.8) * (max - min + 1)))
}

/** One of the values. */
export function pick<V>(values: readonly V[], random: Random): V {
  return values[Math.min(values.length - 1, Math.floor(random() * values.length))] as V
}

/** A length within the bounds, at most `usual` above the least one. */
export function lengthWithin(bounds: LengthBounds, usual: number, random: Random): number {
  const min = bounds.min ?? 0
  return wholeWithin(min, Math.min(bounds.max ?? Infinity, min + usual), random)
}

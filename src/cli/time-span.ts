const steps = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
] as const

/** A length of time for people, in the largest unit of which there are two at least: `90s`, `3m`, `50h`. */
export function timeSpan(ms: number): string {
  const step = steps.find((each) => ms >= 2 * each.ms)
  return step === undefined ? `${Math.floor(ms / 1000)}s` : `${Math.floor(ms / step.ms)}${step.unit}`
}

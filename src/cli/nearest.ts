/** `Did you mean "orders"?` for a name that is nearly one of the known ones; else what is known, else an empty text. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, distance: distanceOf(name.slice(0, 200), candidate.slice(0, 200)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0]
  if (near !== undefined) return `Did you mean "${near.candidate}"?`
  if (known.length === 0) return ''
  const shown = known.slice(0, 10).join(', ')
  return `Known: ${shown}${known.length > 10 ? ` and ${known.length - 10} more` : ''}.`
}

/** How many characters must be changed, added or removed to come from one text to the other. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let k = 1; k <= b.length; k++) {
      const change = a[i - 1]!.toLowerCase() === b[k - 1]!.toLowerCase() ? 0 : 1
      next[k] = Math.min(row[k]! + 1, next[k - 1]! + 1, row[k - 1]! + change)
    }
    row = next
  }
  return row[b.length]!
}

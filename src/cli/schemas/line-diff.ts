/** Lines of two texts: those of both with two spaces before them, those of one with `- ` or `+ `. */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  const [old, fresh] = [before.slice(0, mostLines), after.slice(0, mostLines)]
  const common = Array.from({ length: old.length + 1 }, () => new Uint16Array(fresh.length + 1))
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = fresh.length - 1; b >= 0; b--) {
      const [row, below] = [common[a]!, common[a + 1]!]
      row[b] = old[a] === fresh[b] ? below[b + 1]! + 1 : Math.max(below[b]!, row[b + 1]!)
    }
  }
  const lines: string[] = []
  let [a, b] = [0, 0]
  while (a < old.length || b < fresh.length) {
    if (a < old.length && b < fresh.length && old[a] === fresh[b]) {
      lines.push(`  ${old[a]}`)
      a++
      b++
    } else if (b >= fresh.length || (a < old.length && common[a + 1]![b]! >= common[a]![b + 1]!))
      lines.push(`- ${old[a++]}`)
    else lines.push(`+ ${fresh[b++]}`)
  }
  return lines
}

const mostLines = 4_000

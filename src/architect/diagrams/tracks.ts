/** What runs upright in a gap between two columns: the heights at which it is met, on its left and on its right. */
export interface Upright {
  readonly left: readonly number[]
  readonly right: readonly number[]
}

/** How far apart two uprights on one track must end, in px. */
const apart = 12

/**
 * The track of each upright, from 0 at the left, such that no two that pass the same height share one, few lines cross,
 * and few tracks are needed. The same uprights always get the same tracks.
 */
export function tracksOf(uprights: readonly Upright[]): readonly number[] {
  const spans = uprights.map(({ left, right }) => [Math.min(...left, ...right), Math.max(...left, ...right)] as const)
  const order = fewestCrossings(uprights, spans)
  const tracks = new Array<number>(uprights.length).fill(0)
  order.forEach((each, at) => {
    const [top, bottom] = spans[each]!
    for (const other of order.slice(0, at)) {
      const [otherTop, otherBottom] = spans[other]!
      const isClear = bottom + apart <= otherTop || otherBottom + apart <= top
      if (!isClear) tracks[each] = Math.max(tracks[each]!, tracks[other]! + 1)
    }
  })
  return tracks
}

/** Moves each upright to where it crosses least, until none would rather be elsewhere. */
function fewestCrossings(
  uprights: readonly Upright[],
  spans: readonly (readonly [number, number])[],
): readonly number[] {
  const crossings = (first: number, second: number): number => {
    const inside = (heights: readonly number[], [top, bottom]: readonly [number, number]): number =>
      heights.filter((height) => height > top && height < bottom).length
    return inside(uprights[second]!.left, spans[first]!) + inside(uprights[first]!.right, spans[second]!)
  }
  const costs = uprights.map((_, first) => uprights.map((__, second) => crossings(first, second)))
  let order = uprights.map((_, index) => index)
  // Each round is cheap and most pictures are at rest after two of them.
  for (let round = 0, moved = true; moved && round < 12; round++) {
    moved = false
    for (const each of [...order]) {
      const rest = order.filter((other) => other !== each)
      const best = bestPlace(each, rest, costs)
      if (best === order.indexOf(each)) continue
      order = [...rest.slice(0, best), each, ...rest.slice(best)]
      moved = true
    }
  }
  return order
}

function bestPlace(each: number, rest: readonly number[], costs: readonly (readonly number[])[]): number {
  let cost = rest.reduce((sum, other) => sum + costs[each]![other]!, 0)
  let [best, least] = [0, cost]
  rest.forEach((other, at) => {
    cost += costs[other]![each]! - costs[each]![other]!
    if (cost < least) [best, least] = [at + 1, cost]
  })
  return best
}

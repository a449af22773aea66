const blockSize = 512

/**
 * A list that is always in order. Adding and removing cost a binary search and one move inside a block, so a list of a
 * million items stays quick. Two items that compare as equal are the same item. Do not change it while iterating.
 */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number
  readonly #blocks: T[][] = []
  #size = 0

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#size
  }

  /** Adds the item, in place of one that compares as equal. */
  add(item: T): void {
    const isBefore = (other: T): boolean => this.#compare(other, item) < 0
    const at = Math.min(this.#blockFrom(isBefore), this.#blocks.length - 1)
    const block = this.#blocks[at]
    if (block === undefined) {
      this.#blocks.push([item])
      this.#size = 1
      return
    }
    const index = firstNot(block, isBefore)
    if (index < block.length && this.#compare(block[index] as T, item) === 0) {
      block[index] = item
      return
    }
    block.splice(index, 0, item)
    this.#size++
    if (block.length > blockSize) this.#blocks.splice(at + 1, 0, block.splice(blockSize >> 1))
  }

  /** Removes the item that compares as equal; false when there is none. */
  remove(item: T): boolean {
    const isBefore = (other: T): boolean => this.#compare(other, item) < 0
    const at = this.#blockFrom(isBefore)
    const block = this.#blocks[at]
    if (block === undefined) return false
    const index = firstNot(block, isBefore)
    if (this.#compare(block[index] as T, item) !== 0) return false
    block.splice(index, 1)
    this.#size--
    if (block.length === 0) this.#blocks.splice(at, 1)
    return true
  }

  /** The items in order, from the first one that is not before the start; all without `isBefore`. */
  *ascending(isBefore?: (item: T) => boolean): Generator<T, void, undefined> {
    let at = isBefore === undefined ? 0 : this.#blockFrom(isBefore)
    let index = isBefore === undefined || at >= this.#blocks.length ? 0 : firstNot(this.#blocks[at] as T[], isBefore)
    for (; at < this.#blocks.length; at++, index = 0) {
      const block = this.#blocks[at] as T[]
      for (; index < block.length; index++) yield block[index] as T
    }
  }

  /** The items in reverse order, from the last one that is not after the start; all without `isAfter`. */
  *descending(isAfter?: (item: T) => boolean): Generator<T, void, undefined> {
    const isNotAfter = isAfter === undefined ? () => true : (item: T): boolean => !isAfter(item)
    let at = Math.min(
      isAfter === undefined ? this.#blocks.length : this.#blockFrom(isNotAfter),
      this.#blocks.length - 1,
    )
    if (at < 0) return
    let index = isAfter === undefined ? (this.#blocks[at] as T[]).length : firstNot(this.#blocks[at] as T[], isNotAfter)
    for (; at >= 0; at--, index = this.#blocks[at]?.length ?? 0) {
      const block = this.#blocks[at] as T[]
      for (index--; index >= 0; index--) yield block[index] as T
    }
  }

  /** The first block whose last item does not hold; the number of blocks when all hold. */
  #blockFrom(holds: (item: T) => boolean): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const block = this.#blocks[middle] as T[]
      if (holds(block[block.length - 1] as T)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The index of the first item that does not hold; the length when all hold. */
function firstNot<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(items[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}

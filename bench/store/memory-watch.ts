import type { Measured } from '../variant.ts'

const mib = 2 ** 20
const everyMs = 50

/** Watches this process's memory while something runs. Run Node with `--expose-gc` for the heap after a collection. */
export class MemoryWatch {
  #highest = 0
  readonly #timer = setInterval(() => this.#look(), everyMs)

  /** In MiB: the highest resident size that was seen, and the heap in use after a collection now. */
  end(): { readonly 'highest resident MiB': number; readonly 'heap after collection MiB': number } {
    clearInterval(this.#timer)
    this.#look()
    globalThis.gc?.()
    return {
      'highest resident MiB': Math.round(this.#highest / mib),
      'heap after collection MiB': Math.round(process.memoryUsage().heapUsed / mib),
    }
  }

  #look(): void {
    this.#highest = Math.max(this.#highest, process.memoryUsage.rss())
  }
}

/** What a row says of the memory of both sides: the highest size of any repetition. */
export function replayDetails(
  ours: readonly Measured[],
  theirs: readonly Measured[],
): NonNullable<Measured['details']> {
  const highest = (all: readonly Measured[]): number =>
    Math.max(...all.map(({ details }) => Number(details?.['highest resident MiB'])))
  return {
    ...ours.at(-1)!.details,
    'highest resident MiB': highest(ours),
    'theirs, resident MiB': highest(theirs),
  }
}

/** Reads the page that follows; undefined when there is none. */
export type NextPage<T> = () => Promise<readonly T[] | undefined>

/**
 * The items of pages, one by one, each page asked for when the one before has come: it is made elsewhere while that is
 * worked on, and at most two are in memory. A generator would do the same at a higher price for each item, and whole
 * logs are read through it.
 */
export function paged<T, U>(nextPage: NextPage<T>, open: (item: T) => U): AsyncIterableIterator<U, undefined> {
  return new Paged(nextPage, open)
}

class Paged<T, U> implements AsyncIterableIterator<U, undefined> {
  readonly #nextPage: NextPage<T>
  readonly #open: (item: T) => U
  #page: readonly T[] = []
  #index = 0
  #ended = false
  /** The page after this one, once it was asked for. */
  #ahead: ReturnType<NextPage<T>> | undefined
  /** Settles when the page under way has come; calls meanwhile stand in line behind it. */
  #loading: Promise<IteratorResult<U, undefined>> | undefined

  constructor(nextPage: NextPage<T>, open: (item: T) => U) {
    this.#nextPage = nextPage
    this.#open = open
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<U, undefined>> {
    if (this.#loading !== undefined) return this.#after(this.#loading)
    if (this.#index < this.#page.length) return Promise.resolve(this.#take())
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    const loading = this.#load().finally(() => {
      if (this.#loading === loading) this.#loading = undefined
    })
    return (this.#loading = loading)
  }

  return(): Promise<IteratorResult<U, undefined>> {
    this.#ended = true
    this.#page = []
    return Promise.resolve({ done: true, value: undefined })
  }

  #after(loading: Promise<unknown>): Promise<IteratorResult<U, undefined>> {
    const again = (): Promise<IteratorResult<U, undefined>> => this.next()
    return loading.then(again, again)
  }

  async #load(): Promise<IteratorResult<U, undefined>> {
    try {
      // Whatever made a page fail ahead of its turn may be over.
      const coming = this.#ahead?.catch(() => this.#nextPage()) ?? this.#nextPage()
      this.#ahead = undefined
      const page = await coming
      if (this.#ended || page === undefined || page.length === 0) {
        this.#ended = true
        return { done: true, value: undefined }
      }
      this.#page = page
      this.#index = 0
      this.#ahead = this.#nextPage()
      // Whoever gets there asks again.
      this.#ahead.catch(() => undefined)
      return this.#take()
    } catch (error) {
      this.#ended = true
      throw error
    }
  }

  #take(): IteratorResult<U, undefined> {
    return { done: false, value: this.#open(this.#page[this.#index++]!) }
  }
}

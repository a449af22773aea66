/** So many combinations of names are kept. */
const mostTables = 100

/**
 * Tables of headers to hand to the driver, one object for each combination of names: it holds the values of the message
 * that is sent until the next one is. The driver makes a table the prototype of an object of its own, which takes as
 * long for one that it has not met before as all else that it does with a message.
 */
export class HeaderTables {
  readonly #tables = new Map<string, Record<string, unknown>>()

  /** A table with these headers in their order; to be used at once. */
  filled(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const names = Object.keys(headers).join('\0')
    const known = this.#tables.get(names)
    if (known === undefined) {
      if (this.#tables.size >= mostTables) this.#tables.clear()
      const made = { ...headers }
      this.#tables.set(names, made)
      return made
    }
    for (const name in headers) known[name] = headers[name]
    return known
  }
}

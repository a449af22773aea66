import type { Connection, PoolClient, Submittable } from 'pg'
import { types } from './connect.ts'

/** What may be bound; numbers and truth values travel as text. */
export type Parameter = string | number | bigint | boolean | null | Uint8Array

/** What a statement has answered. */
export interface Answered {
  readonly rows: unknown[][]
  /** How many rows it has changed or answered. */
  readonly count: number
}

/** A statement that is prepared under its name on each connection, once. */
export interface Prepared {
  readonly name: string
  readonly text: string
}

type ColumnParser = (text: string) => unknown

/** What the types of the driver leave out of its connections. */
interface Wire {
  readonly parsedStatements: Readonly<Record<string, string | undefined>>
  readonly stream: { cork(): void; uncork(): void }
  parse(statement: { readonly name: string; readonly text: string }): void
  bind(values: { readonly statement: string; readonly values: readonly (string | Buffer | null)[] }): void
  describe(what: { readonly type: 'P' }): void
  execute(): void
  sync(): void
}

/** The columns of statements by their names; a connection answers to one as long as it lives what it did first. */
const described = new WeakMap<object, Map<string, readonly ColumnParser[]>>()

/** Runs a statement. Rejects with what the driver says. */
export function callPrepared(
  client: Pick<PoolClient, 'query'>,
  statement: Prepared,
  parameters: readonly Parameter[],
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    client.query(
      new PreparedCall(statement, parameters, (error, answered) => (error ? reject(error) : resolve(answered!))),
    )
  })
}

/**
 * A query of the driver's that does less than its own: columns are described by the first call on a connection and not
 * by each. On a short statement that is a third of what the driver takes of the processor.
 */
class PreparedCall implements Submittable {
  readonly name: string
  readonly text: string
  /** The driver wraps it, to end it when nobody answers. */
  callback: (error: unknown, answered?: Answered) => void
  readonly #values: readonly (string | Buffer | null)[]
  #known!: Map<string, readonly ColumnParser[]>
  #columns: readonly ColumnParser[] | undefined
  readonly #rows: unknown[][] = []
  #count = 0
  #error: unknown

  constructor({ name, text }: Prepared, parameters: readonly Parameter[], callback: PreparedCall['callback']) {
    this.name = name
    this.text = text
    this.#values = parameters.map(boundValue)
    this.callback = callback
  }

  /** One write for all of it: the driver would otherwise make a packet of each message. */
  submit(connection: Connection): void {
    const wire = connection as unknown as Wire
    this.#known = knownOn(connection)
    this.#columns = this.#known.get(this.name)
    wire.stream.cork()
    try {
      if (wire.parsedStatements[this.name] === undefined) wire.parse({ name: this.name, text: this.text })
      wire.bind({ statement: this.name, values: this.#values })
      if (this.#columns === undefined) wire.describe({ type: 'P' })
      wire.execute()
      wire.sync()
    } finally {
      wire.stream.uncork()
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#columns = fields.map(({ dataTypeID }) => types.getTypeParser(dataTypeID, 'text') as ColumnParser)
  }

  handleDataRow({ fields }: { readonly fields: unknown[] }): void {
    const columns = this.#columns!
    for (let index = 0; index < fields.length; index++) {
      const text = fields[index]
      if (text !== null) fields[index] = columns[index]!(text as string)
    }
    this.#rows.push(fields)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#count = Number(text.slice(text.lastIndexOf(' ') + 1)) || 0
    // A statement without columns is not described.
    this.#known.set(this.name, this.#columns ?? [])
  }

  handleEmptyQuery(): void {}

  handleError(error: unknown): void {
    this.#error ??= error
    this.callback(this.#error)
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.callback(undefined, { rows: this.#rows, count: this.#count })
  }
}

function knownOn(connection: object): Map<string, readonly ColumnParser[]> {
  let known = described.get(connection)
  if (known === undefined) described.set(connection, (known = new Map()))
  return known
}

function boundValue(value: Parameter): string | Buffer | null {
  if (typeof value === 'string') return value
  if (value == null) return null
  if (typeof value !== 'object') return String(value)
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

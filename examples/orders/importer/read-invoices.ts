import { open, type FileHandle } from 'node:fs/promises'
import { csvRecords } from './csv.ts'
import { ImportRule, type Found } from './import-rule.ts'

/** The file cannot be read. */
export class UnreadableFile extends Error {
  readonly code = 'unreadable_file'
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'its permissions forbid it',
}

/** An invoice file, opened: so that nothing else is begun for a file that is not there. */
export class InvoiceFile {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #rule = new ImportRule()
  /** Bytes in all, and how many of them were read. */
  readonly size: number
  read = 0

  private constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path
    this.#handle = handle
    this.size = size
  }

  /** Error: `UnreadableFile`, saying why. */
  static async open(path: string): Promise<InvoiceFile> {
    let handle: FileHandle | undefined
    try {
      handle = await open(path)
      const stat = await handle.stat()
      if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
      return new InvoiceFile(path, handle, stat.size)
    } catch (error) {
      await handle?.close()
      throw unreadable(path, error)
    }
  }

  /**
   * What the file holds, in the order of its lines; reads no faster than it is asked. Errors: `InvalidCsv`,
   * `UnreadableFile`.
   */
  async *found(): AsyncGenerator<Found> {
    for await (const records of csvRecords(this.#chunks())) {
      for (const record of records) yield* this.#rule.push(record)
    }
    yield* this.#rule.end()
  }

  /** Whether the lines read so far belong, among others, to the invoice with this number. */
  holds(invoiceNumber: string): boolean {
    return this.#rule.hasSeen(invoiceNumber)
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#handle.createReadStream()) {
        this.read += (chunk as Uint8Array).length
        yield chunk as Uint8Array
      }
    } catch (error) {
      throw unreadable(this.#path, error)
    }
  }
}

function unreadable(path: string, error: unknown): UnreadableFile {
  const { code = '', message } = error as NodeJS.ErrnoException
  return new UnreadableFile(`${path} cannot be read: ${reasons[code] ?? message}.`)
}

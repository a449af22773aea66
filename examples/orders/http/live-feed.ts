import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedPart, Piece } from './feed/part.ts'
import type { Live } from './page.ts'

/** How far the shop has got with the file that it replays. */
export interface Replay {
  readonly done: number
  readonly of: number
  readonly state: 'running' | 'done'
}

const frameMs = 250
const looksEvery = 4
const heartbeatEvery = 60
const mostWaiting = 64

/**
 * Feeds all open pages: news at most four times a second, how things stand at most once a second, whatever the traffic
 * is. A page that does not keep up is cut off; its browser connects again and gets a fresh start.
 */
export class LiveFeed implements Live {
  /** Set by whoever replays a file. */
  replay: Replay | undefined
  readonly #parts: readonly FeedPart[]
  readonly #closing: AbortSignal
  readonly #clients = new Set<ReadableStreamDefaultController<Uint8Array>>()
  /** How things stood when all pages were told last, as JSON by field. */
  readonly #standing = new Map<string, string>()

  /** Runs until the signal aborts. */
  constructor(parts: readonly FeedPart[], closing: AbortSignal) {
    this.#parts = parts
    this.#closing = closing
    void this.#loop()
  }

  /**
   * A stream of server-sent events: everything there is to see now, marked as fresh, then what changes. The lists of a
   * fresh message replace those that the page shows, so streams of several feeds may be one to the page.
   */
  async connect(): Promise<Response> {
    const looks = await Promise.all(this.#parts.map((part) => part.look?.()))
    let client: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          client = controller
          // Read in the moment in which the page begins to hear news, so that it misses none.
          const told = this.#parts.map((part) => part.told?.())
          controller.enqueue(encoded(joined([{ fresh: true }, ...looks, ...told, this.#replayed()])))
          if (this.#closing.aborted) return controller.close()
          this.#clients.add(controller)
          // It may have seen a later state than the others have been told.
          this.#standing.clear()
        },
        cancel: () => void this.#clients.delete(client),
      },
      { highWaterMark: mostWaiting },
    )
    // An ended stream whose connection is kept alive would hold up a server that closes.
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' }
    return new Response(body, { headers })
  }

  async #loop(): Promise<void> {
    for (let frames = 1, silence = 0; !this.#closing.aborted; frames++) {
      await sleep(frameMs, undefined, { signal: this.#closing, ref: false }).catch(() => undefined)
      const isLook = frames % looksEvery === 0 && this.#clients.size > 0
      const looked = isLook ? await this.#look() : {}
      const frame = joined([...this.#parts.map((part) => part.news?.()), looked])
      silence = Object.keys(frame).length === 0 ? silence + 1 : 0
      if (silence === 0 || silence % heartbeatEvery === 0) this.#send(encoded(frame))
    }
    for (const client of this.#clients) client.close()
    this.#clients.clear()
  }

  /** What stands otherwise than a second ago. A part that fails is asked again a second later. */
  async #look(): Promise<Piece> {
    const looks = await Promise.all(this.#parts.map((part) => part.look?.().catch(() => undefined)))
    const fields = Object.entries(joined([...looks, this.#replayed()]))
    return Object.fromEntries(
      fields.filter(([field, value]) => {
        const [before, now] = [this.#standing.get(field), JSON.stringify(value)]
        this.#standing.set(field, now)
        return before !== now
      }),
    )
  }

  #replayed(): Piece {
    return this.replay === undefined ? {} : { replay: this.replay }
  }

  #send(bytes: Uint8Array): void {
    for (const client of this.#clients) {
      if ((client.desiredSize ?? 0) > 0) client.enqueue(bytes)
      else {
        this.#clients.delete(client)
        client.close()
      }
    }
  }
}

function joined(pieces: readonly (Piece | undefined)[]): Piece {
  return Object.assign({}, ...pieces) as Piece
}

function encoded(frame: Piece): Uint8Array {
  return new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`)
}

import type { Clock } from '../base/clock.ts'
import { categoryOf } from '../base/stream-name.ts'
import type { Graph } from '../design/graph.ts'
import type { Inspect } from '../runtime/inspect.ts'
import { RequestRefused } from './problem.ts'
import { shownEvent, type Envelope } from './shown-event.ts'

/** Which events somebody wants to see as they come; all of them where nothing is said. */
export interface LiveFilter {
  /** Of the design, 0; of the engine, such as those of sagas and orders, 1; or both. */
  readonly partitions: readonly Partition[]
  readonly types: ReadonlySet<string>
  /** A stream, or a category. */
  readonly stream: string | undefined
  readonly correlationId: string | undefined
  readonly seesPersonalData: boolean
}

/** Events of the design and of the engine have positions of their own. */
export type Partition = 0 | 1

/** What somebody has seen: a position of each partition that he wants. */
export type Seen = { readonly [partition in Partition]?: number }

/** How the hub works; the members have their usual values. */
export interface LiveLimits {
  readonly clients: number
  /** Bytes that may wait for a client that does not keep up. */
  readonly waitingBytes: number
  /** Between two looks at the log. */
  readonly frameMs: number
}

/** What a host is served with unless it says otherwise. */
export const liveLimits: LiveLimits = { clients: 50, waitingBytes: 256 * 1024, frameMs: 100 }

interface Client {
  readonly filter: LiveFilter
  /** Clients with equal groups are told the same. */
  readonly group: string
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  missed: number
}

const pageEvents = 250
/** Whoever is further behind is shown the newest ones, and told how many he has missed. */
const mostBehind = 2_000
const heartbeatMs = 15_000
const encoder = new TextEncoder()

/**
 * Feeds everybody who watches events as they come. The log is read once for all of them, a few times a second, and only
 * while somebody watches. Whoever does not keep up misses events and is told how many; nobody waits for him, and no
 * more waits for him than `waitingBytes` and one page.
 */
export class LiveHub {
  readonly #inspect: Inspect
  readonly #graph: Graph
  readonly #clock: Clock
  readonly #limits: LiveLimits
  readonly #closing: AbortSignal
  readonly #report: (error: unknown) => void
  /** Everybody who watches. */
  readonly #known = new Set<Client>()
  /** Those of them who have been told everything up to `#positions`. */
  readonly #clients = new Set<Client>()
  readonly #positions: [designs: number, engines: number] = [0, 0]
  #loop: Promise<void> | undefined

  constructor(options: {
    readonly inspect: Inspect
    readonly graph: Graph
    readonly clock: Clock
    readonly limits: LiveLimits
    readonly closing: AbortSignal
    readonly report: (error: unknown) => void
  }) {
    this.#inspect = options.inspect
    this.#graph = options.graph
    this.#clock = options.clock
    this.#limits = options.limits
    this.#closing = options.closing
    this.#report = options.report
  }

  get clients(): number {
    return this.#known.size
  }

  /**
   * A stream of server-sent events from now on, or behind what was seen last. Refused while too many watch.
   */
  async connect(filter: LiveFilter, seen: Seen, gone: AbortSignal): Promise<Response> {
    if (this.#known.size >= this.#limits.clients)
      throw new RequestRefused('too_many', `${this.#limits.clients} pages watch already.`)
    for (const partition of filter.partitions) {
      if (this.#isFollowed(partition)) continue
      const head = await this.#inspect.events.head(partition)
      if (!this.#isFollowed(partition)) this.#positions[partition] = head
    }
    let client: Client | undefined
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const { partitions, types, stream, correlationId, seesPersonalData } = filter
          const group = JSON.stringify([partitions, [...types].sort(), stream, correlationId, seesPersonalData])
          client = { filter, group, controller, missed: 0 }
          this.#known.add(client)
          controller.enqueue(encoder.encode(': live\n\n'))
          void this.#join(client, seen)
        },
        cancel: () => this.#forget(client!),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: this.#limits.waitingBytes }),
    )
    gone.addEventListener('abort', () => this.#end(client), { once: true })
    // A stream that has ended on a connection that is kept alive would hold up a server that closes.
    const headers = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'close',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    }
    return new Response(body, { headers })
  }

  /** Tells a client what came while he was away; then he is told what all are told. */
  async #join(client: Client, seen: Seen): Promise<void> {
    try {
      const { partitions } = client.filter
      const at: [number, number] = [...this.#positions]
      for (const partition of partitions) {
        const from = Math.min(seen[partition] ?? at[partition], at[partition])
        at[partition] = Math.max(from, at[partition] - mostBehind)
        client.missed += at[partition] - from
      }
      // Until nothing has come of any partition while another one was read.
      for (;;) {
        const late = partitions.find((partition) => at[partition] < this.#positions[partition])
        if (late === undefined || !this.#known.has(client)) break
        const page = await this.#pageOf(late, at[late], this.#positions[late])
        // He has asked for these, so they wait for him and not he for them.
        while (this.#known.has(client) && (client.controller.desiredSize ?? 0) <= 0)
          await this.#clock.sleep(this.#limits.frameMs, this.#closing)
        this.#send(client, this.#chunkOf(client.filter, page, at), page.length)
        at[late] = page.at(-1)?.position ?? this.#positions[late]
      }
      if (!this.#known.has(client)) return
      this.#clients.add(client)
      this.#loop ??= this.#run().finally(() => (this.#loop = undefined))
    } catch (error) {
      this.#report(error)
      this.#end(client)
    }
  }

  #isFollowed(partition: Partition): boolean {
    return [...this.#clients].some(({ filter }) => filter.partitions.includes(partition))
  }

  #pageOf(partition: Partition, after: number, to: number): Promise<readonly Envelope[]> {
    return this.#inspect.events.ofLog({ partition, after, to, limit: pageEvents })
  }

  async #run(): Promise<void> {
    let toldMs = this.#clock.now()
    while (this.#clients.size > 0 && !this.#closing.aborted) {
      try {
        const seen = this.#inspect.events.commits.seen()
        const told = await this.#frame()
        if (told === 0) await this.#inspect.events.commits.after(seen, 1_000, this.#closing)
        if (this.#clock.now() - toldMs > heartbeatMs) {
          toldMs = this.#clock.now()
          for (const client of this.#clients) this.#send(client, encoder.encode(': still here\n\n'), 0)
        }
      } catch (error) {
        this.#report(error)
        await this.#clock.sleep(1_000, this.#closing)
      }
      await this.#clock.sleep(this.#limits.frameMs, this.#closing)
    }
    if (this.#closing.aborted) for (const client of [...this.#known]) this.#end(client)
  }

  /** Tells what has come since the last look; answers how many events that were. */
  async #frame(): Promise<number> {
    let count = 0
    for (const partition of [0, 1] as const) if (this.#isFollowed(partition)) count += await this.#frameOf(partition)
    return count
  }

  async #frameOf(partition: Partition): Promise<number> {
    const wanting = (): readonly Client[] =>
      [...this.#clients].filter(({ filter }) => filter.partitions.includes(partition))
    const head = await this.#inspect.events.head(partition)
    const skipped = head - this.#positions[partition] - mostBehind
    if (skipped > 0) {
      this.#positions[partition] += skipped
      for (const client of wanting()) client.missed += skipped
    }
    let count = 0
    while (this.#positions[partition] < head && this.#isFollowed(partition) && !this.#closing.aborted) {
      const page = await this.#pageOf(partition, this.#positions[partition], head)
      if (page.length === 0) break
      const before: [number, number] = [...this.#positions]
      this.#positions[partition] = page.at(-1)!.position
      count += page.length
      for (const clients of Map.groupBy(wanting(), ({ group }) => group).values()) {
        const chunk = this.#chunkOf(clients[0]!.filter, page, before)
        for (const client of clients) this.#send(client, chunk, page.length)
      }
    }
    return count
  }

  /** `at` is what was told before of each partition. */
  #chunkOf(filter: LiveFilter, page: readonly Envelope[], at: readonly [number, number]): Uint8Array {
    const wanted = page.filter((event) => isWanted(filter, event))
    const text = wanted.map((event) => {
      const data = JSON.stringify(shownEvent(this.#graph, event, filter.seesPersonalData))
      return `id: ${seenText(filter, event, at)}\nevent: event\ndata: ${data}\n\n`
    })
    return encoder.encode(text.join(''))
  }

  #send(client: Client, chunk: Uint8Array, events: number): void {
    const { controller } = client
    if (!this.#known.has(client)) return
    if ((controller.desiredSize ?? 0) <= 0) {
      client.missed += events
      return
    }
    if (client.missed > 0) {
      controller.enqueue(encoder.encode(`event: missed\ndata: ${JSON.stringify({ events: client.missed })}\n\n`))
      client.missed = 0
    }
    if (chunk.length > 0) controller.enqueue(chunk)
  }

  #end(client: Client | undefined): void {
    if (client === undefined || !this.#known.has(client)) return
    this.#forget(client)
    try {
      client.controller.enqueue(encoder.encode('event: end\ndata: {}\n\n'))
      client.controller.close()
    } catch {
      // It was closed by the other side.
    }
  }

  #forget(client: Client): void {
    this.#known.delete(client)
    this.#clients.delete(client)
  }
}

/** What `seenIn` reads: the position, or where events of the engine are wanted as well those of both partitions. */
function seenText(
  { partitions }: LiveFilter,
  { partition, position }: Envelope,
  at: readonly [number, number],
): string {
  if (!partitions.includes(1)) return String(position)
  return partition === 0 ? `${position}-${at[1]}` : `${at[0]}-${position}`
}

/** What somebody says that he has seen last; nothing where that cannot be told. */
export function seenIn(text: string | null): Seen {
  const [, designs, engines] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text ?? '') ?? []
  return {
    ...(designs !== undefined && { 0: Number(designs) }),
    ...(engines !== undefined && { 1: Number(engines) }),
  }
}

function isWanted({ types, stream, correlationId }: LiveFilter, event: Envelope): boolean {
  if (types.size > 0 && !types.has(event.type)) return false
  if (stream !== undefined && event.stream !== stream && categoryOf(event.stream) !== stream) return false
  return correlationId === undefined || event.meta['correlationId'] === correlationId
}

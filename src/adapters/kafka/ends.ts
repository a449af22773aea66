import { systemClock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import type { Cluster } from './cluster.ts'
import { ask, partly } from './fetch.ts'
import type { Link } from './link.ts'
import { next, offsetsAt } from './offsets.ts'
import { pause } from './patience.ts'

const waitMs = 500
/** After messages have come; those who read them bring what comes meanwhile. */
const restMs = 3

interface End {
  readonly channel: string
  readonly partition: number
  readonly leader: number
}

/**
 * Waits at the ends of partitions and tells when one has moved. It asks for one byte, of which a broker makes one batch
 * of one partition, and says of all the others how long they are.
 */
export class Ends {
  readonly #link: Link
  readonly #cluster: Cluster
  readonly #tell: (channels: ReadonlySet<string>) => void
  readonly #channels = new Set<string>()
  readonly #positions = new Map<string, number>()
  readonly #placing = new Set<string>()
  readonly #loops = new Set<number>()
  #placed = 0
  #running = false

  constructor(link: Link, cluster: Cluster, tell: (channels: ReadonlySet<string>) => void) {
    this.#link = link
    this.#cluster = cluster
    this.#tell = tell
  }

  start(): void {
    this.#running = true
    for (const channel of this.#channels) this.#begin(channel)
  }

  stop(): void {
    this.#running = false
  }

  /** Watches a channel too. What came before is told once, since nobody knows when it came. */
  follow(channel: string): void {
    if (this.#channels.has(channel)) return
    this.#channels.add(channel)
    if (this.#running) this.#begin(channel)
  }

  forget(channel: string): void {
    this.#channels.delete(channel)
    for (const key of this.#positions.keys()) if (key.startsWith(`${channel} `)) this.#positions.delete(key)
  }

  /** Messages of this process, of which whoever listens has been told. */
  moved(channel: string, partition: number, first: number, count: number): void {
    const key = `${channel} ${partition}`
    if (this.#positions.get(key) === first) this.#positions.set(key, first + count)
  }

  #begin(channel: string): void {
    if (this.#placing.has(channel)) return
    this.#placing.add(channel)
    void this.#place(channel).then(
      () => this.#placing.delete(channel),
      async () => {
        await pause(5)
        this.#placing.delete(channel)
        if (this.#running && this.#channels.has(channel)) this.#begin(channel)
      },
    )
  }

  async #place(channel: string): Promise<void> {
    try {
      const ends = await offsetsAt(this.#link, this.#cluster, channel, undefined, next)
      if (!this.#running || !this.#channels.has(channel)) return
      for (const [partition, offset] of ends) this.#positions.set(`${channel} ${partition}`, offset)
      this.#tell(new Set([channel]))
      const { leaders } = await this.#cluster.topic(channel)
      this.#placed++
      for (const leader of new Set(leaders)) this.#attend(leader)
    } catch (error) {
      if (!isEventwrightError(error, 'EW_CHANNEL_UNKNOWN')) throw error
      this.forget(channel)
    }
  }

  #attend(leader: number): void {
    if (this.#loops.has(leader)) return
    this.#loops.add(leader)
    void this.#loop(leader).finally(() => this.#loops.delete(leader))
  }

  async #loop(leader: number): Promise<void> {
    for (let failed = 0; this.#running;) {
      try {
        const placed = this.#placed
        const ends = await this.#endsOf(leader)
        if (ends.length === 0) {
          if (placed !== this.#placed) continue
          // At once: who attends to a partition from now on must not find a loop that is about to end.
          this.#loops.delete(leader)
          return
        }
        const channels = await this.#poll(leader, ends)
        failed = 0
        if (!this.#running) return
        if (channels.size === 0) continue
        this.#tell(channels)
        await systemClock.sleep(restMs)
      } catch {
        for (const channel of this.#channels) this.#cluster.forget(channel)
        await pause(++failed)
      }
    }
  }

  async #endsOf(leader: number): Promise<readonly End[]> {
    const found: End[] = []
    for (const channel of this.#channels) {
      try {
        const { leaders } = await this.#cluster.topic(channel)
        leaders.forEach((each, partition) => {
          if (!this.#positions.has(`${channel} ${partition}`)) return
          if (each === leader) found.push({ channel, partition, leader })
          else this.#attend(each)
        })
      } catch (error) {
        if (!isEventwrightError(error, 'EW_CHANNEL_UNKNOWN')) throw error
        this.forget(channel)
      }
    }
    return found
  }

  async #poll(leader: number, ends: readonly End[]): Promise<ReadonlySet<string>> {
    const wanted = ends.map(({ channel, partition }) => ({
      name: this.#cluster.nameOf(channel),
      partition,
      from: this.#positions.get(`${channel} ${partition}`)!,
    }))
    const answer = await partly(ask(this.#link, this.#cluster.address(leader), wanted, { waitMs, maxBytes: 1 }))
    const moved = new Set<string>()
    for (const { topicId: name, partitions } of answer.responses) {
      const channel = this.#cluster.channelOf(name)
      for (const { partitionIndex, errorCode, lastStableOffset } of partitions) {
        const key = `${channel} ${partitionIndex}`
        const position = this.#positions.get(key)
        if (position === undefined || (errorCode === 0 && Number(lastStableOffset) <= position)) continue
        moved.add(channel)
        if (errorCode === 0) this.#positions.set(key, Number(lastStableOffset))
        else this.#lost(channel, key)
      }
    }
    return moved
  }

  /** The partition is elsewhere, or begins anew. */
  #lost(channel: string, key: string): void {
    this.#positions.delete(key)
    this.#cluster.forget(channel)
    void pause(3).then(() => {
      if (this.#running && this.#channels.has(channel)) this.#begin(channel)
    })
  }
}

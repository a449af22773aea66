import { setTimeout as sleep } from 'node:timers/promises'
import type { Shop } from './open.ts'
import type { OrderRow } from './http/shown.ts'

const pauseMs = 1_000
const lookAgainMs = 1_000

type Listener = (order: OrderRow) => void

/** Every change of an order, once for all who wait: one watch of the view, however many requests there are. */
export class OrderNews {
  readonly #shop: Shop
  readonly #signal: AbortSignal
  #isWatching = false
  readonly #listeners = new Set<Listener>()
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Watches from the first question on until the signal aborts. */
  constructor(shop: Shop, signal: AbortSignal) {
    this.#shop = shop
    this.#signal = signal
  }

  /** Calls back for every change from now on; answers how to stop that. */
  listen(listener: Listener): () => void {
    this.#begin()
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves at the next change of the order, or when the time is over or the signal aborts. */
  change(orderId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    this.#begin()
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(orderId) ?? new Set()
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        waiting.delete(done)
        if (waiting.size === 0) this.#waiting.delete(orderId)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs).unref()
      signal.addEventListener('abort', done, { once: true })
      this.#waiting.set(orderId, waiting.add(done))
    })
  }

  /**
   * The order as `read` finds it, once it is no longer pending, or the time is over, or the signal aborts; nothing as
   * soon as there is no such order. Without `read` it was placed, and one that the view has not got yet is waited for.
   */
  decided(
    orderId: string,
    timeoutMs: number,
    signal: AbortSignal,
    read?: () => Promise<OrderRow | undefined>,
  ): Promise<OrderRow | undefined> {
    return this.#until(orderId, timeoutMs, signal, read, (order) =>
      order === undefined ? read !== undefined : order.status !== 'pending',
    )
  }

  /** The order once the view has it, or nothing when the time is over or the signal aborts. */
  arrived(orderId: string, timeoutMs: number, signal: AbortSignal): Promise<OrderRow | undefined> {
    return this.#until(orderId, timeoutMs, signal, undefined, (order) => order !== undefined)
  }

  async #until(
    orderId: string,
    timeoutMs: number,
    signal: AbortSignal,
    read: () => Promise<OrderRow | undefined> = () => this.#shop.views.orders.get(orderId),
    isEnough: (order: OrderRow | undefined) => boolean,
  ): Promise<OrderRow | undefined> {
    const until = performance.now() + timeoutMs
    for (;;) {
      const leftMs = Math.min(until - performance.now(), lookAgainMs)
      // Listens before it reads, so that no change falls between the two.
      const change = leftMs > 0 ? this.change(orderId, leftMs, signal) : undefined
      const order = await read()
      if (isEnough(order) || change === undefined || signal.aborted) return order
      await change
    }
  }

  #begin(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    void this.#run(this.#signal)
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A watch that breaks is begun anew; whoever waits looks again by itself from time to time.
      await this.#watch(signal).catch(() => sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined))
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for await (const { key, row } of this.#shop.views.orders.watch(undefined, { signal })) {
      for (const wake of this.#waiting.get(key) ?? []) wake()
      if (row !== undefined) for (const listener of this.#listeners) listener(row)
    }
  }
}

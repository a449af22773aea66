import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { History } from '../importer/take-over.ts'
import type { Invoice } from '../importer/import-rule.ts'
import type { ServiceName } from '../shop/system.ts'
import type { BrokerPlace } from '../broker-place.ts'
import { settingsFor, type StorePlace } from '../store-place.ts'
import type { ViewsPlace } from '../views-place.ts'
import { Line, ProcessDied } from './talk.ts'

const program = fileURLToPath(new URL('./service.ts', import.meta.url))
const pauseMs = 250

/** Which services a process runs, on which store, where their messages travel, and where rows of views are. */
export interface ProcessPlan {
  readonly services: readonly ServiceName[]
  readonly store: StorePlace
  readonly broker: BrokerPlace
  readonly views: ViewsPlace
}

/** Services that run in a process of their own, which is started again whenever it dies. */
export class ServiceProcess {
  readonly services: readonly ServiceName[]
  readonly #settings: NodeJS.ProcessEnv
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #alive = Promise.withResolvers<{ readonly url: string; readonly line: Line }>()
  #url: string | undefined

  /** Starts it. `tell` hears of every start and death. */
  constructor({ services, store, broker, views }: ProcessPlan, tell: (what: string) => void) {
    this.services = services
    this.#settings = { ...settingsFor(store), EVENTWRIGHT_BROKER: broker, EVENTWRIGHT_VIEWS: views }
    this.#running = this.#run(tell)
  }

  /** Where it listens now; undefined while it is being started. */
  get url(): string | undefined {
    return this.#url
  }

  /** Where it listens, as soon as it does. Rejects with the reason of the signal, or when this is closed. */
  async ready(signal?: AbortSignal): Promise<string> {
    return (await this.#before(signal, this.#alive.promise)).url
  }

  /** Asks about history, and asks again when the process dies meanwhile. */
  async ask(method: keyof History, invoice: Invoice): Promise<unknown> {
    for (;;) {
      const { line } = await this.#before(undefined, this.#alive.promise)
      try {
        return await line.ask(method, invoice)
      } catch (error) {
        if (!(error instanceof ProcessDied)) throw error
        await sleep(pauseMs)
      }
    }
  }

  /** Lets it finish what it has in hand. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #run(tell: (what: string) => void): Promise<void> {
    const { signal } = this.#closing
    const name = this.services.join(', ')
    while (!signal.aborted) {
      const child = fork(program, [...this.services], { env: { ...process.env, ...this.#settings } })
      const line = new Line(child, (url) => {
        this.#url = url
        this.#alive.resolve({ url, line })
        tell(`${name} runs as process ${child.pid}.`)
      })
      const stop = (): boolean => child.kill('SIGTERM')
      signal.addEventListener('abort', stop, { once: true })
      const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null]
      signal.removeEventListener('abort', stop)
      this.#url = undefined
      if (signal.aborted) return
      this.#alive = Promise.withResolvers()
      tell(`${name} ended by ${killedBy ?? code}; it is started again.`)
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }

  #before<Result>(signal: AbortSignal | undefined, result: Promise<Result>): Promise<Result> {
    const stops = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])])
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(stops.reason as Error)
      if (stops.aborted) return stop()
      stops.addEventListener('abort', stop, { once: true })
      result.then(resolve, reject).finally(() => stops.removeEventListener('abort', stop))
    })
  }
}

import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Signal } from '../base/signal.ts'
import type { AnyProjection } from '../design/projection.ts'
import type { ViewBuild } from '../ports/views.ts'
import type { Consumer } from './consumer.ts'
import type { LogEvent } from './log-event.ts'
import { projectionHandler } from './projection-handler.ts'
import { rowTables } from './row-tables.ts'
import type { Space } from './space.ts'
import { generationInUse, tableOf, viewConsumer } from './view-table.ts'
import type { ViewSource } from './views.ts'

/** What keeping one view needs. */
export interface ViewKeeperOptions {
  readonly service: string
  readonly projection: AnyProjection
  readonly space: Space
  readonly clock: Clock
  readonly log: Log
  readonly wake: Signal
  readonly stuckAfter: number
  readonly pageEvents: number
  /** In `dev` a changed handler text rebuilds the view; in production it is only said. */
  readonly mode: 'dev' | 'production'
  head(): Promise<number>
  eventsAt(positions: readonly number[]): Promise<readonly LogEvent[]>
}

/** A generation that this process feeds. */
interface Fed {
  readonly build: ViewBuild
  readonly source: ViewSource
  readonly consumer: Consumer
}

/** One view in this process: which generation is read, which ones are fed, and the swap between them. */
export interface ViewKeeper {
  readonly projection: AnyProjection
  readonly service: string
  source(): ViewSource
  /** Waits until the generation in use has caught up once, so that a new view is never read half built. */
  ready(signal: AbortSignal): Promise<void>
  /** Begins a generation beside the live one; it is swapped in when it has caught up. Answers its number. */
  rebuild(): Promise<number>
  /** Looks at what other processes have done and swaps in what is ready; called again and again. */
  tend(): Promise<void>
  generations(): Promise<readonly (ViewBuild & { readonly position: number; readonly consumer: string })[]>
  consumers(): readonly Consumer[]
  stop(): Promise<void>
}

/** Opens a view: its generation is found or begun, its table is created and its consumer started. */
export async function viewKeeper(options: ViewKeeperOptions): Promise<ViewKeeper> {
  const keeper = new Keeper(options)
  await keeper.open()
  return keeper
}

class Keeper implements ViewKeeper {
  readonly #options: ViewKeeperOptions
  readonly #fed = new Map<number, Fed>()
  #inUse = 0
  #tending: Promise<void> | undefined

  constructor(options: ViewKeeperOptions) {
    this.#options = options
  }

  get projection(): AnyProjection {
    return this.#options.projection
  }

  get service(): string {
    return this.#options.service
  }

  async open(): Promise<void> {
    const builds = await this.#builds()
    const own = generationInUse(builds, this.projection.identity) ?? (await this.#begin())
    await this.#feed(own)
    this.#inUse = own.generation
    await this.#checkText(own)
    await this.tend()
  }

  source(): ViewSource {
    return this.#fed.get(this.#inUse)!.source
  }

  async ready(signal: AbortSignal): Promise<void> {
    const { space, head, log } = this.#options
    const { consumer } = this.source()
    const target = await head()
    let said = -1
    while (!signal.aborted && !(await space.progress.reached(consumer, target, { timeoutMs: 1_000, abort: signal }))) {
      const position = await space.progress.position(consumer)
      if (position !== said) log.info('building a view', { view: this.projection.name, position, of: target })
      said = position
      const stopped = this.consumers().find((each) => each.status.state === 'stopped')
      if (stopped !== undefined) return
    }
    await this.tend()
  }

  async rebuild(): Promise<number> {
    const build = await this.#begin()
    await this.#feed(build)
    return build.generation
  }

  tend(): Promise<void> {
    return (this.#tending ??= this.#tend().finally(() => (this.#tending = undefined)))
  }

  async generations(): Promise<readonly (ViewBuild & { readonly position: number; readonly consumer: string })[]> {
    const builds = await this.#builds()
    return Promise.all(builds.map(async (build) => {
      const consumer = viewConsumer(this.service, this.projection.name, build.generation)
      return { ...build, consumer, position: await this.#options.space.progress.position(consumer) }
    }))
  }

  consumers(): readonly Consumer[] {
    return [...this.#fed.values()].map((fed) => fed.consumer)
  }

  async stop(): Promise<void> {
    await this.#tending
    await Promise.all(this.consumers().map((consumer) => consumer.stop()))
  }

  async #tend(): Promise<void> {
    const builds = await this.#builds()
    for (const build of builds) {
      if (build.identity === this.projection.identity && build.state === 'building') await this.#feed(build)
    }
    const swapped = await this.#swap(builds)
    const now = swapped ? await this.#builds() : builds
    const use = generationInUse(now, this.projection.identity)
    if (use === undefined || use.generation === this.#inUse) return
    await this.#feed(use)
    this.#inUse = use.generation
    for (const fed of [...this.#fed.values()]) if (fed.build.generation < use.generation) await this.#leave(fed)
  }

  /** Activates a finished generation of this declaration; an older release never takes the place of a newer one. */
  async #swap(builds: readonly ViewBuild[]): Promise<boolean> {
    const { space, head, log } = this.#options
    const active = builds.find((build) => build.state === 'active')
    const candidates = builds.filter((build) => build.state === 'building' && build.identity === this.projection.identity)
    for (const build of candidates.sort((a, b) => b.generation - a.generation)) {
      if (active !== undefined && active.version > build.version) return false
      const consumer = viewConsumer(this.service, build.view, build.generation)
      if ((await space.progress.position(consumer)) < (await head())) continue
      if (!(await space.store.builds.activate(build.view, active?.generation ?? 0, build.generation))) return false
      log.info('a view was swapped in', { view: build.view, generation: build.generation, version: build.version })
      await this.#sweep(builds, active)
      return true
    }
    return false
  }

  /** Drops what no release can be reading any more: finished generations older than the one just replaced. */
  async #sweep(builds: readonly ViewBuild[], replaced: ViewBuild | undefined): Promise<void> {
    const { store } = this.#options.space
    for (const build of builds) {
      if (build.state !== 'retired' || replaced === undefined || build.generation >= replaced.generation) continue
      await store.views.drop(tableOf(this.projection, build.generation).name)
      await store.ownership.remove(viewConsumer(this.service, build.view, build.generation))
      await store.builds.remove(build.view, build.generation)
    }
  }

  async #begin(): Promise<ViewBuild> {
    const { name: view, version, identity } = this.projection
    return this.#options.space.store.builds.add({ view, version, identity, textHash: this.projection.textHash() })
  }

  async #feed(build: ViewBuild): Promise<void> {
    if (this.#fed.has(build.generation)) return
    const { projection, space, service, clock, stuckAfter, pageEvents, eventsAt } = this.#options
    const table = tableOf(projection, build.generation)
    await space.store.views.ensure(table)
    const name = viewConsumer(service, projection.name, build.generation)
    const tables = rowTables(projection, space.store.views)
    const handler = projectionHandler({
      projection, consumer: name, table, tables, parked: space.store.parked, clock, stuckAfter,
      bucketOf: space.bucketOf, eventsAt, commit: space.commitAside,
    })
    const consumer = await space.consume({ name, handler, pageEvents, startAt: 0 })
    this.#fed.set(build.generation, { build, consumer, source: { projection, table, consumer: name, tables } })
  }

  async #leave(fed: Fed): Promise<void> {
    this.#fed.delete(fed.build.generation)
    await fed.consumer.stop()
  }

  async #checkText(build: ViewBuild): Promise<void> {
    const textHash = this.projection.textHash()
    if (build.textHash === textHash) return
    const { space, mode, log } = this.#options
    if (mode === 'production') {
      log.warn('the handlers of a view have changed, but not its version', { view: build.view, version: build.version })
      return
    }
    await space.store.builds.note(build.view, build.generation, textHash)
    log.info('the handlers of a view have changed: rebuilding it', { view: build.view })
    await this.rebuild()
  }

  async #builds(): Promise<readonly ViewBuild[]> {
    return this.#options.space.store.builds.list(this.projection.name)
  }
}

/** Error for names that no view here has. */
export function unknownView(name: string): Error {
  return failure('EW_VIEW_UNKNOWN', `There is no view "${name}" in the services that run here.`)
}

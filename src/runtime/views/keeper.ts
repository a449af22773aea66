import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { ParkedDelivery } from '../../ports/parked.ts'
import type { ViewBuild } from '../../ports/views.ts'
import type { Consumer, ConsumerState } from '../loop/consumer.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { FedBuild, RowHandler, ViewFeeding } from './feeding.ts'
import { logFeeding } from './log-feeding.ts'
import { projectionHandler } from './projection-handler.ts'
import { rowTables } from './row-tables.ts'
import type { Space } from '../loop/space.ts'
import { generationInUse, tableOf, viewConsumer } from './table.ts'
import type { ViewSource } from './views.ts'

/** What keeping one view needs. */
export interface ViewKeeperOptions {
  readonly projection: AnyProjection
  readonly space: Space
  readonly clock: Clock
  readonly log: Log
  readonly wake: Signal
  readonly stuckAfter: number
  readonly pageEvents: number
  /** Into how many buckets the keys of a generation are spread; one that is half built keeps the number it has. */
  readonly buckets: number
  /** In `dev` a changed handler text rebuilds the view; in production it is only said. */
  readonly mode: 'dev' | 'production'
  head(): Promise<number>
  again(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  /** What brings it the events of another service; default: the log does, with those of its own. */
  readonly channel?: ViewFeeding
}

/** How far the building of a view is: the position it has reached, and the one that it has to reach. */
export interface BuildProgress {
  readonly view: string
  readonly position: number
  readonly of: number
}

/** A generation that this process feeds. */
interface Fed {
  readonly build: ViewBuild
  readonly source: ViewSource
  readonly feed: FedBuild
}

/** One view in this process: which generation is read, which ones are fed, and the swap between them. */
export interface ViewKeeper {
  readonly projection: AnyProjection
  /** Whether the generation in use has been built once. */
  readonly isBuilt: boolean
  source(): ViewSource
  /** The same for whoever reads rows. Error: EW_VIEW_WAITING, for a view that was never built. */
  read(): ViewSource
  /** Waits until the generation in use has been built once, so that a new view is never read half done. */
  ready(signal: AbortSignal, onProgress: (progress: BuildProgress) => void): Promise<void>
  /** Begins a generation beside the live one; it is swapped in when it has caught up. Answers its number. */
  rebuild(): Promise<number>
  /** Looks at what other processes have done and swaps in what is ready; called again and again. */
  tend(): Promise<void>
  generations(): Promise<readonly (ViewBuild & { readonly position: number; readonly consumer: string })[]>
  consumers(): readonly Consumer[]
  stop(): Promise<void>
}

const lookEveryMs = 500
/** How long a start waits for the owner of events that have to be sent again, while nothing of them comes. */
const ownerPatienceMs = 5_000
const lookSoonMs = 100
/** How long nobody has worked on a generation that may go. */
const retiredMs = 60_000
const haltedStates: ReadonlySet<ConsumerState['state']> = new Set(['stopped', 'needs newer release', 'ahead'])

/** Opens a view: its generation is found or begun, its table is created and its consumer started. */
export async function viewKeeper(options: ViewKeeperOptions): Promise<ViewKeeper> {
  const keeper = new Keeper(options)
  try {
    await keeper.open()
  } catch (error) {
    await keeper.stop().catch((failed: unknown) => options.log.warn('stopping a view failed', { error: failed }))
    throw error
  }
  return keeper
}

class Keeper implements ViewKeeper {
  readonly #options: ViewKeeperOptions
  readonly #fed = new Map<number, Fed>()
  readonly #begun = new Map<number, Promise<void>>()
  readonly #feeding: ViewFeeding
  #inUse = 0
  /** Whether the generation in use has been built once. */
  #isBuilt = false
  #tending: Promise<void> | undefined

  constructor(options: ViewKeeperOptions) {
    this.#options = options
    this.#feeding = options.channel ?? logFeeding(options)
  }

  get projection(): AnyProjection {
    return this.#options.projection
  }

  get isBuilt(): boolean {
    return this.#isBuilt
  }

  async open(): Promise<void> {
    if (this.#options.mode === 'dev') await this.#dropHalfBuilt()
    const builds = await this.#builds()
    const own = generationInUse(builds, this.projection.identity) ?? (await this.#begin())
    await this.#feed(own)
    this.#use(own)
    await this.#checkText(own)
    if (own.state === 'active') await this.#feeding.swappedIn(own)
    await this.tend()
  }

  source(): ViewSource {
    return this.#fed.get(this.#inUse)!.source
  }

  read(): ViewSource {
    // A start waits for what the log builds, so only what comes from elsewhere may be missing.
    if (this.#isBuilt || this.#options.channel === undefined) return this.source()
    throw failure('EW_VIEW_WAITING', `The view ${this.projection.name} was not built yet: it waits for its events.`)
  }

  async ready(signal: AbortSignal, onProgress: (progress: BuildProgress) => void): Promise<void> {
    if (this.#options.channel !== undefined) return this.#fedReady(signal, onProgress)
    const { space, head } = this.#options
    const view = this.projection.name
    if ((await this.#builds()).some((build) => build.generation === this.#inUse && build.state !== 'building')) return
    const of = await head()
    let told = -1
    for (;;) {
      // Asked each time: another process may have begun this generation anew.
      const { consumer } = this.source()
      const limits = { timeoutMs: lookEveryMs, abort: signal, wanted: () => this.source().consumer === consumer }
      if (await space.progress.reached(consumer, of, limits)) break
      if (signal.aborted || this.consumers().some(({ status }) => haltedStates.has(status.state))) return
      const position = await space.progress.position(consumer)
      if (position !== told) onProgress({ view, position, of })
      told = position
    }
    if (told >= 0) onProgress({ view, position: of, of })
    await this.tend()
  }

  async rebuild(): Promise<number> {
    await this.#dropHalfBuilt()
    const build = await this.#begin()
    await this.#feed(build)
    return build.generation
  }

  tend(): Promise<void> {
    return (this.#tending ??= this.#tend().finally(() => (this.#tending = undefined)))
  }

  async generations(): Promise<readonly (ViewBuild & { readonly position: number; readonly consumer: string })[]> {
    const builds = await this.#builds()
    return Promise.all(
      builds.map(async (build) => {
        const consumer = viewConsumer(this.projection.name, build.generation)
        return { ...build, consumer, position: (await this.#feeding.progress(build)).position }
      }),
    )
  }

  consumers(): readonly Consumer[] {
    return [...this.#fed.values()].map(({ feed }) => feed.consumer())
  }

  async stop(): Promise<void> {
    // Whoever asked for it is told of its failure.
    await this.#tending?.catch(() => undefined)
    await Promise.all([...this.#fed.values()].map(({ feed }) => feed.stop()))
  }

  async #tend(): Promise<void> {
    const builds = await this.#tended(await this.#builds())
    for (const build of builds) {
      if (build.identity === this.projection.identity && build.state === 'building') await this.#feed(build)
    }
    const swapped = await this.#swap(builds)
    const now = swapped ? await this.#builds() : builds
    if (this.#feeding.dropsRetired) await this.#dropRetired(now)
    const use = generationInUse(now, this.projection.identity)
    if (use?.generation === this.#inUse) return this.#use(use)
    if (use === undefined) return
    await this.#feed(use)
    this.#use(use)
    // Readers that wait for the generation before must turn to this one.
    this.#options.wake.raise()
    for (const fed of [...this.#fed.values()]) if (fed.build.generation < use.generation) await this.#leave(fed)
  }

  /** Activates a finished generation of this declaration; an older release never takes the place of a newer one. */
  async #swap(builds: readonly ViewBuild[]): Promise<boolean> {
    const { space, log } = this.#options
    const active = builds.find((build) => build.state === 'active')
    const candidates = builds.filter(
      (build) => build.state === 'building' && build.identity === this.projection.identity,
    )
    for (const build of candidates.sort((a, b) => b.generation - a.generation)) {
      if (active !== undefined && active.version > build.version) return false
      if (!(await this.#feeding.isBuilt(build, active))) continue
      if (!(await space.store.builds.activate(build.view, active?.generation ?? 0, build.generation))) return false
      log.info('a view was swapped in', { view: build.view, generation: build.generation, version: build.version })
      await this.#feeding.swappedIn(build)
      await this.#sweep(builds, active)
      return true
    }
    return false
  }

  #consumerOf({ view, generation }: ViewBuild): string {
    return viewConsumer(view, generation)
  }

  /** Drops finished generations older than the one just replaced, unless an old release still works on one. */
  async #sweep(builds: readonly ViewBuild[], replaced: ViewBuild | undefined): Promise<void> {
    const { store } = this.#options.space
    const nowMs = await store.now()
    for (const build of builds) {
      if (build.state !== 'retired' || replaced === undefined || build.generation >= replaced.generation) continue
      const rows = await store.ownership.list(this.#consumerOf(build))
      if (rows.some(({ owner, untilMs }) => owner !== null && (untilMs ?? 0) > nowMs)) continue
      await this.#drop(build)
    }
  }

  /**
   * Rows that other handlers have begun must not be finished by these. A process that is still at work on them loses
   * its position with them, and turns to the generation that follows.
   */
  async #dropHalfBuilt(): Promise<void> {
    const { identity } = this.projection
    const textHash = this.projection.textHash()
    for (const build of await this.#builds()) {
      if (build.state === 'building' && build.identity === identity && build.textHash !== textHash)
        await this.#drop(build)
    }
  }

  /** The position goes first: without it nobody can write rows any more. */
  async #drop(build: ViewBuild): Promise<void> {
    const { store } = this.#options.space
    await store.ownership.remove(this.#consumerOf(build))
    await store.parked.forget(this.#consumerOf(build))
    await this.#feeding.forget(build)
    await store.views.drop(tableOf(this.projection, build.generation).name)
    await store.builds.remove(build.view, build.generation)
  }

  async #begin(): Promise<ViewBuild> {
    const { name: view, version, identity } = this.projection
    return this.#options.space.store.builds.add({ view, version, identity, textHash: this.projection.textHash() })
  }

  /** Starts feeding a generation once, whoever asks for it at the same time. */
  async #feed(build: ViewBuild): Promise<void> {
    if (this.#fed.has(build.generation)) return
    const begun = this.#begun.get(build.generation)
    if (begun !== undefined) return begun
    const feeding = this.#startFeeding(build).finally(() => this.#begun.delete(build.generation))
    this.#begun.set(build.generation, feeding)
    return feeding
  }

  async #startFeeding(build: ViewBuild): Promise<void> {
    const { projection, space, clock, stuckAfter } = this.#options
    const table = tableOf(projection, build.generation)
    await space.store.views.ensure(table)
    const name = viewConsumer(projection.name, build.generation)
    const tables = rowTables(projection, space.store.views)
    const { apart } = space.store.views
    const handler: RowHandler = (again) =>
      projectionHandler({
        projection,
        consumer: name,
        table,
        tables,
        apart: apart?.has(table.name) === true ? apart : undefined,
        inLogOrder: this.#options.channel === undefined,
        parked: space.store.parked,
        clock,
        stuckAfter,
        again,
        commit: space.commitAside,
      })
    const feed = await this.#feeding.feed(build, handler)
    const source = { projection, table, consumer: name, buckets: feed.buckets, tables }
    this.#fed.set(build.generation, { build, feed, source })
  }

  async #leave(fed: Fed): Promise<void> {
    this.#fed.delete(fed.build.generation)
    await fed.feed.stop()
  }

  #use({ generation, state }: ViewBuild): void {
    this.#inUse = generation
    this.#isBuilt = state !== 'building'
  }

  /** Lets every generation do what is next for it, and begins one anew that can never become whole. */
  async #tended(builds: readonly ViewBuild[]): Promise<readonly ViewBuild[]> {
    let isChanged = false
    for (const fed of [...this.#fed.values()]) {
      const { generation } = fed.build
      const build = builds.find((each) => each.generation === generation)
      if (build === undefined) {
        if (generation !== this.#inUse) await this.#leave(fed)
      } else if (!(await fed.feed.tend(build)) && build.state === 'building') {
        this.#options.log.warn('a view is begun anew: its channel has lost events', { view: build.view, generation })
        await this.#leave(fed)
        await this.#drop(build)
        const next = await this.#begin()
        await this.#feed(next)
        if (generation === this.#inUse) this.#use(next)
        isChanged = true
      }
    }
    return isChanged ? this.#builds() : builds
  }

  /** Rows that an old release has left keep the channel from forgetting, and queues would fill up for them. */
  async #dropRetired(builds: readonly ViewBuild[]): Promise<void> {
    const { store } = this.#options.space
    const beforeMs = (await store.now()) - retiredMs
    for (const build of builds) {
      if (build.state !== 'retired' || build.generation === this.#inUse) continue
      const rows = await store.ownership.list(this.#consumerOf(build))
      if (rows.every(({ untilMs, movedAtMs }) => Math.max(untilMs ?? 0, movedAtMs) < beforeMs)) await this.#drop(build)
    }
  }

  /** A start does not wait for an owner who is away; whoever reads meanwhile is told so. */
  async #fedReady(signal: AbortSignal, onProgress: (progress: BuildProgress) => void): Promise<void> {
    const { clock, log } = this.#options
    const view = this.projection.name
    let [told, movedMs] = ['', clock.now()]
    while (!this.#isBuilt && !signal.aborted) {
      await this.tend().catch((error: unknown) => log.warn('tending a view failed', { view, error }))
      if (this.consumers().some(({ status }) => haltedStates.has(status.state))) return
      const fed = this.#fed.get(this.#inUse)!
      const { position, of } = await this.#feeding.progress(fed.build)
      if (told !== `${position} ${of}`) {
        ;[told, movedMs] = [`${position} ${of}`, clock.now()]
        onProgress({ view, position, of })
      }
      if (fed.feed.isWaiting() && clock.now() - movedMs >= ownerPatienceMs)
        return log.warn('a view waits for its events to be sent again', { view })
      if (!this.#isBuilt) await clock.sleep(lookSoonMs, signal)
    }
  }

  async #checkText(build: ViewBuild): Promise<void> {
    const textHash = this.projection.textHash()
    if (build.textHash === textHash) return
    const { space, mode, log } = this.#options
    if (mode === 'production') {
      log.warn('the handlers of a view have changed, but not its version', { view: build.view, version: build.version })
      return
    }
    log.info('the handlers of a view have changed: rebuilding it', { view: build.view })
    await this.rebuild()
    // Noted last: a process that ends before it begins the rebuild at its next start.
    await space.store.builds.note(build.view, build.generation, textHash)
  }

  async #builds(): Promise<readonly ViewBuild[]> {
    return this.#options.space.store.builds.list(this.projection.name)
  }
}

/** Error for names that no view here has. */
export function unknownView(name: string): Error {
  return failure('EW_VIEW_UNKNOWN', `There is no view "${name}" in the services that run here.`)
}

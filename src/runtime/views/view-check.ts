import type { Clock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import { storeSources } from '../../design/sources.ts'
import type { Store } from '../../ports/store.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { ViewBuild } from '../../ports/views.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { LogEvent } from '../log/event.ts'
import { isElsewhere } from './apart.ts'
import type { CheckedKey, RowDifference, RowRules } from './checked-key.ts'
import { CheckedKeys, type KeyRange, type RowBounds } from './checked-keys.ts'
import { parkedNames } from './parked-names.ts'
import { rowTables } from './row-tables.ts'
import { sampledKeys } from './sampled-keys.ts'
import { generationInUse, tableOf, viewConsumer } from './table.ts'

/** A row that is not what its events give. */
export interface ViewFinding extends RowDifference {
  readonly view: string
  readonly key: string
}

/** How the check of one view ended. */
export interface ViewVerdict {
  readonly view: string
  /** `unsettled`: it was built anew, or taken back by a crash, again and again meanwhile. */
  readonly state: 'equal' | 'different' | 'unsettled' | 'not verifiable'
  readonly why?: string
  readonly generation?: number
  /** Keys that were compared, those included that have no row and shall have none. */
  readonly keys: number
  readonly different: number
  /** Keys that were left out because they are parked, or a message of theirs was discarded. */
  readonly parked: number
  /** Keys that were left out because a newer release has written of them. */
  readonly newer: number
  readonly unsettled: number
  /** True when the handlers' text has changed since the view was built, but not its version. */
  readonly handlersChanged: boolean
}

/** What checking a view needs. */
export interface ViewCheckOptions {
  readonly projection: AnyProjection
  /** Where its rows and positions are. */
  readonly store: Pick<Store, 'builds' | 'ownership' | 'parked' | 'views'>
  readonly log: Store['log']
  readonly clock: Clock
  /** How many keys; all when it is left out. */
  readonly sample?: number
  wrap(stored: StoredEvent): LogEvent
}

const mostTries = 5
const pauseMs = 100
const pageRows = 500

/**
 * Compares rows of one view with a replay, while others go on writing. It takes turns: `prepare` reads rows, between
 * two looks at how far their buckets are; every event up to the position that it answers is then given to `feed`;
 * `settle` tells what differs. What differs once is read and replayed again before it is told, so that nothing is
 * called wrong that a crash of the server has only taken back. Of all rows, as many are taken in a turn as memory
 * allows.
 */
export class ViewCheck {
  readonly #options: ViewCheckOptions
  readonly #counts = { keys: 0, different: 0, parked: 0, newer: 0, unsettled: 0 }
  #verdict: ViewVerdict | undefined
  #build: ViewBuild | undefined
  #rules: RowRules | undefined
  #changes = 0
  /** Where the next turn over all rows begins; undefined when there is none. */
  #next: KeyRange | undefined = { behind: undefined, upTo: undefined }
  /** What a turn found, to be looked at again in the next one. */
  #suspects: readonly string[] = []
  #isSecondLook = false
  #keys: CheckedKeys | undefined
  #bounds: RowBounds = { before: [], after: [], to: 0 }
  #parked = new Set<string>()

  constructor(options: ViewCheckOptions) {
    this.#options = options
  }

  /** How it ended, once it has. */
  get verdict(): ViewVerdict | undefined {
    return this.#verdict
  }

  /** Begins a turn that may take so much memory; answers up to where events are needed. */
  async prepare(mostBytes: number): Promise<number> {
    for (let tries = 0; tries < mostTries; tries++) {
      if (tries > 0) await this.#options.clock.sleep(pauseMs)
      if (!(await this.#choose())) return 0
      if (await this.#read(mostBytes)) return this.#bounds.to
    }
    this.#counts.unsettled += this.#suspects.length
    this.#counts.keys -= this.#suspects.length
    this.#end('unsettled', 'its positions are taken back or dealt anew again and again')
    return 0
  }

  /** The next event of the log. */
  feed(event: LogEvent): void {
    const keys = this.#keys!.feed(event, this.#bounds)
    // An event whose key could not be told waits under its stream, and is missing from the row that it belongs to.
    if (this.#isSecondLook && this.#parked.has(event.meta.stream)) for (const key of keys) this.#parked.add(key)
  }

  /** Ends the turn: what is known to be wrong now. */
  async settle(): Promise<readonly ViewFinding[]> {
    const wrong = this.#keys!.end()
    if (!(await this.#isThere())) {
      this.#beginAnew()
      return []
    }
    if (this.#isSecondLook) return this.#tell(wrong)
    const { size, range } = this.#keys!
    this.#counts.keys += size
    this.#suspects = wrong.map(({ key }) => key)
    this.#next = range?.upTo === undefined ? undefined : { behind: range.upTo, upTo: undefined }
    this.#goOn()
    return []
  }

  get #projection(): AnyProjection {
    return this.#options.projection
  }

  get #isApart(): boolean {
    return this.#options.store.views.apart?.has(this.#rules!.table.name) === true
  }

  get #consumer(): string {
    return viewConsumer(this.#projection.name, this.#build!.generation)
  }

  /** Finds the generation that readers get; false when that was the end. */
  async #choose(): Promise<boolean> {
    const { name, identity } = this.#projection
    const { builds, views } = this.#options.store
    const all = await builds.list(name)
    const build = generationInUse(all, identity)
    if (build === undefined) {
      const isHere = !all.some((each) => each.state === 'active' && isElsewhere(each))
      const whose = isHere ? 'its rows are those of another release' : 'its rows are in another database'
      this.#end('not verifiable', all.length > 0 ? whose : 'it was not built yet')
      return false
    }
    if (this.#build !== undefined && this.#build.generation !== build.generation) this.#beginAnew()
    const { stored } = rowTables(this.#projection, views)
    this.#build = build
    this.#rules = { projection: this.#projection, table: tableOf(this.#projection, build.generation), stored }
    return this.#verdict === undefined
  }

  /** Reads the rows of a turn; false when they and the positions do not belong together. */
  async #read(mostBytes: number): Promise<boolean> {
    const before = await this.#positions()
    this.#isSecondLook = this.#suspects.length > 0
    this.#parked = new Set()
    const isAll = !this.#isSecondLook && this.#options.sample === undefined
    this.#keys = new CheckedKeys(this.#rules!, mostBytes, isAll ? this.#next : undefined)
    try {
      if (isAll) await this.#readRange(this.#keys)
      else await this.#readKeys(this.#keys)
    } catch (error) {
      // The table comes after its generation, and goes when that does.
      if (this.#build?.state !== 'building' && (await this.#isThere())) throw error
      return false
    }
    const after = await this.#positions()
    // Commands write inline rows, and rows apart from the store are written before their positions move.
    const isAhead = this.#projection.mode === 'inline' || this.#isApart
    const to = isAhead ? await this.#options.log.head(0) : Math.max(0, ...after)
    this.#bounds = { before, after: this.#isApart ? after.map(() => to) : after, to }
    return before.length > 0 && before.length === after.length && after.every((at, bucket) => at >= before[bucket]!)
  }

  async #readKeys(checked: CheckedKeys): Promise<void> {
    const { views } = this.#options.store
    const keys = this.#isSecondLook ? this.#suspects : await this.#sampled()
    // Looked at before and after: what is not parked then was not parked when the rows were read, nor is it now.
    await this.#markParked()
    for (let at = 0; at < keys.length; at += pageRows) {
      const page = keys.slice(at, at + pageRows)
      const rows = new Map((await views.get(this.#rules!.table, page)).map((row) => [row.key, row]))
      for (const key of page) checked.add(key, rows.get(key))
    }
    await this.#markParked()
  }

  async #sampled(): Promise<readonly string[]> {
    const { store, log, wrap, sample } = this.#options
    return [...(await sampledKeys({ ...this.#rules!, views: store.views, log, wrap }, sample!))]
  }

  async #readRange(checked: CheckedKeys): Promise<void> {
    const { views } = this.#options.store
    let last = checked.range!.behind
    for (;;) {
      const after = last === undefined ? {} : { after: { key: last } }
      const page = await views.find(this.#rules!.table, { where: [], limit: pageRows, ...after })
      for (const row of page) checked.add(row.key, row)
      last = page.at(-1)?.key ?? last
      if (page.length < pageRows) return
      if (checked.isHalfFull) return checked.endAt(last!)
    }
  }

  async #markParked(): Promise<void> {
    if (!this.#isSecondLook) return
    const { parked } = this.#options.store
    for (const name of await parkedNames(parked, this.#consumer)) this.#parked.add(name)
    for (let at = 0; at < this.#suspects.length; at += pageRows) {
      const incomplete = await parked.among(this.#consumer, this.#suspects.slice(at, at + pageRows))
      for (const key of incomplete) this.#parked.add(key)
    }
  }

  /** What was wrong at both looks, without what nobody can expect to be right. */
  #tell(wrong: readonly CheckedKey[]): readonly ViewFinding[] {
    const findings: ViewFinding[] = []
    for (const key of wrong) {
      const isNewer = isEventwrightError(key.failure, 'EW_EVENT_NEWER')
      if (isNewer || this.#parked.has(key.key)) {
        this.#counts[isNewer ? 'newer' : 'parked']++
        this.#counts.keys--
        continue
      }
      findings.push({ view: this.#projection.name, key: key.key, ...key.difference(this.#rules!) })
    }
    this.#counts.different += findings.length
    this.#suspects = []
    this.#goOn()
    return findings
  }

  #goOn(): void {
    this.#keys = undefined
    if (this.#suspects.length === 0 && this.#next === undefined) this.#end('equal')
  }

  /** What was begun is left, and the generation that is read now is checked from its first row on. */
  #beginAnew(): void {
    this.#build = undefined
    this.#next = { behind: undefined, upTo: undefined }
    this.#suspects = []
    // What was told of wrong rows stays told.
    Object.assign(this.#counts, { keys: 0, parked: 0, newer: 0 })
    if (++this.#changes >= mostTries) this.#end('unsettled', 'it was built anew again and again')
  }

  #end(state: ViewVerdict['state'], why?: string): void {
    const build = this.#build
    this.#keys = undefined
    this.#verdict ??= {
      view: this.#projection.name,
      state: this.#counts.different > 0 ? 'different' : state,
      ...(why !== undefined && { why }),
      ...(build !== undefined && { generation: build.generation }),
      ...this.#counts,
      handlersChanged: build !== undefined && build.textHash !== this.#projection.textHash(),
    }
  }

  async #isThere(): Promise<boolean> {
    const builds = await this.#options.store.builds.list(this.#projection.name)
    return builds.some(({ generation }) => generation === this.#build?.generation)
  }

  /** How far each bucket is. */
  async #positions(): Promise<readonly number[]> {
    const rows = await this.#options.store.ownership.list(this.#consumer)
    return rows.filter(({ source }) => source === storeSources.log).map(({ position }) => position)
  }
}

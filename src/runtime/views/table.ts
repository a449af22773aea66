import type { AnyProjection } from '../../design/projection.ts'
import type { TableSpec, ViewBuild } from '../../ports/views.ts'

/** The table of one generation of a view. */
export function tableOf(projection: AnyProjection, generation: number): TableSpec {
  return {
    name: tableName(projection.name, generation),
    columns: projection.row.columns,
    indexes: projection.index,
    unique: projection.unique,
  }
}

/** What the table of one generation of a view is called. */
export function tableName(view: string, generation: number): string {
  return `view_${view.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, 46)}_${generation}`
}

/** The generation of a view that a consumer feeds; undefined for a consumer that feeds none. */
export function fedBy(consumer: string): Pick<ViewBuild, 'view' | 'generation'> | undefined {
  const [, view, generation] = /^view:(.+)#(\d{1,15})$/s.exec(consumer) ?? []
  return view === undefined ? undefined : { view, generation: Number(generation) }
}

/**
 * The consumer that feeds one generation of a view. Without the service, like the table: rows and position must stay
 * together when a view moves to a service of another name.
 */
export function viewConsumer(view: string, generation: number): string {
  return `view:${view}#${generation}`
}

/** What feeds the generation of a consumer from a derived channel, until it is whole. */
export function refeedConsumer(consumer: string): string {
  return `${consumer}${refeedSuffix}`
}

/** The consumer that a name of either kind belongs to. */
export function withoutRefeed(consumer: string): string {
  return consumer.startsWith('view:') && consumer.endsWith(refeedSuffix)
    ? consumer.slice(0, -refeedSuffix.length)
    : consumer
}

const refeedSuffix = '@refeed'

/**
 * The generation that a release reads: the active one if it was made by the same declaration, else the newest finished
 * one of its own, else the newest that is being built. Rows of another declaration are never read.
 */
export function generationInUse(builds: readonly ViewBuild[], identity: string): ViewBuild | undefined {
  const own = builds.filter((build) => build.identity === identity).sort((a, b) => b.generation - a.generation)
  return own.find((build) => build.state === 'active') ?? own.find((build) => build.state === 'retired') ?? own[0]
}

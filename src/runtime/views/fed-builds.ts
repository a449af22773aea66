import type { Graph } from '../../design/graph.ts'
import { viewChannelOf } from '../../design/view-channel.ts'
import type { Store } from '../../ports/store.ts'
import type { ViewBuild } from '../../ports/views.ts'

/**
 * The store, in which a generation of a view belongs to what feeds it: one that the log or another channel has fed is
 * of another declaration, since its positions say nothing about this channel. So a view is built anew when its events
 * move to another service, and none is applied twice.
 */
export function withFedBuilds(graph: Pick<Graph, 'feeds' | 'events'>, store: Store): Store {
  const { builds } = store
  const markOf = (view: string): string | undefined => {
    const fed = viewChannelOf(graph, view)
    return fed && `~${fed.channel.name}`
  }
  const opened = (build: ViewBuild): ViewBuild => {
    const mark = markOf(build.view)
    if (mark === undefined) return build
    const { identity } = build
    return { ...build, identity: identity.endsWith(mark) ? identity.slice(0, -mark.length) : `${identity}~elsewhere` }
  }
  return {
    ...store,
    builds: {
      list: async (view) => (await builds.list(view)).map(opened),
      add: async (build) =>
        opened(await builds.add({ ...build, identity: `${build.identity}${markOf(build.view) ?? ''}` })),
      activate: (view, from, to) => builds.activate(view, from, to),
      note: (view, generation, textHash) => builds.note(view, generation, textHash),
      remove: (view, generation) => builds.remove(view, generation),
    },
  }
}

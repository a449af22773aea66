import { compareText } from '../../base/row-value.ts'
import type { ViewRegistry } from '../../ports/views.ts'
import type { MemoryData } from './data.ts'

/** Which generations of a view exist and which one is read. */
export function memoryBuilds(data: MemoryData, now: () => number): ViewRegistry {
  const of = (view: string) => data.builds.get(view) ?? []
  const find = (view: string, generation: number) => of(view).find((build) => build.generation === generation)
  return {
    async list(view) {
      const views = view === undefined ? [...data.builds.keys()].sort(compareText) : [view]
      return views.flatMap((name) => of(name).map((build) => ({ ...build })))
    },
    async add(build) {
      const builds = of(build.view)
      const begun = builds.find((each) => each.identity === build.identity && each.state === 'building')
      if (begun !== undefined) return { ...begun }
      const generation = (data.generations.get(build.view) ?? 0) + 1
      data.generations.set(build.view, generation)
      const added = { ...build, generation, state: 'building' as const, startedAtMs: now() }
      data.builds.set(build.view, [...builds, added])
      return { ...added }
    },
    async activate(view, from, to) {
      const active = of(view).find((build) => build.state === 'active')
      const next = find(view, to)
      if ((active?.generation ?? 0) !== from || next === undefined) return false
      if (active !== undefined) active.state = 'retired'
      next.state = 'active'
      return true
    },
    async note(view, generation, textHash) {
      const build = find(view, generation)
      if (build !== undefined) build.textHash = textHash
    },
    async remove(view, generation) {
      data.builds.set(
        view,
        of(view).filter((build) => build.generation !== generation),
      )
    },
  }
}

import type { ViewBuild, ViewRegistry } from '../../ports/views.ts'
import type { SqliteConnection } from './driver.ts'

const columns = 'view, generation, version, identity, text_hash, state, started_at'

/** Which generations of a view exist and which one is read. */
export function sqliteBuilds(connection: SqliteConnection, now: () => number): ViewRegistry {
  const next = connection.prepare('select coalesce(max(generation), 0) + 1 from ew_views where view = ?')
  const building = connection.prepare(
    `select ${columns} from ew_views where view = ? and identity = ? and state = 'building'`,
  )
  const add = connection.prepare(`insert into ew_views (${columns}) values (?, ?, ?, ?, ?, 'building', ?)`)
  const active = connection.prepare(`select generation from ew_views where view = ? and state = 'active'`)
  const setState = connection.prepare(
    `update ew_views set state = ? where view = ? and generation = ? and state <> 'removed'`,
  )
  const note = connection.prepare('update ew_views set text_hash = ? where view = ? and generation = ?')
  return {
    async list(view) {
      const where = view === undefined ? '' : ' and view = ?'
      const list = connection.prepare(
        `select ${columns} from ew_views where state <> 'removed'${where} order by view, generation`,
      )
      return list.all(...(view === undefined ? [] : [view])).map(buildOf)
    },
    async add(build) {
      return connection.transaction(() => {
        const begun = building.get(build.view, build.identity)
        if (begun !== undefined) return buildOf(begun)
        const added = {
          ...build,
          generation: next.get(build.view)?.[0] as number,
          state: 'building' as const,
          startedAtMs: now(),
        }
        add.run(build.view, added.generation, build.version, build.identity, build.textHash, added.startedAtMs)
        return added
      })
    },
    async activate(view, from, to) {
      return connection.transaction(() => {
        if (((active.get(view)?.[0] as number | undefined) ?? 0) !== from) return false
        if (setState.run('active', view, to) !== 1) return false
        if (from !== 0 && from !== to) setState.run('retired', view, from)
        return true
      })
    },
    async note(view, generation, textHash) {
      connection.transaction(() => note.run(textHash, view, generation))
    },
    async remove(view, generation) {
      // The row stays, so that its number is never used again.
      connection.transaction(() => setState.run('removed', view, generation))
    },
  }
}

function buildOf(row: readonly unknown[]): ViewBuild {
  const [view, generation, version, identity, textHash, state, startedAtMs] = row
  return { view, generation, version, identity, textHash, state, startedAtMs } as ViewBuild
}

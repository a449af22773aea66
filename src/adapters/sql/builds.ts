import type { ViewBuild, ViewRegistry } from '../../ports/views.ts'
import { step, type SqlDatabase, type SqlLocks, type SqlSteps } from './statements.ts'

const columns = 'view, generation, version, identity, text_hash, state, started_at'

/** Which generations of a view exist and which one is read. */
export function buildTable(database: SqlDatabase): ViewRegistry {
  return {
    async list(view) {
      const where = view === undefined ? '' : ' and view = ?'
      const rows = await database.all(
        `select ${columns} from ew_views where state <> 'removed'${where} order by view, generation`,
        ...(view === undefined ? [] : [view]),
      )
      return rows.map(buildOf)
    },
    add: (build) => database.transaction(addBuild(database, build)),
    activate: (view, from, to) => database.transaction(activate(database.locks, view, from, to)),
    async note(view, generation, textHash) {
      await database.run(
        'update ew_views set text_hash = ? where view = ? and generation = ?',
        textHash,
        view,
        generation,
      )
    },
    async remove(view, generation) {
      // The row stays, so that its number is never used again.
      await database.run(setState, 'removed', view, generation)
    },
  }
}

const setState = `update ew_views set state = ? where view = ? and generation = ? and state <> 'removed'`

function* addBuild(
  { clock, locks }: SqlDatabase,
  { view, version, identity, textHash }: Parameters<ViewRegistry['add']>[0],
): SqlSteps<ViewBuild> {
  yield* alone(locks, view)
  const [begun] = yield* step(
    `select ${columns} from ew_views where view = ? and identity = ? and state = 'building'`,
    view,
    identity,
  )
  if (begun !== undefined) return buildOf(begun)
  const [last] = yield* step('select coalesce(max(generation), 0) from ew_views where view = ?', view)
  const [added] = yield* step(
    `insert into ew_views (${columns}) values (?, ?, ?, ?, ?, 'building', ${clock.sql}) returning ${columns}`,
    view,
    (last![0] as number) + 1,
    version,
    identity,
    textHash,
    ...clock.values(),
  )
  return buildOf(added!)
}

function* activate(locks: SqlLocks, view: string, from: number, to: number): SqlSteps<boolean> {
  yield* alone(locks, view)
  const [active] = yield* step(`select generation from ew_views where view = ? and state = 'active'`, view)
  if (((active?.[0] as number | undefined) ?? 0) !== from) return false
  const set = yield* step(`${setState} returning generation`, 'active', view, to)
  if (set.length !== 1) return false
  if (from !== 0 && from !== to) yield* step(setState, 'retired', view, from)
  return true
}

/** Two that work on one view follow each other: there may be no row yet that could be locked. */
function* alone(locks: SqlLocks, view: string): SqlSteps<void> {
  if (locks.name !== undefined) yield* step(locks.name, `ew_views ${view}`)
}

function buildOf(row: readonly unknown[]): ViewBuild {
  const [view, generation, version, identity, textHash, state, startedAtMs] = row
  return { view, generation, version, identity, textHash, state, startedAtMs } as ViewBuild
}

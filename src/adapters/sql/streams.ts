import type { StreamInfo, StreamMark, StreamTable } from '../../ports/streams.ts'
import type { Loss, Unit } from '../../ports/unit-of-work.ts'
import { forgetCorrelations } from './correlations.ts'
import { step, type SqlDatabase, type SqlRows, type SqlSteps } from './statements.ts'
import { deletedPart, partitionOf, statusOf, storedPart } from './stream-part.ts'

/** What is known of single streams, and the erasure of those that were deleted; `named` is by what events name theirs. */
export function streamTable(database: SqlDatabase, named: 'no' | 'stream'): StreamTable {
  const erase = `
    update ew_events set data = null, meta = '{}', deleted = 1
     where ${named} = (select s.${named} from ew_streams s where s.stream = ? and s.part >= ${deletedPart})
       and version > ? and version <= ? and deleted = 0`
  const find = async (stream: string): Promise<StreamInfo | undefined> => {
    return infoOf(stream, await database.all(get, stream))
  }
  return {
    get: find,
    async erase(stream, after, limit) {
      const found = await find(stream)
      if (found?.status !== 'deleted') return after
      const to = Math.min(after + limit, found.version)
      await database.transaction(eraseSteps(stream, after, to))
      return to
    },
  }

  function* eraseSteps(stream: string, after: number, to: number): SqlSteps<void> {
    yield* forgetCorrelations(database, named, [stream, after, to])
    yield* step(erase, stream, after, to)
  }
}

/** Writes the marks of a unit; answers by what it loses where a stream is not what it should be. */
export function* markSteps(marks: readonly StreamMark[]): SqlSteps<Loss | undefined> {
  for (const mark of marks) {
    const marked = yield* step(markStream, storedPart(0, mark.to), mark.stream, storedPart(0, mark.from))
    if (marked.length === 0) return yield* markLoss({ marks: [mark] })
  }
  return undefined
}

/** By what a unit that is not written loses on account of its marks, if it does. */
export function* markLoss({ marks = [], appends = [] }: Pick<Unit, 'marks' | 'appends'>): SqlSteps<Loss | undefined> {
  for (const { stream, from } of marks) {
    const found = infoOf(stream, yield* step(get, stream))
    const isMade = appends.some((append) => append.stream === stream && append.events.length > 0)
    if (found === undefined && !isMade) return { ok: false, reason: 'conflict', stream, current: 0 }
    const { status } = found ?? { status: 'open' }
    if (status !== from) return { ok: false, reason: 'closed', stream, status }
  }
  return undefined
}

const get = 'select part, version from ew_streams where stream = ? and version > 0'

function infoOf(stream: string, [row]: SqlRows): StreamInfo | undefined {
  if (row === undefined) return undefined
  const [part, version] = row as [number, number]
  return { stream, partition: partitionOf(part), version, status: statusOf(part) }
}

const markStream = `
  update ew_streams set part = part % 2 + cast(? as integer)
   where stream = ? and version > 0 and part - part % 2 = cast(? as integer) returning part`

import { nextTick } from '../../base/next-turn.ts'
import type { EventLog, StreamPage } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { list } from './arguments.ts'
import { textArray } from './binary-array.ts'
import type { Statements } from './driver.ts'
import { packedEvent, unpackEvent } from './packed-event.ts'

/** More are read by several statements, so that none is long. */
const mostStreams = 64

const statement = `
  select e.packed, x.o
  from unnest(?::text[], ?::bigint[], ?::bigint[], ?::bigint[]) with ordinality as x(s, f, t, l, o)
  cross join lateral (
    select ${packedEvent} as packed, m.version from ew_events m
    where m.stream = x.s and m.version between x.f and x.t order by m.version limit x.l) e
  order by x.o, e.version`

interface Waiting {
  readonly page: StreamPage
  readonly resolve: (events: readonly StoredEvent[]) => void
  readonly reject: (error: unknown) => void
}

/** The log, with reads of streams that are asked for in the same turn as one statement: one way there and back. */
export function readingTogether(log: EventLog, statements: Statements): EventLog {
  let waiting: Waiting[] = []
  const send = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const pages = batch.map(({ page }) => page)
      const found = pages.length === 1 ? [await log.readStream(pages[0]!)] : await readAll(statements, pages)
      batch.forEach(({ resolve }, index) => resolve(found[index]!))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
  const sendAll = (): void => {
    const all = waiting
    waiting = []
    for (let from = 0; from < all.length; from += mostStreams) void send(all.slice(from, from + mostStreams))
  }
  return {
    ...log,
    readStream: (page) =>
      page.backwards === true || page.ahead === true
        ? log.readStream(page)
        : new Promise((resolve, reject) => {
            if (waiting.push({ page, resolve, reject }) === 1) void nextTick().then(sendAll)
          }),
  }
}

async function readAll(statements: Statements, pages: readonly StreamPage[]): Promise<readonly StoredEvent[][]> {
  const rows = await statements.all(
    statement,
    textArray(pages.map(({ stream }) => stream)),
    list(pages.map(({ from = 1 }) => from)),
    list(pages.map(({ to = Number.MAX_SAFE_INTEGER }) => to)),
    list(pages.map(({ limit }) => limit)),
  )
  const found = pages.map((): StoredEvent[] => [])
  for (const [packed, number] of rows) {
    const index = (number as number) - 1
    found[index]!.push(unpackEvent(packed as string, pages[index]!.stream))
  }
  return found
}

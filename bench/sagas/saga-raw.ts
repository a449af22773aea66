import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { countCommits } from './commit-count.ts'
import { assertEnded } from './ended.ts'
import { perSaga } from './per-saga.ts'
import { channelStages, localStages, type Journey, type Stage } from './raw-course.ts'
import { RawSagas } from './raw-sagas.ts'
import { localShop, order, shop } from './shop.ts'

/**
 * The raw limit: hand-written `node:sqlite` that writes the same rows of the same sagas, stage by stage. All that waits
 * for a stage goes into one transaction at the next turn of the event loop. It reads nothing, decides nothing and
 * could not go on after a crash.
 */
export async function open(folder: string, options: { callers: number; local: boolean }): Promise<Variant> {
  const file = join(folder, 'shop.db')
  await (await start(options.local ? localShop : shop, { store: sqlite(file) })).stop()
  const commits = countCommits()
  const rows = new RawSagas(file)
  const place = placing(rows, options.local ? localStages : channelStages)
  const saga = options.local ? 'localFulfilment' : 'fulfilment'
  let placed = 0
  return {
    measure: (forMs) =>
      perSaga(options.callers, forMs, commits, () => {
        const data = order(placed++)
        return place({ data, id: `${saga}/${data.orderId}`, no: 0, message: undefined })
      }),
    async close() {
      rows.close()
      assertEnded(file, placed, options.local)
    },
  }
}

function placing(rows: RawSagas, stages: readonly Stage[]): (journey: Journey) => Promise<void> {
  interface Waiting {
    readonly journey: Journey
    readonly resolve: () => void
  }
  let position = 0
  const queues = stages.map((): Waiting[] => [])
  const enter = (stage: number, each: Waiting): void => {
    if (queues[stage]!.push(each) === 1) setImmediate(run, stage)
  }
  const run = (stage: number): void => {
    const batch = queues[stage]!.splice(0)
    rows.transaction(() => {
      for (const { journey } of batch) stages[stage]!(rows, journey)
      rows.moved('orders/replies', ++position)
    })
    const isLast = stage + 1 === stages.length
    for (const each of batch)
      if (isLast) each.resolve()
      else enter(stage + 1, each)
  }
  return (journey) => new Promise((resolve) => enter(0, { journey, resolve }))
}

import { parkedHead } from '../../ports/parked-decision.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'
import { nameOf, type MemoryData } from './data.ts'

type Waiting = Map<number, string | undefined>

/** Parks, extends and frees keys. */
export function writePark(data: MemoryData, park: ParkWrite, nowMs: number): void {
  if (park.kind === 'handlers') return newHandlers(data, park)
  const name = nameOf(park.consumer, park.key)
  const known = data.parked.get(name)
  if (park.kind === 'unpark') data.parked.delete(name)
  else if (park.kind === 'replayed') known?.waiting.delete(park.position)
  else if (park.kind === 'unmark') {
    if (known !== undefined) known.head = { ...known.head, resuming: false }
  } else if (park.kind === 'wait') keep(known?.waiting, park)
  else {
    const waiting: Waiting = known?.waiting ?? new Map()
    keep(waiting, park)
    data.parked.set(name, { head: parkedHead(park, known?.head, nowMs), waiting })
  }
}

/** The first one counts: what waits already stays as it is. */
function keep(
  waiting: Waiting | undefined,
  { position, raw }: { readonly position: number; readonly raw?: string },
): void {
  if (waiting?.has(position) === false) waiting.set(position, raw)
}

function newHandlers(data: MemoryData, park: Extract<ParkWrite, { readonly kind: 'handlers' }>): void {
  const { consumer, bucket, handlers } = park
  for (const parked of data.parked.values()) {
    const { head } = parked
    if (head.consumer === consumer && head.bucket === bucket && head.handlers !== handlers)
      parked.head = { ...head, handlers, vainReplays: 0 }
  }
}

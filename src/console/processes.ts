import { timestampOf } from '../base/clock.ts'
import { processName, processOf } from '../base/process-name.ts'
import type { ConsumerReport } from './shown-consumer.ts'
import type { ProcessItem } from './wire/processes.ts'

const rememberedMs = 3_600_000
const mostRemembered = 500

interface Seen {
  readonly atMs: number
  readonly held: ReadonlySet<string>
}

/**
 * The processes that hold consumers of a store, and those that held some when somebody looked within the last hour: the
 * store knows who has a bucket and who let its lease run out, but not whom somebody else has replaced.
 */
export class Processes {
  readonly #seen = new Map<string, Seen>()

  /** Notes who holds what now; the time is the database's. Answers every process, what needs a person first. */
  look(reports: readonly ConsumerReport[], nowMs: number): readonly ProcessItem[] {
    const [holds, leaves, untilMs] = [namesOf(), namesOf(), new Map<string, number>()]
    for (const { name, owners, leftBy = [] } of reports) {
      for (const owner of owners) holds.add(processOf(owner), name)
      for (const left of leftBy) {
        const process = processOf(left.owner)
        leaves.add(process, name)
        untilMs.set(process, Math.min(left.untilMs, untilMs.get(process) ?? Infinity))
      }
    }
    this.#remember(holds.all, nowMs)
    const all = new Set([...holds.all.keys(), ...leaves.all.keys(), ...this.#seen.keys()])
    return [...all]
      .map((process): ProcessItem => {
        const [held, left, seen] = [holds.of(process), leaves.of(process), this.#seen.get(process)]
        const silentMs = untilMs.get(process)
        return {
          process,
          isThis: process === processName,
          state: left.length > 0 ? 'silent' : held.length > 0 ? 'works' : 'left',
          holds: held,
          leaves: left,
          takenOverBy: held.length > 0 || seen === undefined ? [] : takers(seen.held, holds.all),
          ...(seen !== undefined && { seenAt: timestampOf(seen.atMs) }),
          ...(silentMs !== undefined && { silentSinceAt: timestampOf(silentMs) }),
        }
      })
      .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || (a.process < b.process ? -1 : 1))
  }

  #remember(holds: ReadonlyMap<string, ReadonlySet<string>>, nowMs: number): void {
    for (const [process, held] of holds) {
      this.#seen.delete(process)
      this.#seen.set(process, { atMs: nowMs, held })
    }
    for (const [process, { atMs }] of this.#seen)
      if (atMs < nowMs - rememberedMs || this.#seen.size > mostRemembered) this.#seen.delete(process)
  }
}

const order: readonly ProcessItem['state'][] = ['silent', 'works', 'left']

function namesOf() {
  const all = new Map<string, Set<string>>()
  return {
    all,
    of: (process: string): readonly string[] => [...(all.get(process) ?? [])].sort(),
    add(process: string, name: string): void {
      const names = all.get(process)
      if (names === undefined) all.set(process, new Set([name]))
      else names.add(name)
    },
  }
}

function takers(
  held: ReadonlySet<string>,
  holds: ReadonlyMap<string, ReadonlySet<string>>,
): ProcessItem['takenOverBy'] {
  return [...holds].flatMap(([process, names]) => {
    const consumers = [...held].filter((name) => names.has(name)).length
    return consumers === 0 ? [] : [{ process, consumers }]
  })
}

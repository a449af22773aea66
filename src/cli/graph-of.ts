import type { Graph } from '../design/graph.ts'
import type { Io } from './io.ts'
import { systemOf } from './system-of.ts'

/** The design of the system that was named; undefined where none was. Errors: as `systemOf`. */
export async function graphOf(system: string | undefined, io: Io): Promise<Graph | undefined> {
  return system === undefined ? undefined : (await systemOf(system, io)).graph
}

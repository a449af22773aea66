import type { Clock } from '../base/clock.ts'
import { timestampOf } from '../base/clock.ts'
import type { Graph } from '../design/graph.ts'
import type { Inspect } from '../runtime/inspect.ts'
import type { Operate } from '../runtime/operate.ts'
import type { Frozen } from './frozen.ts'
import type { Jobs } from './jobs.ts'
import type { LiveHub } from './live-hub.ts'
import type { Processes } from './processes.ts'
import type { Json } from './wire.ts'
import type { Viewer } from './sessions.ts'
import type { Throughput } from './throughput.ts'

/** A running system, as far as the console needs it. */
export interface Watched {
  readonly inspect: Inspect
  readonly operate: Operate
}

/** What every route works with. */
export interface Behind extends Watched {
  readonly graph: Graph
  readonly clock: Clock
  readonly jobs: Jobs
  readonly frozen: Frozen
  readonly live: LiveHub
  readonly throughput: Throughput
  readonly processes: Processes
  /** What the host says of itself. */
  readonly about: { readonly system: string; readonly environment: string | undefined; readonly canLeave: boolean }
  /** Which services run in this process. */
  readonly services: ReadonlySet<string>
}

/** One request to the interface, by somebody who may ask. */
export interface Call extends Behind {
  readonly request: Request
  readonly query: URLSearchParams
  readonly viewer: Viewer
  /** Aborts when the asking side goes away or the console closes. */
  readonly signal: AbortSignal
  /** Of an order: what it says besides the reason. */
  readonly body: { readonly [name: string]: Json }
  /** Of an order: its name, who gives it, and why. */
  readonly order: { readonly id: string; readonly who: string; readonly why: string }
}

/** When numbers were read: the database's clock where it was asked, else this process's. */
export function measuredAt({ clock }: Pick<Behind, 'clock'>): string {
  return timestampOf(clock.now())
}

import { newId } from '../../base/ids.ts'
import { RowTable } from '../../base/row-table.ts'
import { compareText } from '../../base/row-value.ts'
import { SortedList } from '../../base/sorted-list.ts'
import type { InboxEntry } from '../../ports/inbox.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { ParkedAction } from '../../ports/parked.ts'
import type { ParkedHead } from '../../ports/parked-decision.ts'
import type { Partition, StoredEvent } from '../../ports/stored-event.ts'
import type { StreamStatus } from '../../ports/streams.ts'
import type { TableSpec, ViewBuild } from '../../ports/views.ts'
import { MemoryChannels } from './channels.ts'
import { MemoryOutbox } from './outbox.ts'
import { MemorySagas } from './sagas.ts'
import { MemoryTimers } from './timers.ts'

/** A stream with all its events, oldest first. */
export interface MemoryStream {
  readonly stream: string
  readonly partition: Partition
  status: StreamStatus
  readonly events: StoredEvent[]
}

/** A parked key and the deliveries that wait for it. */
export interface MemoryParked {
  head: ParkedHead
  /** By position: what was kept of the delivery. */
  readonly waiting: Map<number, string | undefined>
}

/** A view's table with the specification that it was ensured with. */
export interface MemoryTable {
  readonly spec: TableSpec
  readonly rows: RowTable
}

type Writable<T> = { -readonly [name in keyof T]: T[name] }

/**
 * Everything that a memory store holds. It belongs to the adapter value, so it outlives the stores that are opened on
 * it.
 */
export class MemoryData {
  readonly storeId: string = newId()
  readonly events: readonly [StoredEvent[], StoredEvent[]] = [[], []]
  readonly streams: Map<string, MemoryStream> = new Map()
  readonly streamNames: SortedList<string> = new SortedList<string>(compareText)
  readonly byId: Map<string, StoredEvent> = new Map()
  /** Positions by partition and correlation id, and up to where events were taken in. */
  readonly correlated: { readonly index: Map<string, number[]>; readonly ends: [number, number] } = {
    index: new Map(),
    ends: [0, 0],
  }
  readonly ownership: Map<string, Writable<OwnershipRow>> = new Map()
  readonly inbox: Map<string, InboxEntry> = new Map()
  readonly parked: Map<string, MemoryParked> = new Map()
  /** Oldest first; `seq` is the place from 1. */
  readonly parkedActions: ParkedAction[] = []
  /** Keys that a message is missing from for good, because it was discarded. */
  readonly incompleteKeys: Set<string> = new Set()
  readonly snapshots: Map<string, Map<string, { readonly version: number; readonly state: string }>> = new Map()
  readonly tables: Map<string, MemoryTable> = new Map()
  readonly builds: Map<string, Writable<ViewBuild>[]> = new Map()
  readonly channels: MemoryChannels = new MemoryChannels()
  readonly outbox: MemoryOutbox = new MemoryOutbox()
  readonly sagas: MemorySagas = new MemorySagas()
  readonly timers: MemoryTimers = new MemoryTimers()
  /** The highest generation of each view that was ever used. */
  readonly generations: Map<string, number> = new Map()
  readonly #commitListeners = new Map<object, () => void>()

  /** Calls back when another opened store of this value commits; `self` is the one that listens. */
  listen(self: object, listener: () => void): void {
    this.#commitListeners.set(self, listener)
  }

  unlisten(self: object): void {
    this.#commitListeners.delete(self)
  }

  /** Tells the other opened stores that `self` has committed. */
  committed(self: object): void {
    for (const [other, listener] of this.#commitListeners) if (other !== self) listener()
  }
}

/** One name for several texts: no stored text holds U+0000. */
export function nameOf(...parts: readonly (string | number)[]): string {
  return parts.join('\0')
}

import type { EventLog } from './event-log.ts'
import type { StoredRow, TableSpec } from './views.ts'

/** A part of a store that is copied by itself: a table of the engine, or that of a view. */
export interface CopySection {
  readonly name: string
  /** What the rows of a view look like; undefined for a table of the engine. */
  readonly view?: TableSpec
}

/** A row on its way between stores: values in the order of the section's columns, or a row of a view. */
export type CopiedRow = readonly unknown[] | StoredRow

/** Where a page has ended. */
export type CopyPlace = readonly (string | number)[]

/** Rows of a section in an order that stays the same. */
export interface CopyPage {
  readonly rows: readonly CopiedRow[]
  /** Where the next one begins; undefined when the section ends here. */
  readonly end: CopyPlace | undefined
}

/** Who works on a store now. */
export interface LiveOwner {
  readonly owner: string
  readonly consumer: string
  readonly untilMs: number
}

/** A consumer with several buckets, and between which positions they stand. */
export interface UnevenConsumer {
  readonly consumer: string
  readonly buckets: number
  readonly first: number
  readonly last: number
}

/** All of a store in one state, in which nobody can write meanwhile. */
export interface CopySource {
  readonly name: string
  readonly storeId: string
  /** Leases that have not run out, one for each consumer of an owner. */
  owners(): Promise<readonly LiveOwner[]>
  /** Consumers of the log whose buckets do not stand at one position. */
  uneven(): Promise<readonly UnevenConsumer[]>
  /** In the order in which they must be written. */
  sections(): Promise<readonly CopySection[]>
  count(section: CopySection): Promise<number>
  page(section: CopySection, after: CopyPlace | undefined, limit: number): Promise<CopyPage>
  /** Tables beside those of the engine and its views, which are not copied. */
  otherTables(): Promise<readonly string[]>
}

/** An empty store that is being filled; nobody else sees any of it before all of it is there. */
export interface CopyTarget {
  readonly name: string
  readonly storeId: string
  /** Makes the tables of views and takes away what a new store has from the start. */
  prepare(sections: readonly CopySection[]): Promise<void>
  write(section: CopySection, rows: readonly CopiedRow[]): Promise<void>
  count(section: CopySection): Promise<number>
  /** Gives it the id by which receipts know it. */
  setStoreId(storeId: string): Promise<void>
  /** What has been written so far. */
  readonly log: EventLog
}

/** A store that can be read and filled as a whole. */
export interface CopyableStore {
  readonly name: string
  /** Stores of one kind divide their consumers into as many buckets. */
  readonly kind: 'sqlite' | 'postgres'
  /** Errors: EW_STORE_BUSY when others write, and those of opening. */
  reading<T>(work: (source: CopySource) => Promise<T>): Promise<T>
  /**
   * Makes the store where there is none. What the work has written is kept when it resolves, all or nothing, whatever
   * breaks off. Error: EW_STORE_NOT_EMPTY.
   */
  filling<T>(work: (target: CopyTarget) => Promise<T>): Promise<T>
}

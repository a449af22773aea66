/** Bounds of one batch and of what may wait. */
export interface CommitLimits {
  readonly batchUnits: number
  readonly batchEvents: number
  readonly batchRows: number
  readonly batchBytes: number
  readonly waitingUnits: number
  readonly unitBytes: number
  /** How long a batch is tried again while other processes hold the store's lock. */
  readonly busyDeadlineMs: number
}

/** The limits that the measurements suggest; see docs/decisions. */
export const commitLimits: CommitLimits = {
  batchUnits: 256,
  batchEvents: 2_000,
  batchRows: 1_000,
  batchBytes: 1 << 20,
  waitingUnits: 20_000,
  unitBytes: 16 << 20,
  busyDeadlineMs: 30_000,
}

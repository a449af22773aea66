/** Reads of stored folds; they are written by units and may vanish at any time without harm. */
export interface SnapshotTable {
  get(stream: string, identity: string): Promise<{ readonly version: number; readonly state: string } | undefined>
  /** Some snapshots of the identity, for a check against a refold. */
  sample(
    identity: string,
    limit: number,
  ): Promise<readonly { readonly stream: string; readonly version: number; readonly state: string }[]>
  /** Deletes every snapshot of the identity. */
  drop(identity: string): Promise<void>
  /** Deletes the snapshots of a stream, of whatever identity; answers how many there were. */
  forget(stream: string): Promise<number>
}

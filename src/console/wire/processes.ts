/**
 * A process that works on the store. `works`: it holds something. `silent`: a lease of it ran out, and nobody has taken
 * what it held. `left`: it holds nothing any more, because it stopped or because others have taken everything.
 */
export interface ProcessItem {
  /** `<host>/<process id>`. */
  readonly process: string
  /** The process that answers. */
  readonly isThis: boolean
  readonly state: 'works' | 'silent' | 'left'
  /** Names of the consumers of which it holds a bucket now. */
  readonly holds: readonly string[]
  /** Names of the consumers that wait for it, since nobody else has taken them. */
  readonly leaves: readonly string[]
  /** Who has now what it held when it was seen last, and how many consumers of that. */
  readonly takenOverBy: readonly { readonly process: string; readonly consumers: number }[]
  /** When it was last seen to hold something, by this console. */
  readonly seenAt?: string
  /** When the first lease ran out that nobody has taken. */
  readonly silentSinceAt?: string
}
